import type { Tensor2D, Tensor as TfTensor } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { messageOf, WorkError } from '../../base/errors.js';
import { sizeOf } from '../../base/tensor.js';
import { asLogits, dropoutsOf, type Graph, type WeightSpec, weightsOf } from '../../models/graph/graph.js';
import { type Loss, rubbishLogit } from '../../recipe/loss.js';
import type { Batch } from '../engine.js';
import type { Tensorflow } from './library.js';
import { buildLayersModel, type Purpose } from './model.js';

/** A weight of the graph with the variable that holds it. */
export interface Weight {
  readonly fullName: string;
  readonly spec: WeightSpec;
  readonly variable: LayerVariable;
}

/** A graph as a LayersModel, with its weights by name. */
export interface TfModel {
  readonly graph: Graph;
  readonly model: LayersModel;
  readonly weights: readonly Weight[];
}

/**
 * A graph up to its logits.
 * @param watch a layer whose output follows the logits
 */
export function createLogitsModel(tf: Tensorflow, graph: Graph, purpose: Purpose, watch?: string): TfModel {
  return createWholeModel(tf, asLogits(graph), purpose, watch === undefined ? [] : [watch]);
}

/** A graph as it is: its outputs are class probabilities unless it ends in logits. `moved` as of `buildLayersModel`. */
export function createWholeModel(
  tf: Tensorflow,
  graph: Graph,
  purpose: Purpose,
  watch: readonly string[] = [],
  moved?: string,
): TfModel {
  const model = buildLayersModel(tf, graph, purpose, watch, moved);
  const weights = weightsOf(graph).map(({ fullName, node, spec }) => {
    const variable = model.getLayer(node.name).weights.find(({ originalName }) => originalName === fullName);
    if (variable === undefined || variable.shape.join() !== spec.shape.join()) {
      throw new WorkError(
        `internal: TensorFlow.js has no weight ${fullName} of the graph's shape; please report this.`,
      );
    }
    return { fullName, spec, variable };
  });
  return { graph, model, weights };
}

/**
 * The logits [count, classes] of a batch's real images: the output's, then the auxiliaries'. In training, the dropout layers use the batch's masks.
 * Call it inside `tf.tidy`.
 */
export function logitsOf(
  tf: Tensorflow,
  { graph, model }: TfModel,
  batch: Batch,
  training: boolean,
): TfTensor[] {
  const image = scaledPixels(tf, graph, batch);
  const masks = training ? masksOf(tf, graph, batch) : [];
  const inputs = training && masks.length > 0 ? [image, ...masks] : image;
  return [model.apply(inputs, { training })].flat() as TfTensor[];
}

/** Bytes to what the network sees, float [count, H, W, C]. */
function scaledPixels(tf: Tensorflow, { input, pixels }: Graph, batch: Batch): TfTensor {
  const bytes = batch.pixels.subarray(0, batch.count * sizeOf(input));
  const colours = tf.tensor(bytes, [batch.count, ...input], 'float32');
  const values = pixels.channelOrder === 'bgr' ? tf.reverse(colours, 3) : colours;
  return tf.add(tf.mul(values, tf.tensor1d([...pixels.scale])), tf.tensor1d([...pixels.offset]));
}

/** The masks of a graph's dropout layers, as its model takes them. @throws WorkError where one is missing */
export function masksOf(tf: Tensorflow, graph: Graph, batch: Pick<Batch, 'count' | 'masks'>): TfTensor[] {
  return dropoutsOf(graph).map(({ name, shape }) => maskOf(tf, batch, name, shape));
}

function maskOf(
  tf: Tensorflow,
  batch: Pick<Batch, 'count' | 'masks'>,
  name: string,
  shape: readonly number[],
): TfTensor {
  const mask = batch.masks.get(name);
  const size = batch.count * sizeOf(shape);
  if (mask === undefined || mask.length < size) {
    throw new WorkError(
      `internal: the batch has no dropout mask of [${shape.join(', ')}] for ${name}; please report this.`,
    );
  }
  return tf.tensor(mask.subarray(0, size), [batch.count, ...shape], 'float32');
}

/**
 * The loss of each image, [count], from logits [count, classes]: exact where probabilities round to 0.
 * Call it inside `tf.tidy`.
 */
export function lossesOf(
  tf: Tensorflow,
  { loss }: Graph,
  logits: TfTensor,
  batch: Batch,
  smoothing = 0,
): TfTensor {
  const classes = logits.shape[1]!;
  const labels = tf.tensor1d(batch.labels.subarray(0, batch.count), 'int32');
  const certain = tf.cast(tf.oneHot(labels, classes), 'float32');
  const wanted = tf.add(tf.mul(certain, 1 - smoothing), smoothing / classes);
  return tf.neg(tf.sum(tf.mul(wanted, logProbabilities(tf, loss, logits as Tensor2D)), 1));
}

/** Those of the classes, [count, classes]; where there is a rubbish class, they leave it its part. */
function logProbabilities(tf: Tensorflow, loss: Loss, logits: Tensor2D): TfTensor {
  const rubbish = rubbishLogit(loss);
  if (rubbish === null) return tf.logSoftmax(logits);
  const [count, classes] = logits.shape;
  const all = tf.logSoftmax(tf.concat([logits, tf.fill([count, 1], rubbish)], 1));
  return tf.slice(all, [0, 0], [count, classes]);
}

/** @throws WorkError for sizes or labels that do not fit the graph. */
export function checkBatch({ graph }: TfModel, batchSize: number, batch: Batch): void {
  const { pixels, labels, count } = batch;
  const size = batchSize * sizeOf(graph.input);
  if (pixels.length !== size || labels.length !== batchSize || count < 1 || count > batchSize) {
    throw new WorkError(
      `internal: a batch of ${batchSize} needs ${size} pixels, ${batchSize} labels and 1 to ${batchSize} images, ` +
        `got ${pixels.length}, ${labels.length} and ${count}; please report this.`,
    );
  }
  const bad = labels.subarray(0, count).findIndex((label) => label < 0 || label >= graph.classes);
  if (bad >= 0) {
    throw new WorkError(
      `Image ${bad + 1} of a batch has the label ${labels[bad]}, but ${graph.name} has ${graph.classes} classes (0 to ${graph.classes - 1}).`,
    );
  }
}

/** Errors of TensorFlow.js with what was going on; our own as they are. */
export function asWorkError(what: string, error: unknown): WorkError {
  return error instanceof WorkError ? error : new WorkError(`${what}: ${messageOf(error)}`, { cause: error });
}
