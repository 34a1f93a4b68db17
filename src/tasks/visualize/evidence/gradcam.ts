import { UsageError } from '../../../base/errors.js';
import { maxOf } from '../../../base/extremes.js';
import { opaqueRaster, type Raster } from '../../../base/raster.js';
import type { Tensor, Tensors } from '../../../base/tensor.js';
import { commandLine, setting } from '../../../base/text/settings.js';
import { listed } from '../../../base/text/words.js';
import { requireImages } from '../../../data/image-reader.js';
import type { DataNotice } from '../../../data/sets/dataset.js';
import type { Engine } from '../../../engines/engine.js';
import { softmaxAndLosses } from '../../../engines/probabilities.js';
import {
  asLogits,
  type Graph,
  type GraphNode,
  outputNode,
  weightsOf,
  withoutAuxiliaries,
} from '../../../models/graph/graph.js';
import { seenValues } from '../../../models/pixels.js';
import { openNetwork } from '../../../training/evaluation/network.js';
import { classNamed } from '../classes.js';
import { fieldsOf } from '../fields.js';
import { hasPlaces, lastMaps, layerNamed } from '../layers.js';
import { type PictureRequest, pictureFor } from '../picture.js';
import type { Computing } from '../settings.js';
import { running } from '../watch.js';
import { spread } from './spread.js';

/** What `visualize gradcam` was asked for. */
export interface GradcamRequest extends Computing, PictureRequest {
  /** Whose maps; the last ones before the network leaves places behind where absent. */
  readonly layer?: string;
  /** A label or a number; the class that the picture is taken for where absent. */
  readonly class?: string;
  /** A file of other weights. */
  readonly weights?: string;
}

interface Answer {
  /** The number of the class, and its label. */
  readonly class: number;
  readonly label: string;
  readonly probability: number;
}

/** Where the evidence for a class lies, as far as a layer's maps tell. */
export interface Gradcam extends Answer {
  readonly model: string;
  /** null of a MODEL. */
  readonly run: string | null;
  /** Which weights: "best, of epoch 3". */
  readonly origin: string;
  readonly image: string;
  /** Of the class, and what is taken for it: its gradient weighs the maps. */
  readonly score: number;
  readonly scoreOf: string;
  /** What the picture is taken for. */
  readonly prediction: Answer;
  readonly layer: string;
  readonly kind: string;
  /** [H, W, C] of the layer's maps. */
  readonly shape: readonly [number, number, number];
  /** One a channel: the mean over its places of the score's gradient. */
  readonly weights: readonly number[];
  /** [H][W]: max(0, the sum over the channels of weight times map). */
  readonly map: readonly (readonly number[])[];
  /** The same for each pixel, [height * width]. */
  readonly values: Float32Array;
  readonly picture: Raster;
}

/**
 * Weighs the maps of a layer by how much each of them raises the score of a class, and adds them up: where the sum is
 * above 0, the evidence lies (Grad-CAM; R. Selvaraju et al. 2017, equations 1 and 2). The score is what the softmax of
 * the last layer reads.
 * @param argument a RUN, or a MODEL with the weights that training would begin with
 * @throws UsageError for a layer or class that there is not, and a network without maps; WorkError for what is no picture
 */
export async function gradcam(
  argument: string,
  image: string,
  request: GradcamRequest,
  notify: (notice: DataNotice) => void = () => {},
): Promise<Gradcam> {
  await requireImages([image]);
  const network = await openNetwork(argument, request.weights, notify);
  const { weights, name, classes, origin, run } = network;
  const graph = withoutAuxiliaries(network.graph);
  const node = layerOf(graph, request.layer, argument, image);
  const asked = request.class === undefined ? undefined : classNamed(request.class, classes);
  const pixels = await pictureFor(network, image, request, notify);
  const { target, logits, maps, gradient } = await running(request, graph, weights, ({ engine }) =>
    scoreGradient(engine, { graph, weights, pixels, layer: node.name, target: asked }),
  );
  const probabilities = probabilitiesOf(graph, logits);
  const answer = (number: number): Answer => ({
    class: number,
    label: classes[number]!,
    probability: probabilities[number]!,
  });
  const [height, width] = graph.input;
  const [rows, columns, depth] = node.outputShape as [number, number, number];
  const { channels, map } = weighted(maps, gradient, depth);
  return {
    model: name,
    run: run && argument,
    origin,
    image,
    ...answer(target),
    score: logits[target]!,
    scoreOf: scoreOf(graph),
    prediction: answer(largest(logits)),
    layer: node.name,
    kind: node.kind,
    shape: [rows, columns, depth],
    weights: channels,
    map: Array.from({ length: rows }, (_, row) => map.slice(row * columns, (row + 1) * columns)),
    values: spread(map, [rows, columns], fieldsOf(graph).get(node.name)!, [height, width]),
    picture: opaqueRaster(pixels, width, height),
  };
}

