import type { Tensor } from '../../../base/tensor.js';
import type { OperatorAttributes, Value } from '../../../models/lowering/onnx.js';
import { VALUE_OF } from '../../../recipe/activations.js';
import type { Ref } from '../write/ref.js';
import type { GraphWriter } from '../write/writer.js';
import type { Folded } from './fold-norms.js';
import type { Operation, Trace } from './trace.js';

type Convolution = OperatorAttributes['conv2d'];

/** Whether it treats every channel by itself, so that it does not matter whose image a channel is of. */
function isByChannel({ kind, attributes }: Operation): boolean {
  if (kind === 'activation') return (attributes as OperatorAttributes['activation']).activation in VALUE_OF;
  return kind === 'averagePool2d' || kind === 'maxPool2d';
}

/**
 * Convolutions of few filters leave most of a block of channels empty, and so do the activation and the pooling behind them.
 * Here some images lie side by side as the channels of one, with the kernel once for each: k images [C, H, W] are a map
 * [k * C, H, W], and the kernel [kh, kw, C, O] becomes [kh, kw, k * C, block] with zeros between different images and behind the
 * last: ONNX Runtime pools whole blocks in its own layout alone. Who reads what these operations give finds the images apart
 * again, see `inShape`. Only the images themselves are read so, which are finite: zeros do not keep an infinite value of one
 * image from the others. (lenet5, 64 images, two and two: 0.98 ms instead of 1.12.)
 * @param block channels in a block
 */
export function imagesAsChannels(trace: Trace, batch: number, block: number): Folded {
  const widened = new Map<number, number>();
  const kernels: { readonly attributes: Convolution; readonly images: number }[] = [];
  const operations = trace.operations.map((operation) => {
    const images = imagesTogether(operation, trace, widened, batch, block);
    if (images === 1) return operation;
    widened.set(operation.output.id, images);
    if (operation.kind === 'conv2d')
      kernels.push({ attributes: operation.attributes as Convolution, images });
    return widen(operation, images, block);
  });
  return {
    trace: { ...trace, operations },
    fold(weights) {
      const folded = new Map(weights);
      for (const { attributes, images } of kernels) {
        replace(folded, attributes.kernel, (kernel) => besideZeros(kernel, images, block));
        if (attributes.bias) replace(folded, attributes.bias, (bias) => repeated(bias, images, block));
      }
      return folded;
    },
  };
}

/**
 * A value as an operation reads it: [N, ...shape], or [N / k, ...shape] where k images lie side by side in it.
 * @param images of the batch
 * @param beside how many images the operation reads side by side
 */
export function inShape(
  g: GraphWriter,
  ref: Ref,
  images: number,
  [channels, ...extents]: readonly number[],
  beside = 1,
): Ref {
  const [rows, given] = ref.dims as [number, number];
  if (given === channels) return g.reshape(ref, [rows, channels, ...extents]);
  // Memory is in the same order but for what fills up a block.
  const real = (images / rows) * (channels! / beside);
  const apart = rows < images && real < given ? g.slice(ref, 0, real, 1) : ref;
  return g.reshape(apart, [images / beside, channels!, ...extents]);
}

/** How many images an operation takes as channels of one; 1 where it stays as it is. */
function imagesTogether(
  operation: Operation,
  { input, operations }: Trace,
  widened: ReadonlyMap<number, number>,
  batch: number,
  block: number,
): number {
  const { kind, inputs, output } = operation;
  const [read] = inputs;
  if (isByChannel(operation)) return widened.get(read!.id) ?? 1;
  if (kind !== 'conv2d' || read!.id !== input.id) return 1;
  if (!operations.some((next) => isByChannel(next) && next.inputs[0]!.id === output.id)) return 1;
  // With a block of channels and more, ONNX Runtime would have the input in blocks too.
  const most = Math.min(Math.floor(block / output.shape[0]!), Math.floor((block - 1) / read!.shape[0]!));
  for (let images = most; images > 1; images--) if (batch % images === 0) return images;
  return 1;
}

function widen(operation: Operation, images: number, block: number): Operation {
  const { kind, attributes, inputs, output } = operation;
  const wide = ({ id, shape: [, ...extents] }: Value, channels: number): Value => ({
    id,
    shape: [channels, ...extents],
  });
  const filters = kind === 'conv2d' ? { filters: block } : {};
  return {
    ...operation,
    attributes: { ...attributes, ...filters },
    inputs: inputs.map((value) => wide(value, kind === 'conv2d' ? images * value.shape[0]! : block)),
    ...(kind === 'conv2d' ? { beside: images } : {}),
    output: wide(output, block),
  };
}

function replace(weights: Map<string, Tensor>, name: string, by: (tensor: Tensor) => Tensor): void {
  const tensor = weights.get(name);
  // What is missing is named where weights are laid out.
  if (tensor) weights.set(name, by(tensor));
}

/** [kh, kw, C, O] to [kh, kw, k * C, block]: each image's channels meet its own filters alone. */
function besideZeros({ shape, data }: Tensor, images: number, block: number): Tensor {
  const [kh, kw, channels, filters] = shape as [number, number, number, number];
  const rows = images * channels;
  const wide = new Float32Array(kh * kw * rows * block);
  for (let row = 0; row < kh * kw * channels; row++) {
    const [tap, channel] = [Math.floor(row / channels), row % channels];
    for (let image = 0; image < images; image++) {
      const at = (tap * rows + image * channels + channel) * block + image * filters;
      wide.set(data.subarray(row * filters, (row + 1) * filters), at);
    }
  }
  return { shape: [kh, kw, rows, block], data: wide };
}

function repeated({ data }: Tensor, images: number, block: number): Tensor {
  const all = new Float32Array(block);
  for (let image = 0; image < images; image++) all.set(data, image * data.length);
  return { shape: [block], data: all };
}
