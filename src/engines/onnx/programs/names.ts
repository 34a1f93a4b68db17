/**
 * The names of what goes into the engine's graphs and comes out of them. What one run hands on to the next comes in under
 * its name and goes out under the same name with `next:` before it.
 */

/** The images of a step or a micro-batch, and what belongs to each of them. */
export const IMAGES = {
  pixels: 'pixels',
  labels: 'labels',
  /** What each image counts for in the loss. */
  weights: 'imageWeights',
  /** The share of each image in the means of batch normalization. */
  shares: 'imageShares',
} as const;

/** The keep mask of a dropout layer. */
type MaskName = `mask:${string}`;
export const maskName = (layer: string): MaskName => `mask:${layer}`;

/** Numbers that a step is told besides. */
export const NUMBERS = {
  stepSize: 'stepSize',
  /** How many micro-batches hold images. */
  microBatches: 'microBatches',
  /** Whether a micro-batch is the first or the last of its step. */
  isFirst: 'isFirst',
  isLast: 'isLast',
  /** Steps in a run. */
  steps: 'steps',
} as const;

type ValueOf<T> = T[keyof T];
export type FeedName = ValueOf<typeof IMAGES> | ValueOf<typeof NUMBERS> | MaskName;

/** The two tensors in which all of that travels to a GPU. */
export const UPLOADS = { bytes: 'bytes', numbers: 'numbers' } as const;

/** The weights of a group among its tensors; the others have the names of the optimizer's slots. */
export const WEIGHTS = 'weights';

/** A tensor of a group by its place among the groups: `weights:0`, `velocity:0`, ... */
export type StateName = `${string}:${number}`;
export const stateName = (kind: string, group: number): StateName => `${kind}:${group}`;

/** A slice of such a tensor, for one that is written in slices. */
export type SliceName = `${StateName}/${number}`;
export const sliceName = (name: StateName, slice: number): SliceName => `${name}/${slice}`;

/** A group's sum of gradients, where a graph hands it on from micro-batch to micro-batch. */
export type SumName = `sums:${number}`;
export const sumName = (group: number): SumName => `sums:${group}`;

/** The gradient of a group's tensor, where one graph computes it and another uses it. */
type GradientName = `gradient:${number}` | `gradient:${number}/${number}`;
export const gradientName = (group: number, replica?: number): GradientName =>
  replica === undefined ? `gradient:${group}` : `gradient:${group}/${replica}`;

/** The latest losses and numbers of correct images, where a graph keeps them. */
export const METRICS = 'metrics';

/** What is handed on from run to run. */
export type KeptName = StateName | SliceName | SumName | typeof METRICS;
type NextName<N extends KeptName = KeptName> = `next:${N}`;
export const nextName = <N extends KeptName>(name: N): NextName<N> => `next:${name}`;

/** What a step tells. */
export const RESULTS = {
  /** The mean loss, weight decay left out. */
  loss: 'loss',
  /** How many images are classified correctly. */
  correct: 'correct',
  /** An empty sequence that says that a run is over: see `runInPlace`. */
  done: 'done',
} as const;

/** Inside a Loop over steps. */
export const STEP_BODY = {
  iteration: 'iteration',
  goOn: 'goOn',
  goOnNext: 'goOnNext',
  before: (name: StateName) => `in:${name}` as const,
  after: (name: StateName) => `out:${name}` as const,
  loss: 'stepLoss',
  correct: 'stepCorrect',
} as const;

/** Inside a Loop over micro-batches. `before` and `after` are a group's sum of gradients, or its running values. */
export const MICRO_BODY = {
  iteration: 'microBatch',
  goOn: 'microGoOn',
  goOnNext: 'microGoOnNext',
  before: (group: number) => `before:${group}` as const,
  after: (group: number) => `after:${group}` as const,
  lossBefore: 'lossBefore',
  lossAfter: 'lossAfter',
  correctBefore: 'correctBefore',
  correctAfter: 'correctAfter',
} as const;

/** What inference gives; it reads `IMAGES.pixels`, and large weights by their full names. */
export const INFERENCE = { logits: 'logits', activations: 'activations' } as const;

/** A network in a file for other programs. */
export const EXPORTED = { image: 'image', logits: 'logits', probabilities: 'probabilities' } as const;
