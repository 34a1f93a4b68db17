import { sizeOf } from '../../../tensor.js';
import { paddedChannels } from '../map-layout.js';
import type { Attribute } from '../messages.js';
import type { Ref } from '../writer.js';
import { ACTIVATIONS } from './activation.js';
import { runningValues } from './batch-norm.js';
import { paddedVector } from './blocked-conv2d.js';
import { FUSED, type FusedActivation, NCHWC } from './nchwc.js';
import type { BlockedForm, Emission } from './operator.js';

/**
 * Batch normalization with maps in blocks: see `batchNorm` for the formulas. Whatever is linear in a channel is a
 * depth-wise 1x1 convolution, which takes as long as one addition of maps and applies the activation as well.
 */
export const blockedBatchNorm: BlockedForm<'batchNorm'> = {
  suits: () => true,
  follows: true,

  weights: ([x], { gamma, beta, mean, variance }, blocks) =>
    [gamma, beta, mean, variance].map((name) => ({ name, ...paddedVector(x!.shape[0]!, blocks) })),

  train(e, attributes, [input], [value]) {
    const { g, weight } = e;
    const { epsilon, gamma, beta, activation } = attributes;
    const [channels, ...extents] = value!.shape as [number, ...number[]];
    const map = { e, channels: paddedChannels(channels, e.blocks), places: sizeOf(extents) };
    const x = g.reshape(input!, [groupsOf(e), map.channels, map.places, e.blocks.images]);
    const mean = channelMean(map, x);
    const ones = g.constant(new Float32Array(map.channels).fill(1), [map.channels]);
    const centred = linear(map, x, ones, g.scale(mean, -1));
    const variance = channelMean(map, g.mul(centred, centred));
    const deviation = g.sqrt(g.add(variance, g.constant(epsilon)));
    const slope = g.div(weight(gamma), deviation);
    const output = linear(map, centred, slope, weight(beta), activation);
    return {
      output,
      updates: runningValues(e, attributes, mean, variance),
      backward(gradient) {
        const incoming = g.reshape(gradient, output.dims);
        const dy = activation ? ACTIVATIONS[activation].backward(g, incoming, output) : incoming;
        const sumDy = channelSum(map, imageSums(map, dy));
        const sumProduct = g.div(channelSum(map, imageSums(map, g.mul(dy, centred))), deviation);
        const weights = new Map([
          [gamma, sumProduct],
          [beta, sumDy],
        ]);
        return {
          inputs: [inputGradient(map, dy, centred, { slope, deviation, sumDy, sumProduct })],
          weights,
        };
      },
    };
  },
};

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
  dy: Ref,
  centred: Ref,
  { slope, deviation, sumDy, sumProduct }: ChannelFigures,
): Ref {
  const { e, channels, places } = map;
  const { g, blocks } = e;
  // Each value's share in the means: the same for all real images.
  const share = g.scale(g.max(e.imageShare, [0]), -1 / places);
  const pull = linear(map, centred, g.mul(g.div(sumProduct, deviation), share), g.mul(sumDy, share));
  const rows = groupsOf(e) * (channels / blocks.channels);
  const inner = blocks.images * blocks.channels;
  // Padding must get none of the pull: from here on its gradient would count.
  const ofRealImages = g.mul(
    g.reshape(slope, [1, channels / blocks.channels, 1, blocks.channels]),
    g.reshape(g.positive(e.imageShare), [groupsOf(e), 1, blocks.images, 1]),
  );
  return g.mul(g.reshape(g.add(dy, pull), [rows, places, inner]), g.reshape(ofRealImages, [rows, 1, inner]));
}

const groupsOf = ({ batch, blocks }: Emission): number => batch / blocks.images;

/** scale[c] * x + offset[c], and an activation. */
function linear(
  { e: { g }, channels }: NormalizedMap,
  x: Ref,
  scale: Ref,
  offset: Ref,
  activation?: FusedActivation,
): Ref {
  const kernel = g.reshape(scale, [channels, 1, 1, 1]);
  const attributes: Record<string, Attribute> = { kernel_shape: [1, 1], group: channels };
  if (activation) attributes.activation = FUSED[activation];
  return g.op('Conv', [x, kernel, g.reshape(offset, [channels])], x.dims, attributes, NCHWC);
}

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

/** Means over the places of the real images, [C]. */
function channelMean(map: NormalizedMap, x: Ref): Ref {
  const { g, blocks, imageShare } = map.e;
  const share = g.reshape(imageShare, [groupsOf(map.e), 1, blocks.images, 1]);
  return g.scale(channelSum(map, g.mul(imageSums(map, x), share)), 1 / map.places);
}
