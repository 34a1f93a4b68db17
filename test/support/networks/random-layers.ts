import { randomStream } from '../../../src/base/random.js';
import type { BlockKind } from '../../../src/models/blocks/index.js';
import type { Shape } from '../../../src/models/graph/graph.js';
import type { LayerKind } from '../../../src/models/layers/index.js';
import { ACTIVATIONS } from '../../../src/recipe/activations.js';

/** Choices at random. */
export interface Draw {
  pick<T>(choices: readonly T[]): T;
  /** Whether something comes that has this probability. */
  chance(probability: number): boolean;
  /** An integer from `min` to `max`. */
  within(min: number, max: number): number;
}

export function drawFrom(seed: number): Draw {
  const random = randomStream(seed, 'network');
  return {
    pick: (choices) => choices[random.below(choices.length)]!,
    chance: (probability) => random.uniform() < probability,
    within: (min, max) => min + random.below(max - min + 1),
  };
}

/** Where a layer is to stand. */
export interface Place {
  /** The layer before it, which it reads unless it says otherwise. */
  readonly before: string;
  readonly shape: Shape;
  /** All that it could read, the image and the layer before it among them. */
  readonly known: readonly { readonly name: string; readonly shape: Shape }[];
  readonly classes: number;
}

/** An item of a config's list of layers. */
export type Item = Readonly<Record<string, unknown>>;

type Kind = LayerKind | BlockKind;

/** Each as often as it is to come, relatively. */
const ON_MAPS: readonly Kind[] = [
  ...Array<Kind>(6).fill('conv2d'),
  ...Array<Kind>(3).fill('maxPool2d'),
  ...Array<Kind>(3).fill('batchNorm'),
  ...(['partialConv2d', 'avgPool2d', 'subsampling2d', 'depthMaxPool', 'lrn', 'activation'] as const),
  ...(['zeroPadding2d', 'constantPadding2d', 'dropout', 'add', 'concatenate'] as const),
  ...(['residual', 'residual', 'inception', 'branches', 'repeat', 'auxiliary'] as const),
  ...(['flatten', 'flatten', 'globalAvgPool2d'] as const),
];
const ON_VECTORS: readonly Kind[] = [
  ...(['dense', 'dense', 'rbf', 'activation', 'batchNorm', 'dropout', 'flatten'] as const),
  ...(['add', 'concatenate', 'branches', 'repeat', 'auxiliary', 'auxiliary'] as const),
];

/** A layer or block that may fit: whether it does, building the network tells. */
export function drawItem(draw: Draw, place: Place): Item {
  const kind = draw.pick(isMap(place.shape) ? ON_MAPS : ON_VECTORS);
  return { [kind]: SETTINGS[kind](draw, place) };
}

const isMap = (shape: Shape): boolean => shape.length === 3;

/** Numbers of channels that fill blocks of 8 and 16, and others. */
const CHANNELS = [1, 2, 3, 5, 8, 9, 15, 16, 16, 16, 17, 24, 31, 32, 32, 33, 48];

