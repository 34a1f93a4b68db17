import type * as Ort from 'onnxruntime-node';
import { sizeOf } from '../../../base/tensor.js';
import type { StepResult } from '../../engine.js';
import { ort } from '../library/onnxruntime.js';
import type { Ref } from '../write/ref.js';
import type { GraphWriter } from '../write/writer.js';
import type { StepPorts } from './step-graph.js';
import type { Feed } from './training-graph.js';

/**
 * A step's batch travels to a GPU in two tensors, whatever the network reads: one of bytes (pixels and masks) and one of
 * floats (labels, weights of the images, numbers of the step). Each tensor is an upload by itself, which costs more
 * than what is in it.
 */
const UPLOADS = [
  {
    name: 'bytes',
    type: 'uint8',
    holds: ({ type }: Feed) => type === 'uint8',
    make: (n: number) => new Uint8Array(n),
  },
  {
    name: 'numbers',
    type: 'float32',
    holds: ({ type }: Feed) => type !== 'uint8',
    make: (n: number) => new Float32Array(n),
  },
] as const;

/** Writes the two as inputs and takes them apart: each feed by its name. */
function emitUploads(g: GraphWriter, feeds: readonly Feed[]): Map<string, Ref> {
  return new Map(
    UPLOADS.flatMap(({ name, type, holds }) => {
      const held = feeds.filter(holds);
      const sizes = held.map(({ dims }) => sizeOf(dims));
      const total = sizes.reduce((a, b) => a + b, 0);
      const parts = g.split(g.cast(g.input(name, [total], type)), sizes);
      return held.map((feed, i): [string, Ref] => {
        const part = feed.type === 'int32' ? g.cast(parts[i]!, 'int32') : parts[i]!;
        return [feed.name, { ...g.reshape(part, feed.dims), type: part.type }];
      });
    }),
  );
}

/** The two tensors out of each feed's values. */
export function uploads(
  feeds: readonly Feed[],
  values: Readonly<Record<string, Ort.Tensor>>,
): Record<string, Ort.Tensor> {
  return Object.fromEntries(
    UPLOADS.map(({ name, type, holds, make }) => {
      const parts = feeds
        .filter(holds)
        .map((feed) => values[feed.name]!.data as Uint8Array | Float32Array | Int32Array);
      const all = make(parts.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const part of parts) {
        all.set(part, at);
        at += part.length;
      }
      return [name, new ort.Tensor(type, all as Uint8Array & Float32Array, [all.length])];
    }),
  );
}

/** The last losses and numbers of correct images, [2 * capacity], the latest at the end: state that stays on the GPU. */
export const METRICS = 'metrics';

/** A batch in two uploads; results kept on the GPU, so that those of `capacity` runs are read at once. */
export function gpuPorts(capacity: number): StepPorts {
  return {
    feeds: emitUploads,
    results(g, loss, correct) {
      const before = g.input(METRICS, [2 * capacity]);
      const [, kept] = g.split(before, [2, 2 * capacity - 2]);
      const next = g.concat([kept!, g.reshape(loss, [1]), g.reshape(correct, [1])], 0);
      g.output(next, `next:${METRICS}`);
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
