import type * as Ort from 'onnxruntime-node';
import { sizeOf } from '../../../../base/tensor.js';
import type { StepResult } from '../../../engine.js';
import { ort } from '../../library/onnxruntime.js';
import type { Ref } from '../../write/ref.js';
import type { GraphWriter } from '../../write/writer.js';
import type { FeedTensors } from '../batch-tensors.js';
import type { Feed } from '../feeds.js';
import { METRICS, nextName, UPLOADS } from '../names.js';
import type { FeedRefs } from '../step.js';

/**
 * A step's batch travels to a GPU in two tensors, whatever the network reads: one of bytes (pixels and masks) and one of
 * floats (labels, weights of the images, numbers of the step). Each tensor is an upload by itself, which costs more
 * than what is in it.
 */
const FORMS = [
  {
    name: UPLOADS.bytes,
    type: 'uint8',
    holds: ({ type }: Feed) => type === 'uint8',
    make: (n: number) => new Uint8Array(n),
  },
  {
    name: UPLOADS.numbers,
    type: 'float32',
    holds: ({ type }: Feed) => type !== 'uint8',
    make: (n: number) => new Float32Array(n),
  },
] as const;

/** Writes the two as inputs and takes them apart: each feed by its name. */
function emitUploads(g: GraphWriter, feeds: readonly Feed[]): FeedRefs {
  return new Map(
    FORMS.flatMap(({ name, type, holds }) => {
      const held = feeds.filter(holds);
      const sizes = held.map(({ dims }) => sizeOf(dims));
      const total = sizes.reduce((a, b) => a + b, 0);
      const pieces = g.split(g.cast(g.input(name, [total], type)), sizes);
      return held.map((feed, i) => {
        const piece = feed.type === 'int32' ? g.cast(pieces[i]!, 'int32') : pieces[i]!;
        return [feed.name, { ...g.reshape(piece, feed.dims), type: piece.type }] as const;
      });
    }),
  );
}

/** The two tensors out of each feed's values. */
export function uploads(feeds: readonly Feed[], values: FeedTensors): Record<string, Ort.Tensor> {
  return Object.fromEntries(
    FORMS.map(({ name, type, holds, make }) => {
      const held = feeds
        .filter(holds)
        .map((feed) => values[feed.name]!.data as Uint8Array | Float32Array | Int32Array);
      const all = make(held.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const piece of held) {
        all.set(piece, at);
        at += piece.length;
      }
      return [name, new ort.Tensor(type, all as Uint8Array & Float32Array, [all.length])];
    }),
  );
}

/**
 * A batch in two uploads, and results that stay on the GPU, so that those of `capacity` runs are read at once: the last
 * losses and numbers of correct images, [2 * capacity], the latest at the end.
 */
export function gpuPorts(capacity: number) {
  return {
    feeds: emitUploads,
    results(g: GraphWriter, loss: Ref, correct: Ref): void {
      const before = g.input(METRICS, [2 * capacity]);
      const [, kept] = g.split(before, [2, 2 * capacity - 2]);
      const next = g.concat([kept!, g.reshape(loss, [1]), g.reshape(correct, [1])], 0);
      g.output(next, nextName(METRICS));
    },
  };
}

/** The results of the last steps out of the metrics. @param runs how many runs each step took; their sum is its result */
export function latestResults(metrics: Float32Array, runs: readonly number[]): StepResult[] {
  let at = metrics.length - 2 * runs.reduce((a, b) => a + b, 0);
  return runs.map((count) => {
    const result = { loss: 0, correct: 0 };
    for (const end = at + 2 * count; at < end; at += 2) {
      result.loss += metrics[at]!;
      result.correct += metrics[at + 1]!;
    }
    return result;
  });
}