const SETTINGS: Readonly<Record<Kind, (draw: Draw, place: Place) => object>> = {
  conv2d: (draw, place) => ({ filters: draw.pick(CHANNELS), ...convolution(draw, place) }),
  partialConv2d: (draw, place) => ({
    connections: connections(draw, place.shape[2]!),
    ...convolution(draw, place),
  }),
  maxPool2d: (draw, place) => ({
    ...pooling(draw, place),
    ...(draw.chance(0.4) ? { rounding: 'ceil' } : {}),
  }),
  avgPool2d: pooling,
  globalAvgPool2d: () => ({}),
  depthMaxPool: (draw) => ({ poolSize: draw.within(1, 4), strides: draw.within(1, 4) }),
  subsampling2d: (draw, place) => ({ ...pooling(draw, place), activation: draw.pick(ACTIVATIONS) }),
  zeroPadding2d: (draw) => ({ padding: sides(draw) }),
  constantPadding2d: (draw) => ({ padding: sides(draw), value: draw.pick([-0.7, 0.3, 1]) }),
  lrn: (draw) => ({
    depthRadius: draw.within(0, 4),
    alpha: draw.pick([0.3, 0.05, 1e-4]),
    beta: draw.pick([0.75, 0.75, 0.5, 0.6, 1]),
    bias: draw.pick([1, 2]),
  }),
  batchNorm: (draw) => ({
    epsilon: draw.pick([1e-3, 1e-2, 0.1]),
    momentum: draw.pick([0, 0.5, 0.9, 0.99, 1]),
  }),
  add: (draw, place) => ({ from: sources(draw, place, (shape) => shape.join() === place.shape.join()) }),
  concatenate: (draw, place) => ({
    from: sources(draw, place, (shape) => shape.slice(0, -1).join() === place.shape.slice(0, -1).join()),
  }),
  flatten: () => ({}),
  dense: (draw) => ({
    units: draw.pick([1, 3, 7, 16, 17, 33, 84, 500, 1300, 'classes']),
    activation: draw.pick(ACTIVATIONS),
    useBias: draw.chance(0.8),
  }),
  rbf: (draw) => ({ units: draw.within(2, 7), centres: 'random', activation: squashing(draw) }),
  dropout: (draw) => ({ rate: draw.pick([0, 0.3, 0.5]) }),
  activation: (draw) => ({ function: draw.pick(ACTIVATIONS) }),
  repeat: (draw, place) => ({
    times: draw.within(1, 2),
    layers: someAlike(draw, place, draw.pick(CHANNELS)),
  }),
  branches,
  inception: (draw) => {
    const filters = draw.chance(0.5) ? [16, 32] : [1, 2, 3, 4, 8, 16, 24];
    return { filters: Array.from({ length: 6 }, () => draw.pick(filters)) };
  },
  residual,
  auxiliary: (draw, place) => ({ weight: draw.pick([0.1, 0.3, 1]), layers: sideClassifier(draw, place) }),
};

/** One number for both axes, or one for each. */
function pair(draw: Draw, min: number, max: number): number | [number, number] {
  return draw.chance(0.6) ? draw.within(min, max) : [draw.within(min, max), draw.within(min, max)];
}

/** [[top, bottom], [left, right]] */
const sides = (draw: Draw) => [0, 1].map(() => [draw.within(0, 2), draw.within(0, 2)]);

/** For distances, which are large. */
const squashing = (draw: Draw) => draw.pick(['tanh', 'sigmoid', 'softmax', 'softmin']);

/** What all convolutions have: now and then a kernel that is large or as large as its map. */
function convolution(draw: Draw, { shape: [height, width] }: Place): object {
  const large = draw.chance(0.5) ? [height, width] : pair(draw, 5, 7);
  return {
    kernelSize: draw.chance(0.15) ? large : pair(draw, 1, 4),
    strides: draw.chance(0.6) ? 1 : pair(draw, 1, 3),
    padding: draw.pick(['same', 'same', 'valid', draw.within(0, 3)]),
    activation: draw.pick(ACTIVATIONS),
    useBias: draw.chance(0.8),
  };
}

/** A list of channels, in any order, for one to six filters. */
function connections(draw: Draw, channels: number): number[][] {
  return Array.from({ length: draw.within(1, 6) }, () => {
    const seen = Array.from({ length: channels }, (_, channel) => channel).filter(() => draw.chance(0.5));
    if (seen.length === 0) return [draw.within(0, channels - 1)];
    return draw.chance(0.3) ? seen.reverse() : seen;
  });
}

function pooling(draw: Draw, { shape: [height, width] }: Place): object {
  const poolSize = draw.chance(0.1) ? [height!, width!] : pair(draw, 1, draw.pick([2, 4]));
  const least = Math.min(...[poolSize].flat());
  return {
    poolSize,
    ...(draw.chance(0.7) ? { strides: pair(draw, 1, 3) } : {}),
    padding: draw.pick(['same', 'valid', draw.within(0, Math.min(3, least - 1))]),
  };
}

