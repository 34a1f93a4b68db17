import { sizeOf, type Tensor, type Tensors } from '../base/tensor.js';
import { turnMatrix } from '../base/turn-matrix.js';
import { MisfitError } from '../engines/onnx/exchange/view/misfit.js';
import type { Graph } from '../models/graph/graph.js';
import type { FileTensor } from './files/tensor-file.js';
import { allocate, requireFloats, valuesOf } from './files/values.js';
import type { LayerPair } from './pairing.js';
import { torchOrders, type VectorOrder } from './torch-order.js';

interface Filled {
  readonly weights: Tensors;
  /** What was done to values beside rearranging them, in sentences. */
  readonly notes: readonly string[];
}

/**
 * The weights of a graph out of those of a file, in the graph's layout.
 * @param epsilon of the file's normalizations; null where that is not known
 * @throws WorkError where values cannot be read or changed so that they fit
 */
export function fill(
  path: string,
  graph: Graph,
  pairs: readonly LayerPair[],
  epsilon: number | null,
): Filled {
  const isTorch = pairs.some(([, given]) => given.layout === 'torch');
  const orders: ReadonlyMap<string, VectorOrder> = isTorch ? torchOrders(graph) : new Map();
  const weights = new Map<string, Tensor>();
  const moved: string[] = [];
  for (const pair of pairs) {
    const [{ node, epsilon: own }, given] = pair;
    const order = orders.get(node.inputs[0]!) ?? null;
    for (const { name, shape } of node.weights) {
      const tensor = given.parts.get(name as never)!;
      const data = name === 'kernel' ? kernelOf(path, pair, tensor, order) : valuesOf(path, tensor);
      if (pair[0].kind === 'norm' && order) reorder(data, order);
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
  throw new MisfitError(
    path,
    `its normalizations have epsilon ${theirs}, where ${layer} has ${own}, and variances too small to make up for it: give ${layer} \`epsilon: ${theirs}\``,
    '.',
  );
}

/** Values of a vector in PyTorch's order, put into ours in place. */
function reorder(values: Float32Array, order: Int32Array): void {
  const before = values.slice();
  for (let i = 0; i < order.length; i++) values[order[i]!] = before[i]!;
}

function kernelOf(path: string, [, given]: LayerPair, tensor: FileTensor, order: VectorOrder): Float32Array {
  if (given.layout === 'keras') return valuesOf(path, tensor);
  const [, ...rest] = tensor.shape as [number, ...number[]];
  const isConvolution = rest.length === 3;
  const [channels, high, wide] = rest as [number, number, number];
  const placeOf = isConvolution
    ? (from: number) => (from % (high * wide)) * channels + Math.floor(from / (high * wide))
    : (from: number) => order?.[from] ?? from;
  return turned(path, tensor, placeOf);
}

/**
 * [units, ...features] to [...features in our order, units]: a convolution's kernel [units, C, H, W], and that of a dense layer.
 * @param placeOf the place of a feature in our order
 */
function turned(path: string, tensor: FileTensor, placeOf: (feature: number) => number): Float32Array {
  requireFloats(path, tensor.name, tensor.dtype);
  const units = tensor.shape[0]!;
  const features = sizeOf(tensor.shape.slice(1));
  const all = allocate(path, sizeOf(tensor.shape));
  turnMatrix((into, begin) => tensor.read(into, begin), [units, features], placeOf, all);
  return all;
}
