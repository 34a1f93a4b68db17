import { UsageError } from '../../../src/base/errors.js';
import { sizeOf } from '../../../src/base/tensor.js';
import { buildGraph } from '../../../src/models/build.js';
import { readSpec } from '../../../src/models/config/read-spec.js';
import type { TrainingConfig } from '../../../src/models/config/schema.js';
import { parseSource } from '../../../src/models/config/source.js';
import { type Graph, INPUT } from '../../../src/models/graph/graph.js';
import { trainable } from '../../../src/models/trainable.js';
import {
  type Draw,
  drawClassifier,
  drawFirst,
  drawFrom,
  drawItem,
  type Item,
  type Place,
} from './random-layers.js';

export interface RandomNetwork {
  /** Its config, as YAML. */
  readonly text: string;
  readonly graph: Graph;
  readonly training: TrainingConfig;
  /** Real images in each batch; the rest is padding. */
  readonly count: number;
}

/** A network and how it is trained, the same for a seed every time. */
export function randomNetwork(seed: number): RandomNetwork {
  const draw = drawFrom(seed);
  const head = drawHead(draw);
  const { batchSize } = head.training;
  const text = textOf(head, drawLayers(draw, head));
  const { graph, training } = read(text);
  return { text, graph, training, count: draw.chance(0.6) ? batchSize : draw.within(1, batchSize) };
}

/** A line for each setting and each layer. */
function textOf(head: Head, layers: readonly unknown[]): string {
  const settings = Object.entries(head).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  const items = layers.map((layer) => `  - ${JSON.stringify(layer)}\n`);
  return `${settings.join('')}layers:\n${items.join('')}`;
}

function read(text: string): { graph: Graph; training: TrainingConfig } {
  const spec = readSpec('random', parseSource('random.yaml', text));
  const graph = buildGraph(spec);
  return { graph, training: trainable(spec, graph).config.training };
}

/** A batch, in parts now and then, of which it has images for each. */
function drawBatch(draw: Draw) {
  const batchSize = draw.pick([1, 3, 7, 8, 12, 13, 16, 17, 20, 33]);
  return { batchSize, microBatches: Math.min(batchSize, draw.pick([1, 1, 1, 1, 2, 3, 5])) };
}

/** Everything in a config but its layers. */
function drawHead(draw: Draw) {
  const side = draw.chance(0.15) ? 26 : 13;
  return {
    title: 'random',
    dataset: 'digits',
    input: [
      draw.within(1, side),
      draw.within(1, side),
      draw.pick([1, 1, 2, 3, 3, 3, 4, 5, 8, 13, 16, 17, 32]),
    ],
    classes: draw.pick([2, 3, 5, 10]),
    pixels: draw.pick([{ range: [0, 1] }, { range: [-0.1, 1.175] }, { mean: 0.5, std: 0.25 }]),
    training: {
      ...drawBatch(draw),
      optimizer: draw.pick(OPTIMIZERS),
      loss: draw.pick(LOSSES),
      labelSmoothing: draw.pick([0, 0, 0.1]),
    },
  };
}
type Head = ReturnType<typeof drawHead>;

const OPTIMIZERS = [
  { name: 'sgd' },
  { name: 'sgd', momentum: 0.9 },
  { name: 'sgd', weightDecay: 0.1 },
  { name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.05 },
  { name: 'rmsprop' },
  { name: 'rmsprop', rho: 0.5, epsilon: 1e-3, weightDecay: 0.01 },
  { name: 'adam' },
  { name: 'adam', beta1: 0.5, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.1 },
];
const LOSSES = [
  'crossEntropy',
  'crossEntropy',
  'crossEntropy',
  { name: 'maximumAPosteriori', j: 1 },
  { name: 'maximumAPosteriori', j: 10 },
];

/** One to seven layers or blocks, each such as fits behind those before it, and a classifier. */
function drawLayers(draw: Draw, head: Head): (Item | string)[] {
  const items: Item[] = [];
  let place = placeAfter(head, items)!;
  const append = (item: Item) => {
    const next = placeAfter(head, [...items, item]);
    if (!next) return;
    items.push(item);
    place = next;
  };
  if (draw.chance(0.6)) append(drawFirst(draw, place));
  const wanted = items.length + draw.within(1, 6);
  for (let tries = 0; items.length < wanted && tries < 50; tries++) append(drawItem(draw, place));
  return [...items, ...drawClassifier(draw, place)];
}

/** The place behind these layers; null where they do not fit together, or a step of theirs would take seconds. */
function placeAfter(head: Head, items: readonly Item[]): Place | null {
  const graph = graphWithEnd(head, items);
  if (!graph || costs(graph) * head.training.batchSize > MOST) return null;
  const [end] = graph.nodes.slice(-2);
  const known = [
    { name: INPUT, shape: graph.input },
    ...graph.nodes.slice(0, -2).map(({ name, outputShape }) => ({ name, shape: outputShape })),
  ];
  return { before: end!.inputs[0]!, shape: end!.inputShapes[0]!, known, classes: graph.classes };
}

/** The layers with the least that makes a network of them; null where they do not fit together. */
function graphWithEnd(head: Head, items: readonly Item[]): Graph | null {
  const end = ['flatten', { dense: { units: 'classes', activation: 'softmax' } }];
  try {
    return read(textOf(head, [...items, ...end])).graph;
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

/** Multiplications of an image; an output value costs TensorFlow.js about as much as 20 of them. */
function costs({ nodes }: Graph): number {
  return nodes.reduce((sum, { macs, outputShape }) => sum + macs + 20 * sizeOf(outputShape), 0);
}
const MOST = 6e6;
