import { WorkError } from '../base/errors.js';
import { sizeOf, type Tensor, type Tensors } from '../base/tensor.js';
import type { FileTensor } from './files/tensor-file.js';
import { allocate, requireFloats, valuesOf } from './files/values.js';
import type { LayerPair } from './pairing.js';

interface Filled {
  readonly weights: Tensors;
  /** What was done to values beside rearranging them, in sentences. */
  readonly notes: readonly string[];
}

/** So many rows of a kernel are turned at a time. */
const ROWS = 64;
/** Values between rows in memory: a processor's cache would put rows of 2^n values all in one place. */
const GAP = 16;

/**
 * The weights of a graph out of those of a file, in the graph's layout.
 * @param epsilon of the file's normalizations; null where that is not known
 * @throws WorkError where values cannot be read or changed so that they fit
 */
export function fill(path: string, pairs: readonly LayerPair[], epsilon: number | null): Filled {
  const weights = new Map<string, Tensor>();
  const moved: string[] = [];
  for (const pair of pairs) {
    const [{ node, epsilon: own }, given] = pair;
    for (const { name, shape } of node.weights) {
      const tensor = given.parts.get(name as never)!;
      const data = name === 'kernel' ? kernelOf(path, pair, tensor) : valuesOf(path, tensor);
      weights.set(`${node.name}/${name}`, { shape, data });
      const isOther = own !== null && epsilon !== null && Math.fround(own) !== Math.fround(epsilon);
      if (name !== 'moving_variance' || !isOther) continue;
      moveVariance(path, node.name, data, epsilon, own);
      moved.push(node.name);
    }
  }
  return { weights, notes: notesOn(path, moved, epsilon) };
}

function notesOn(path: string, moved: readonly string[], epsilon: number | null): string[] {
  if (moved.length === 0) return [];
  const others = moved.length === 1 ? '' : ` and ${moved.length - 1} more`;
  return [
    `${path} is for normalizations with epsilon ${epsilon}, where ${moved[0]}${others} have another: the variances are changed by the difference, so that the outputs are the same.`,
  ];
}

/** The variance is only used with epsilon added, so that another epsilon is made good by it. */
function moveVariance(
  path: string,
  layer: string,
  variance: Float32Array,
  theirs: number,
  own: number,
): void {
  for (let i = 0; i < variance.length; i++) variance[i]! += theirs - own;
  if (variance.every((value) => value >= 0)) return;
  throw new WorkError(
    `${path} does not fit: its normalizations have epsilon ${theirs}, where ${layer} has ${own}, and variances too small to make up for it: give ${layer} \`epsilon: ${theirs}\`.`,
  );
}

function kernelOf(path: string, [{ flattened }, given]: LayerPair, tensor: FileTensor): Float32Array {
  if (given.layout === 'keras') return valuesOf(path, tensor);
  const [units, ...rest] = tensor.shape as [number, ...number[]];
  if (rest.length === 3) return turned(path, tensor, units, rest as [number, number, number]);
  const [high, wide, channels] = flattened ?? [1, 1, rest[0]!];
  return turned(path, tensor, units, [channels!, high!, wide!]);
}

/** [units, C, H, W] to [H, W, C, units]: a convolution's kernel, and that of a dense layer behind a flattened map. */
function turned(
  path: string,
  tensor: FileTensor,
  units: number,
  [channels, high, wide]: readonly [number, number, number],
): Float32Array {
  requireFloats(path, tensor.name, tensor.dtype);
  const features = channels * high * wide;
  const places = Int32Array.from({ length: features }, (_, from) => {
    const channel = Math.floor(from / (high * wide));
    return ((from % (high * wide)) * channels + channel) * units;
  });
  const all = allocate(path, sizeOf(tensor.shape));
  const pitch = features + GAP;
  // One piece of memory for all parts: a system takes its time to hand out new ones.
  const staging = allocate(path, Math.min(ROWS, units) * pitch);
  for (let first = 0; first < units; first += ROWS) {
    const count = Math.min(ROWS, units - first);
    for (let row = 0; row < count; row++)
      tensor.read(staging.subarray(row * pitch, row * pitch + features), (first + row) * features);
    turnRows(staging, { count, pitch }, places, all, first);
  }
  return all;
}

function turnRows(
  rows: Float32Array,
  { count, pitch }: { readonly count: number; readonly pitch: number },
  places: Int32Array,
  into: Float32Array,
  first: number,
): void {
  for (let feature = 0; feature < places.length; feature++) {
    let place = places[feature]! + first;
    const end = feature + count * pitch;
    for (let at = feature; at < end; at += pitch) into[place++] = rows[at]!;
  }
}
