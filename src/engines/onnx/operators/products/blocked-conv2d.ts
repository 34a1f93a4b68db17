import type { OperatorAttributes, Value } from '../../../../models/lowering/onnx.js';
import { type Blocks, blocksOf, paddedChannels } from '../../write/map-layout.js';
import type { Ref } from '../../write/ref.js';
import type { BlockedForm, Emission, Emitted, WeightLayout } from '../contract/operator.js';
import { isWholeMap } from '../contract/windows.js';
import { ACTIVATIONS } from '../values/activation.js';
import type { BlockedConvolution } from './blocked/blocked-convolution.js';
import { biasGradient } from './blocked/blocked-products.js';
import {
  describe,
  formulationsOf,
  forward,
  inputGradient,
  kernelGradients,
  savedMs,
} from './formulations.js';
import { unstrided, wayOfStrides } from './strides.js';

type Attributes = OperatorAttributes['conv2d'];

/** Zeros that fill up blocks may make a convolution so many times larger before the other formulation is faster. */
const LARGEST_WASTE = 1.4;

/**
 * Convolution with maps in blocks, [n, I/B, H, W, b, B] to [n, O/B, P, Q, b, B]: all three products of a training step are ONNX Runtime's nchwc convolution, which
 * reaches 250 to 330 GFLOP/s on two cores where the formulation with the batch innermost reaches 120 to 280.
 * Kernels stay in its order, [O/B, I/B, kh, kw, B of I, B of O], from step to step.
 */
export const blockedConv2d: BlockedForm<'conv2d'> = {
  suits([x], { geometry, filters }, blocks, [isImage]) {
    const channels = x!.shape[0]!;
    const few = channels < blocks.channels;
    if ((few && !isImage) || isWholeMap(x!.shape, geometry)) return false;
    const [top, left, bottom, right] = geometry.pads;
    const [kh, kw] = geometry.size;
    if (Math.max(top, bottom) >= kh || Math.max(left, right) >= kw) return false;
    const waste =
      (paddedChannels(filters, blocks) / filters) * (few ? 1 : paddedChannels(channels, blocks) / channels);
    return waste <= LARGEST_WASTE;
  },

  remark([x], attributes, placing) {
    const { geometry, activation } = attributes;
    const size = sizeOf(placing.blocks, attributes, x!);
    const way = wayOfStrides(size, geometry.strides);
    const strided = way === 'whole' ? [] : [`strides taken apart ${way}`];
    const filtering = way === 'whole' ? describe(formulationsOf(placing, size)) : [];
    return [...strided, ...filtering, ...(activation ? [`${activation} within`] : [])].join(', ');
  },

  savedMs: ([x], attributes, placing) => savedMs(placing, sizeOf(placing.blocks, attributes, x!)),

  inputLayout: ({ shape }, blocks) => (shape[0]! < blocks.channels ? 'strips' : 'blocks'),

  weights([x], { kernel, bias, geometry, filters }, blocks) {
    const from = [...geometry.size, x!.shape[0]!, filters];
    const layout = kernelLayout(kernel, from, blocks);
    return bias ? [layout, { name: bias, ...paddedVector(filters, blocks) }] : [layout];
  },

  /** In use, a second input is added to the result. */
  train(e, attributes, [x, addend], [value], [inputNeeded]) {
    const { g, weight } = e;
    const { kernel, bias, activation } = attributes;
    const { terms, isWhole, backToInput, backToKernel } = unstrided(
      e,
      problem(e, attributes, x!, value!),
      attributes.geometry.strides,
    );
    const last = { bias: bias ? weight(bias) : undefined, activation };
    const output = terms.reduce<Ref | undefined>(
      (sum, term, i) => forward(e, term, { sum, ...(i === terms.length - 1 ? last : {}) }),
      addend,
    )!;
    return {
      output,
      accumulates: isWhole,
      backward(gradient, [before]) {
        const incoming = g.reshape(gradient, output.dims);
        const dy = activation ? ACTIVATIONS[activation].backward(g, incoming, output) : incoming;
        const dw = backToKernel(kernelGradients(e, terms, dy));
        const weights = new Map([[kernel, g.reshape(dw, weight(kernel).dims)]]);
        if (bias) weights.set(bias, biasGradient(e, dy, attributes.filters));
        const dx = () => backToInput(terms.map((term) => inputGradient(e, term, dy, before ?? undefined)));
        return { inputs: [inputNeeded ? dx() : null], weights };
      },
    } satisfies Emitted;
  },
};

/** A vector of one value a channel, filled up to whole blocks. */
export function paddedVector(channels: number, blocks: Blocks): Omit<WeightLayout, 'name'> {
  return { from: [channels], padded: [paddedChannels(channels, blocks)], perm: [0] };
}

function kernelLayout(name: string, from: readonly number[], blocks: Blocks): WeightLayout {
  const [kh, kw, channels, filters] = from as [number, number, number, number];
  const B = blocks.channels;
  const outputs = [blocksOf(filters, blocks), B];
  const allFilters = paddedChannels(filters, blocks);
  if (channels < B) {
    const split = [[kh], [kw], [channels], outputs];
    return { name, from, padded: [kh, kw, channels, allFilters], split, perm: [3, 2, 0, 1, 4] };
  }
  const split = [[kh], [kw], [blocksOf(channels, blocks), B], outputs];
  const padded = [kh, kw, paddedChannels(channels, blocks), allFilters];
  return { name, from, padded, split, perm: [4, 2, 0, 1, 3, 5] };
}

/** The convolution as it stands, strides and all. */
function problem(
  { weight, blocks }: Emission,
  attributes: Attributes,
  x: Ref,
  value: Value,
): BlockedConvolution {
  return { x, kernel: weight(attributes.kernel), ...sizeOf(blocks, attributes, value) };
}

/** Its extents. */
function sizeOf(
  blocks: Blocks,
  { geometry, filters }: Attributes,
  { shape }: Value,
): Omit<BlockedConvolution, 'x' | 'kernel'> {
  const [channels, height, width] = shape as [number, number, number];
  const few = channels < blocks.channels;
  return {
    lanes: few ? 1 : blocks.channels,
    channelBlocks: few ? channels : blocksOf(channels, blocks),
    filterBlocks: blocksOf(filters, blocks),
    map: [height, width],
    size: geometry.size,
    pads: geometry.pads,
    output: geometry.output,
  };
}
