import { sizeOf, type Tensor, type Tensors } from '../../../base/tensor.js';
import type { Graph, GraphNode } from '../../../models/graph/graph.js';
import { layerDef } from '../../../models/layers/index.js';
import type { TorchTensor } from '../../../models/lowering/torch.js';
import { torchOrders } from '../../../weights/torch-order.js';
import { layerNames } from './names.js';

/**
 * Weights under PyTorch's names and in its layouts: kernels [out, in, kh, kw], dense kernels [out, in] with inputs in the order of a
 * flattened [C, H, W].
 * @param graph without auxiliary classifiers
 * @throws WorkError where no order of values in PyTorch is that of the network's
 */
export function stateDict(graph: Graph, weights: Tensors): Tensors {
  const names = layerNames(graph);
  const orders = torchOrders(graph);
  return new Map(
    graph.nodes.flatMap((node) => {
      const { tensors = {} } = layerDef(node.kind).torch('', node as GraphNode<never>, node.inputs);
      const order = orders.get(node.inputs[0]!);
      return node.weights.map(({ name }): [string, Tensor] => {
        const into = tensors[name]!;
        const tensor = weights.get(`${node.name}/${name}`)!;
        return [`${names.get(node.name)}.${into.name}`, placed(tensor, into, order)];
      });
    }),
  );
}

function placed(tensor: Tensor, { axes, isOfInput }: TorchTensor, order: Int32Array | undefined): Tensor {
  const ordered = isOfInput && order ? rowsInOrder(tensor, order) : tensor;
  return axes ? transposed(ordered, axes) : ordered;
}

/** Row i of the result is row order[i]. */
function rowsInOrder({ shape, data }: Tensor, order: Int32Array): Tensor {
  const length = sizeOf(shape.slice(1));
  const rows = new Float32Array(data.length);
  for (const [i, from] of order.entries()) {
    rows.set(data.subarray(from * length, (from + 1) * length), i * length);
  }
  return { shape, data: rows };
}

/** Axis k of the result is axis axes[k]. */
function transposed({ shape, data }: Tensor, axes: readonly number[]): Tensor {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const into = axes.map((axis) => shape[axis]!);
  const steps = axes.map((axis) => strides[axis]!);
  const values = new Float32Array(data.length);
  const place = axes.map(() => 0);
  let from = 0;
  for (let to = 0; to < values.length; to++) {
    values[to] = data[from]!;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++place[axis]! < into[axis]!) break;
      from -= steps[axis]! * into[axis]!;
      place[axis] = 0;
    }
  }
  return { shape: into, data: values };
}
