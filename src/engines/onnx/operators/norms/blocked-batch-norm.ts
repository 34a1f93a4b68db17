import { sizeOf } from '../../../../base/tensor.js';
import type { FusedActivation, OperatorAttributes, Value } from '../../../../models/lowering/onnx.js';
import { paddedChannels } from '../../write/map-layout.js';
import { NCHWC, scaledChannels } from '../../write/nchwc.js';
import type { Ref } from '../../write/ref.js';
import type { BlockedForm, Emission, Emitted } from '../contract/operator.js';
import { splitGroups } from '../products/blocked/blocked-products.js';
import { paddedVector } from '../products/blocked-conv2d.js';
import { ACTIVATIONS } from '../values/activation.js';
import { runningValues } from './running-values.js';

/**
 * Batch normalization with maps in blocks: see `batchNorm` for the formulas. Whatever is linear in a channel is a
 * depth-wise 1x1 convolution, which takes as long as one addition of maps, adds a shortcut and applies the activation.
 * A map is [n, C, H * W, b], C filled up to whole blocks.
 */
export const blockedBatchNorm: BlockedForm<'batchNorm'> = {
  suits: () => true,
  follows: true,

  remark(inputs, { activation }) {
    const summed = inputs.length > 1 ? ['sum within'] : [];
    return [...summed, ...(activation ? [`${activation} within`] : [])].join(', ');
  },

  weights: ([x], { gamma, beta, mean, variance }, blocks) =>
    [gamma, beta, mean, variance].map((name) => ({ name, ...paddedVector(x!.shape[0]!, blocks) })),

  use: (e, attributes, given, [value]) => frozenBlocks(e, attributes, given, value!),

  train(e, attributes, given, [value]) {
    if (attributes.frozen) return frozenBlocks(e, attributes, given, value!);
    const [input, addend] = given;
    const { g, weight } = e;
    const { epsilon, gamma, beta, activation } = attributes;
    const [channels, ...extents] = value!.shape as [number, ...number[]];
    const map = { e, channels: paddedChannels(channels, e.blocks), places: sizeOf(extents) };
    const x = g.reshape(input!, [groupsOf(e), map.channels, map.places, e.blocks.images]);
    const mean = channelMean(map, x);
    const centred = scaledChannels(g, x, onesOf(map), { offset: g.scale(mean, -1) });
    const variance = channelMean(map, g.mul(centred, centred));
    const deviation = g.sqrt(g.add(variance, g.constant(epsilon)));
    const slope = g.div(weight(gamma), deviation);
    const offset = weight(beta);
    // Of the two it is the sum that nobody else reads: it gives its memory, where the shortcut would have to be copied.
    const output = addend
      ? added(map, addend, scaledChannels(g, centred, slope, { offset }), activation)
      : scaledChannels(g, centred, slope, { offset, activation });
    return {
      output,
      updates: runningValues(e, attributes, mean, variance),
      backward(gradient) {
        const incoming = g.reshape(gradient, output.dims);
        const dy = activation ? ACTIVATIONS[activation].backward(g, incoming, g.again(output)) : incoming;
        const sumDy = channelSum(map, imageSums(map, dy));
        const sumProduct = g.div(productSum(map, extents[0]!, dy, centred), deviation);
        const weights = new Map([
          [gamma, sumProduct],
          [beta, sumDy],
        ]);
        const shared = addend !== undefined;
        const dx = inputGradient(map, { dy, shared }, centred, { slope, deviation, sumDy, sumProduct });
        return { inputs: shared ? [dx, dy] : [dx], weights };
      },
    };
  },
};

/** By the running values: one depth-wise convolution forth, and one back. */
function frozenBlocks(
  e: Emission,
  { epsilon, gamma, beta, mean, variance, activation }: OperatorAttributes['batchNorm'],
  [input, addend]: readonly Ref[],
  { shape }: Value,
): Emitted {
  const { g, weight } = e;
  const [channels, ...extents] = shape as [number, ...number[]];
  const map = { e, channels: paddedChannels(channels, e.blocks), places: sizeOf(extents) };
  const x = g.reshape(input!, [groupsOf(e), map.channels, map.places, e.blocks.images]);
  const slope = g.div(weight(gamma), g.sqrt(g.add(weight(variance), g.constant(epsilon))));
  const offset = g.sub(weight(beta), g.mul(weight(mean), slope));
  const output = addend
    ? added(map, addend, scaledChannels(g, x, slope, { offset }), activation)
    : scaledChannels(g, x, slope, { offset, activation });
  return {
    output,
    backward(gradient) {
      const incoming = g.reshape(gradient, output.dims);
      const dy = activation ? ACTIVATIONS[activation].backward(g, incoming, output) : incoming;
      const dx = scaledChannels(g, dy, slope, {});
      return { inputs: addend ? [dx, dy] : [dx], weights: new Map() };
    },
  };
}

