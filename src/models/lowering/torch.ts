import type { Activation } from '../../recipe/activations.js';
import { SCALED_TANH } from '../../recipe/scaled-tanh.js';
import type { GraphNode } from '../graph/graph.js';
import type { WindowGeometry } from '../graph/window.js';

/** Where a weight of ours goes in PyTorch. */
export interface TorchTensor {
  /** In the module: `weight`. */
  readonly name: string;
  /** Our axes in PyTorch's order: [3, 2, 0, 1] for [kh, kw, in, out] to [out, in, kh, kw]. Absent: as they are. */
  readonly axes?: readonly number[];
  /** Whether our first axis runs over the values of the layer's input, in whose order it then is. */
  readonly isOfInput?: boolean;
}

/** How a layer reads in Python with PyTorch. */
export interface TorchLayer {
  /** What `__init__` keeps under the layer's name: `nn.Conv2d(1, 6, 5)`. Absent for layers that keep nothing. */
  readonly module?: string;
  /** What becomes of its inputs, before the activation: `self.conv2d_1(x)`. */
  readonly value: string;
  /** Definitions in Python of what PyTorch lacks, each a text that stands in the file once. */
  readonly definitions?: readonly string[];
  /** By the names of the layer's weights. */
  readonly tensors?: Readonly<Record<string, TorchTensor>>;
}

/**
 * Writes a layer for PyTorch; maps are [N, C, H, W] there, vectors [N, F].
 * @param self what `__init__` keeps, as `forward` names it: `self.conv2d_1`
 * @param inputs expressions of its inputs
 */
export type TorchLowering<P> = (self: string, node: GraphNode<P>, inputs: readonly string[]) => TorchLayer;

/** What stands around a value for each activation; softmax and softmin run over the channels. */
const ACTIVATED: Readonly<Record<Activation, (value: string) => string>> = {
  linear: (value) => value,
  negative: (value) => `-${value}`,
  relu: (value) => `F.relu(${value})`,
  tanh: (value) => `torch.tanh(${value})`,
  scaledTanh: (value) => `${SCALED_TANH.amplitude} * torch.tanh(2 / 3 * ${value})`,
  sigmoid: (value) => `torch.sigmoid(${value})`,
  softmax: (value) => `F.softmax(${value}, dim=1)`,
  softmin: (value) => `F.softmin(${value}, dim=1)`,
};

/** A value with an activation around it, in Python. */
export const activatedInTorch = (value: string, activation: Activation): string =>
  ACTIVATED[activation](value);

/** `3` for [3, 3], else `(3, 5)`. */
export const torchPair = ([high, wide]: readonly [number, number]): string =>
  high === wide ? String(high) : `(${high}, ${wide})`;

/** A call in Python; keywords without a value are left out. */
export function torchCall(
  name: string,
  values: readonly (string | number)[],
  keywords: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const named = Object.entries(keywords).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${value}`],
  );
  return `${name}(${[...values, ...named].join(', ')})`;
}

/** Where padding of a window goes: to the function that slides it where that takes it, else around its input. */
export interface TorchPadding {
  readonly input: string;
  /** undefined for none. */
  readonly padding: string | undefined;
}

/**
 * PyTorch's own padding is alike at both ends, and at most `most` of the window's size.
 * @param fill what lies around a map: 0, or `float("-inf")` where a maximum is taken
 */
export function torchPadding(
  { pads: [top, left, bottom, right], size }: WindowGeometry,
  input: string,
  fill: string,
  most: number,
): TorchPadding {
  if (top + left + bottom + right === 0) return { input, padding: undefined };
  const isPlain = top === bottom && left === right && top <= most * size[0] && left <= most * size[1];
  if (isPlain) return { input, padding: torchPair([top, left]) };
  const value = fill === '0' ? undefined : fill;
  return {
    input: torchCall('F.pad', [input, `(${left}, ${right}, ${top}, ${bottom})`], { value }),
    padding: undefined,
  };
}

/** `stride=2`, left out where it is what PyTorch takes by itself. */
export const torchStride = ({ strides, size }: WindowGeometry, usual: 'one' | 'size'): string | undefined => {
  const own = usual === 'one' ? [1, 1] : size;
  return strides.join() === own.join() ? undefined : torchPair(strides);
};
