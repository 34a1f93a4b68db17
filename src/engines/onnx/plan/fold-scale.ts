import type { Tensors } from '../../../base/tensor.js';
import type { Graph } from '../../../models/graph/graph.js';
import type { OperatorAttributes } from '../../../models/lowering/onnx.js';
import type { Trace } from './trace.js';

/** A graph whose convolutions do what the scaling of its pixels did. */
export interface ScaleFolded {
  readonly graph: Graph;
  /** The weights that it computes the same with. */
  fold(weights: Tensors): Tensors;
}

/**
 * Pixels times a number each channel, into convolutions of kernels that are multiplied by it. As it is where something else reads
 * the image, or where a number is added as well, which padding with zeros does not have. (lenet5, 64 images: 0.98 ms instead of 1.00.)
 */
export function foldScale(graph: Graph, { input, operations }: Trace): ScaleFolded {
  const { scale, offset } = graph.pixels;
  const readers = operations.filter(({ inputs }) => inputs.some(({ id }) => id === input.id));
  const canFold = readers.every(({ kind }) => kind === 'conv2d') && offset.every((added) => added === 0);
  if (graph.takesNumbers || !canFold) return { graph, fold: (weights) => weights };
  const kernels = readers.map(({ attributes }) => (attributes as OperatorAttributes['conv2d']).kernel);
  return {
    graph: { ...graph, pixels: { ...graph.pixels, scale: scale.map(() => 1) } },
    fold(weights) {
      const folded = new Map(weights);
      for (const name of kernels) {
        const kernel = weights.get(name);
        // What is missing is named where weights are laid out.
        if (kernel)
          folded.set(name, { ...kernel, data: scaledChannels(kernel.data, scale, kernel.shape.at(-1)!) });
      }
      return folded;
    },
  };
}

/** A kernel [kh, kw, C, O] times a number for each of its C channels. */
function scaledChannels(kernel: Float32Array, scale: readonly number[], filters: number): Float32Array {
  return kernel.map((value, i) => value * scale[Math.floor(i / filters) % scale.length]!);
}