/** The layer before and one or two others that can be joined with it, itself too. */
function sources(draw: Draw, { before, known }: Place, fits: (shape: Shape) => boolean): string[] {
  const names = known.filter(({ shape }) => fits(shape)).map(({ name }) => name);
  const others = Array.from({ length: draw.within(1, 2) }, () => draw.pick(names));
  return draw.chance(0.5) ? [before, ...others] : [...others, before];
}

/** A convolution that keeps height and width, or a dense layer, with `units` channels; before it now and then batchNorm. */
function someAlike(draw: Draw, { shape }: Place, units: number): Item[] {
  const activation = draw.pick(ACTIVATIONS);
  const kernelSize = draw.pick([1, 2, 3, [1, 3]]);
  const weighted = isMap(shape)
    ? { conv2d: { filters: units, kernelSize, padding: 'same', activation } }
    : { dense: { units, activation } };
  return draw.chance(0.4) ? [{ batchNorm: {} }, weighted] : [weighted];
}

/** Two or three ways, of which some are empty. */
function branches(draw: Draw, place: Place): object {
  const join = draw.pick(['concatenate', 'concatenate', 'add']);
  const channels = place.shape.at(-1)!;
  const way = () => someAlike(draw, place, join === 'add' ? channels : draw.pick(CHANNELS));
  const paths = Array.from({ length: draw.within(2, 3) }, () => (draw.chance(0.3) ? [] : way()));
  return { join, paths };
}

/** As many filters as its input has channels, or others where a projection stands in the shortcut. */
function residual(draw: Draw, { shape }: Place): object {
  const bottleneck = draw.chance(0.3);
  const width = bottleneck ? 4 : 1;
  if (draw.chance(0.5)) return { filters: Math.ceil(shape[2]! / width), bottleneck };
  return {
    filters: draw.pick(bottleneck ? [2, 3, 4, 8] : CHANNELS),
    strides: draw.within(1, 2),
    bottleneck,
    projection: true,
  };
}

/** Where there are the logits already, only their softmax. */
function sideClassifier(draw: Draw, { shape, classes }: Place): unknown[] {
  const activation = draw.pick(['softmax', 'softmin']);
  if (shape.join() === String(classes)) return [{ activation }];
  const dense = { dense: { units: 'classes', activation } };
  if (!isMap(shape)) return [dense];
  const pool = { avgPool2d: { poolSize: 2, padding: 'same' } };
  return [...(draw.chance(0.4) ? [pool] : []), draw.pick(['flatten', 'flatten', 'globalAvgPool2d']), dense];
}

/** A convolution whose filters fill whole blocks: layers behind it are computed in ONNX Runtime's own layout. */
export function drawFirst(draw: Draw, place: Place): Item {
  return { conv2d: { ...convolution(draw, place), filters: draw.pick([16, 16, 24, 32]) } };
}

/** From any place to class probabilities. */
export function drawClassifier(draw: Draw, { shape }: Place): (Item | string)[] {
  const flat = isMap(shape) ? [draw.pick(['flatten', 'flatten', 'flatten', 'globalAvgPool2d'])] : [];
  return [...flat, ...draw.pick(CLASSIFIERS)];
}

const CLASSIFIERS: readonly Item[][] = [
  ...Array<Item[]>(5).fill([{ dense: { units: 'classes', activation: 'softmax' } }]),
  [{ dense: { units: 'classes', activation: 'softmin' } }],
  // Two that share their logits.
  [
    { dense: 'classes' },
    { auxiliary: { layers: [{ activation: 'softmax' }] } },
    { activation: { function: 'softmax' } },
  ],
  // The digits' bitmaps have 84 pixels.
  [{ dense: { units: 84, activation: 'scaledTanh' } }, { rbf: { units: 'classes', activation: 'softmin' } }],
];
