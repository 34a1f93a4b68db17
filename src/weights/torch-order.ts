import { WorkError } from '../base/errors.js';
import { sizeOf } from '../base/tensor.js';
import { type Graph, type GraphNode, INPUT, withoutAuxiliaries } from '../models/graph/graph.js';

/** For each value of a vector in PyTorch's order, its place in ours; null where both orders are the same. */
export type VectorOrder = Int32Array | null;

/**
 * PyTorch's maps are [C, H, W], ours [H, W, C], so that a map that is flattened becomes a vector in another order there. Gives the
 * order of every layer's output by its name, for those that are vectors in another one.
 * @throws WorkError where vectors of different orders are added
 */
export function torchOrders(graph: Graph): ReadonlyMap<string, Int32Array> {
  const orders = new Map<string, Int32Array>();
  for (const node of withoutAuxiliaries(graph).nodes) {
    const order = orderOf(node, (name) => orders.get(name) ?? null);
    if (order) orders.set(node.name, order);
  }
  return orders;
}

function orderOf(node: GraphNode, given: (name: string) => VectorOrder): VectorOrder {
  const [first] = node.inputs;
  switch (node.kind) {
    case 'flatten':
      return node.inputShapes[0]!.length === 3 ? flattenedOrder(node.inputShapes[0]!) : given(first!);
    case 'dropout':
    case 'activation':
    case 'batchNorm':
      return given(first!);
    case 'concatenate':
      return joinedOrder(node, given);
    case 'add':
      return commonOrder(node, given);
    default:
      return null;
  }
}

/** Of [H, W, C]. */
function flattenedOrder(shape: readonly number[]): VectorOrder {
  const channels = shape[2]!;
  const places = shape[0]! * shape[1]!;
  if (channels === 1 || places === 1) return null;
  return Int32Array.from(
    { length: places * channels },
    (_, i) => (i % places) * channels + Math.floor(i / places),
  );
}

function joinedOrder({ inputs, inputShapes }: GraphNode, given: (name: string) => VectorOrder): VectorOrder {
  if (inputs.every((name) => given(name) === null)) return null;
  let offset = 0;
  const parts = inputShapes.map((shape, k) => {
    const order = given(inputs[k]!);
    const begin = offset;
    offset += sizeOf(shape);
    return Array.from({ length: sizeOf(shape) }, (_, i) => begin + (order?.[i] ?? i));
  });
  return Int32Array.from(parts.flat());
}

function commonOrder({ name, inputs }: GraphNode, given: (name: string) => VectorOrder): VectorOrder {
  const [first, ...others] = inputs.map((input) => (input === INPUT ? null : given(input)));
  const isSame = others.every((other) => other?.join() === first?.join());
  if (isSame) return first!;
  throw new WorkError(
    `${name} adds maps that were flattened from different shapes, which no order of values in PyTorch gives: flatten maps of one shape.`,
  );
}
