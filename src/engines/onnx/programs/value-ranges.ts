import { WorkError } from '../../../base/errors.js';
import { sizeOf, type Tensors } from '../../../base/tensor.js';
import type { Graph } from '../../../models/graph/graph.js';
import type { Value } from '../../../models/lowering/onnx.js';
import type { Range } from '../int8/numbers.js';
import type { Int8Plan } from '../int8/plan.js';
import { createSession, runSession, type SessionSettings } from '../library/session.js';
import { feedsOf, isInput, type PackedWeight, packedWeights, weightRefs, writePlain } from '../plan/plain.js';
import { weightLayouts } from '../plan/trace.js';
import type { Ref } from '../write/ref.js';
import { GraphWriter } from '../write/writer.js';
import { pixelTensor } from './batch-tensors.js';
import { pixelType } from './feeds.js';
import { IMAGES } from './names.js';
import { scaledImage } from './passes.js';

/** Images that are computed at a time. */
const MOST_IMAGES = 32;
/** The outputs: the smallest and the largest of each value, [values]. */
const [LOW, HIGH] = ['low', 'high'];

/**
 * Between which numbers the values of a plan lie that are to be kept as bytes, computed in float32.
 * @param images bytes [N, H, W, C], one image or more
 * @returns the range of each value by its id
 * @throws WorkError naming a weight that is not finite, or a layer that gives such values
 */
export async function measureRanges(
  graph: Graph,
  plan: Int8Plan,
  weights: Tensors,
  images: Uint8Array,
  settings: SessionSettings,
): Promise<ReadonlyMap<number, Range>> {
  const size = sizeOf(graph.input);
  const batch = Math.min(MOST_IMAGES, images.length / size);
  const ids = [...new Set(plan.ranged.values())];
  const packed = [...packedWeights(weightLayouts(plan.trace), plan.fold(weights))];
  requireFiniteWeights(packed);
  const isFed = (weight: PackedWeight) => isInput(weight, settings.provider);
  const session = await createSession(rangesGraph({ graph, plan, batch, packed, isFed, ids }), settings);
  const ranges = new Map<number, Range>(ids.map((id) => [id, [0, 0]]));
  const fed = feedsOf(packed.filter(isFed));
  try {
    for (let at = 0; at < images.length; at += batch * size) {
      // The last images are filled up with some that were there before: no range grows by that.
      const from = Math.min(at, images.length - batch * size);
      const pixels = images.subarray(from, from + batch * size);
      const step = { pixels, labels: new Int32Array(batch), count: batch, masks: new Map() };
      const outputs = await runSession(session, {
        [IMAGES.pixels]: pixelTensor(graph, [step], [batch]),
        ...fed,
      });
      const [lows, highs] = [LOW!, HIGH!].map((name) => outputs[name]!.data as Float32Array);
      ids.forEach((id, i) => {
        const [low, high] = ranges.get(id)!;
        ranges.set(id, [least(low, lows![i]!), -least(-high, -highs![i]!)]);
      });
    }
  } finally {
    await session.release();
  }
  requireFinite(plan, ranges);
  return ranges;
}

/** A weight that is NaN need not show in ranges: ONNX Runtime leaves it out of them. */
function requireFiniteWeights(packed: readonly PackedWeight[]): void {
  const bad = packed.find(({ data }) => !data.every(Number.isFinite));
  if (bad === undefined) return;
  throw new WorkError(
    `"${bad.name}" holds a value that is no finite number, which bytes cannot stand for: these weights are of no use.`,
  );
}

/** The smaller one; NaN where one is. */
const least = (a: number, b: number): number => Math.min(a, b);

function requireFinite({ trace }: Int8Plan, ranges: ReadonlyMap<number, Range>): void {
  for (const [id, range] of ranges) {
    if (range.every(Number.isFinite)) continue;
    const layer = trace.operations.find(({ output }) => output.id === id)?.layer ?? 'the input';
    throw new WorkError(
      `${layer} gives values that are no finite numbers, which bytes cannot stand for: these weights are of no use.`,
    );
  }
}

interface RangesParts {
  readonly graph: Graph;
  readonly plan: Int8Plan;
  readonly batch: number;
  readonly packed: readonly PackedWeight[];
  isFed(weight: PackedWeight): boolean;
  readonly ids: readonly number[];
}

/** uint8 `pixels` [N, H, W, C] to the smallest and the largest of each value of `ids`, in their order. */
function rangesGraph({ graph, plan, batch, packed, isFed, ids }: RangesParts): Uint8Array {
  const g = new GraphWriter();
  const pixels = g.input(IMAGES.pixels, [batch, ...graph.input], pixelType(graph));
  const weights = weightRefs(g, packed, isFed);
  const written = new Map<number, Ref>();
  const passOn = ({ id }: Value, ref: Ref): Ref => {
    written.set(id, ref);
    return ref;
  };
  const image = scaledImage(g, graph, pixels);
  writePlain(g, plan.trace, { image, weights, provider: 'cpu', passOn });
  const all = (opType: string) =>
    ids.map((id) => g.reshape(g.op(opType, [written.get(id)!], [], { keepdims: 0 }), [1]));
  g.output(g.concat(all('ReduceMin'), 0), LOW!);
  g.output(g.concat(all('ReduceMax'), 0), HIGH!);
  return g.encode();
}