/** @throws UsageError where the network, or the layer that was named, has no maps with places */
function layerOf(graph: Graph, name: string | undefined, argument: string, image: string): GraphNode {
  if (name === undefined) {
    const last = lastMaps(graph);
    if (last !== undefined) return last;
    throw new UsageError(
      `${argument} has no layer with maps, whose places could be laid over the picture: ${commandLine('visualize', { words: ['occlusion', argument, image] })} asks any network where the evidence lies.`,
    );
  }
  const node = layerNamed(graph, name);
  if (hasPlaces(node)) return node;
  const names = graph.nodes.filter(hasPlaces).map((one) => one.name);
  throw new UsageError(
    `${setting('layer', name)}: its output of ${node.outputShape.join('x')} has no places that could be laid over the picture; those of ${listed(names, 12)} have.`,
  );
}

interface Look {
  readonly graph: Graph;
  readonly weights: Tensors;
  /** As the network sees them, [H, W, C] bytes. */
  readonly pixels: Uint8Array;
  readonly layer: string;
  /** The class with the largest score where undefined. */
  readonly target: number | undefined;
}

/** The maps of a layer, [1, H, W, C], and the gradient of a class's score with respect to them. */
async function scoreGradient(
  engine: Engine,
  { graph, weights, pixels, layer, target: asked }: Look,
): Promise<{ target: number; logits: Float32Array; maps: Tensor; gradient: Tensor }> {
  const logitsGraph = asLogits(graph);
  const { name: last } = outputNode(graph);
  const program = await engine.gradientsProgram(logitsGraph, { batchSize: 1, backTo: layer });
  try {
    // Those of auxiliary classifiers have no place here.
    await program.load(new Map(weightsOf(graph).map(({ fullName }) => [fullName, weights.get(fullName)!])));
    const run = (target: number | undefined) => {
      const data = new Float32Array(graph.classes);
      if (target !== undefined) data[target] = 1;
      const gradient = { shape: [1, graph.classes], data };
      return program.run({ input: scaled(graph, pixels), gradient, masks: new Map() });
    };
    const target = asked ?? largest((await run(undefined)).outputs.get(last)!.data);
    const { outputs, input } = await run(target);
    return { target, logits: outputs.get(last)!.data, maps: outputs.get(layer)!, gradient: input };
  } finally {
    await program.dispose();
  }
}

/** Bytes as the numbers that the first layer reads, [1, H, W, C]. */
function scaled({ input, pixels }: Graph, bytes: Uint8Array): Tensor {
  return { shape: [1, ...input], data: seenValues(pixels, bytes) };
}

/** In words, what the softmax of the last layer reads. */
function scoreOf(graph: Graph): string {
  const { activation, kind } = outputNode(graph);
  if (activation !== 'softmin') return 'the logit, before softmax';
  return kind === 'rbf' ? 'minus the distance, before softmax' : 'minus the value, before softmax';
}

function probabilitiesOf(graph: Graph, logits: Float32Array): Float32Array {
  return softmaxAndLosses(logits, new Int32Array(1), 1, graph).probabilities;
}

function largest(values: Float32Array): number {
  return values.indexOf(maxOf(values));
}

/** The weight of each channel, and the positive part of the weighted sum of their maps, row by row. */
function weighted(
  { data: maps }: Tensor,
  { data: gradient }: Tensor,
  depth: number,
): { readonly channels: readonly number[]; readonly map: readonly number[] } {
  const places = maps.length / depth;
  const channels = Array<number>(depth).fill(0);
  gradient.forEach((value, i) => {
    channels[i % depth]! += value / places;
  });
  const map = Array.from({ length: places }, (_, place) => {
    const sum = channels.reduce((total, weight, c) => total + weight * maps[place * depth + c]!, 0);
    return Math.max(0, sum);
  });
  return { channels, map };
}