/** The map that is normalized. */
interface NormalizedMap {
  readonly e: Emission;
  /** With those that fill up the last block. */
  readonly channels: number;
  readonly places: number;
}

/** Per channel: gamma / deviation, the deviation, and the sums of the gradient and of its product with the normal values. */
interface ChannelFigures {
  readonly slope: Ref;
  readonly deviation: Ref;
  readonly sumDy: Ref;
  readonly sumProduct: Ref;
}

function inputGradient(
  map: NormalizedMap,
  { dy, shared }: { readonly dy: Ref; readonly shared: boolean },
  centred: Ref,
  { slope, deviation, sumDy, sumProduct }: ChannelFigures,
): Ref {
  const { e, channels, places } = map;
  const { g, blocks } = e;
  // Each value's share in the means: the same for all real images.
  const share = g.scale(g.max(e.imageShare, [0]), -1 / places);
  const pull = g.mul(g.div(sumProduct, deviation), share);
  const offset = g.mul(sumDy, share);
  const pulled = shared
    ? added(map, dy, scaledChannels(g, centred, pull, { offset }))
    : scaledChannels(g, centred, pull, { offset, sum: dy });
  const rows = groupsOf(e) * (channels / blocks.channels);
  const inner = blocks.images * blocks.channels;
  // Padding must get none of the pull: from here on its gradient would count.
  const ofRealImages = g.mul(
    g.reshape(slope, [1, channels / blocks.channels, 1, blocks.channels]),
    g.reshape(g.positive(e.imageShare), [groupsOf(e), 1, blocks.images, 1]),
  );
  return g.mul(g.reshape(pulled, [rows, places, inner]), g.reshape(ofRealImages, [rows, 1, inner]));
}

/** x + sum, which gives its memory, and an activation. */
const added = (map: NormalizedMap, x: Ref, sum: Ref, activation?: FusedActivation): Ref =>
  scaledChannels(map.e.g, map.e.g.reshape(x, sum.dims), onesOf(map), { sum, activation });

const onesOf = ({ e: { g }, channels }: NormalizedMap): Ref =>
  g.constant(new Float32Array(channels).fill(1), [channels]);

const groupsOf = ({ batch, blocks }: Emission): number => batch / blocks.images;

/** Sums over a map's places: [n, c, b, B]. */
function imageSums({ e: { g, batch, blocks }, channels, places }: NormalizedMap, x: Ref): Ref {
  const [groups, count] = [batch / blocks.images, channels / blocks.channels];
  const rows = g.reshape(x, [groups * count, places, blocks.images * blocks.channels]);
  return g.reshape(g.sum(rows, [1], false), [groups, count, blocks.images, blocks.channels]);
}

/** Sums over images, [C], of sums over places. */
function channelSum({ e: { g }, channels }: NormalizedMap, sums: Ref): Ref {
  return g.reshape(g.sum(sums, [0, 2], false), [channels]);
}

/**
 * Sums of products over images and places, [C]: a depth-wise convolution of one map whose kernel is the other, as large as
 * the map, row by row so that many sums are short. (51 MB: 1.9 ms; 5.9 as a product and its sums.)
 */
function productSum(map: NormalizedMap, rows: number, a: Ref, b: Ref): Ref {
  const { e, channels, places } = map;
  const { g, blocks } = e;
  const segments = channels * rows;
  const width = (places / rows) * blocks.images;
  const groups = [a, b].map((x) => splitGroups(e, x));
  const sums = groups[0]!.map((values, n) => {
    const kernel = g.reshape(groups[1]![n]!, [segments, 1, 1, width]);
    const attributes = { kernel_shape: [1, width], group: segments };
    return g.op(
      'Conv',
      [g.reshape(values, [1, segments, 1, width]), kernel],
      [1, segments, 1, 1],
      attributes,
      NCHWC,
    );
  });
  const all = g.reshape(g.concat(sums, 0), [sums.length, channels / blocks.channels, rows, blocks.channels]);
  return g.reshape(g.sum(all, [0, 2], false), [channels]);
}

/** Means over the places of the real images, [C]. */
function channelMean(map: NormalizedMap, x: Ref): Ref {
  const { g, blocks, imageShare } = map.e;
  const share = g.reshape(imageShare, [groupsOf(map.e), 1, blocks.images, 1]);
  return g.scale(channelSum(map, g.mul(imageSums(map, x), share)), 1 / map.places);
}
