import { WorkError } from '../base/errors.js';
import { sizeOf, type Tensor, type Tensors } from '../base/tensor.js';
import type { FileTensor } from './files/tensor-file.js';
import { allocate } from './files/values.js';
import type { LayerPair } from './pairing.js';

interface Filled {
  readonly weights: Tensors;
  /** What was done to values beside rearranging them, in sentences. */
  readonly notes: readonly string[];
}

/** So many values of a kernel are turned at a time. */
const PART = 1 << 21;
/** Rows that the cache of a processor holds a line of each of. */
const MOST_ROWS = 256;

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
      const data = name === 'kernel' ? kernelOf(path, pair, tensor) : tensor.read();
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
  if (given.layout === 'keras') return tensor.read();
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
  const features = channels * high * wide;
  const places = Int32Array.from({ length: features }, (_, from) => {
    const channel = Math.floor(from / (high * wide));
    return ((from % (high * wide)) * channels + channel) * units;
  });
  const all = allocate(path, sizeOf(tensor.shape));
  const rows = Math.max(1, Math.min(MOST_ROWS, Math.floor(PART / features)));
  for (let first = 0; first < units; first += rows) {
    const count = Math.min(rows, units - first);
    const part = tensor.read(first * features, (first + count) * features);
    for (let feature = 0; feature < features; feature++) {
      const place = places[feature]! + first;
      for (let row = 0; row < count; row++) all[place + row] = part[row * features + feature]!;
    }
  }
  return all;
}
