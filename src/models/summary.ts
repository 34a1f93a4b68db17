import { UsageError } from '../base/errors.js';
import { sizeOf } from '../base/tensor.js';
import { setting } from '../base/text/settings.js';
import { type BatchMemory, batchMemory } from './batch-memory.js';
import type { ModelSpec } from './config/spec.js';
import { denseWeightsOf, explainLayer, kernelOf } from './explain.js';
import {
  type Graph,
  type GraphNode,
  isClassifier,
  outputNode,
  type Shape,
  weightsOf,
  withoutAuxiliaries,
} from './graph/graph.js';

/** Values are float32 everywhere. */
const BYTES_PER_VALUE = 4;

export interface LayerSummary {
  readonly name: string;
  /** The layer's kind, as in a config. */
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputShape: Shape;
  readonly params: number;
  readonly trainableParams: number;
  /** Multiply-accumulates of one image. */
  readonly macs: number;
  /** Of the layer's output, for one image. */
  readonly activationBytes: number;
  /** [height, width] in pixels of the image; null where a layer sees all of it. */
  readonly receptiveField: readonly [number, number] | null;
  readonly notes: readonly string[];
  /** Of its kernel: [kh, kw, in, out] of a convolution, [kh, kw, pairs] of a partial one, [in, out] of a dense layer; null without one. */
  readonly kernel: Shape | null;
  /**
   * Of the dense layer that would do a convolution's work, from all values of its input to all of its output, without a bias;
   * null of other layers.
   */
  readonly denseWeights: number | null;
  /** The arithmetic, a line a figure; only where it was asked for. */
  readonly explanation?: readonly string[];
}

export interface Totals {
  readonly params: number;
  readonly trainableParams: number;
  readonly nonTrainableParams: number;
  readonly macs: number;
  readonly parameterBytes: number;
  /** The largest sum of layers' outputs that must live together while one image passes; the image itself is not counted. */
  readonly inferenceActivationBytes: number;
  /** All layers' outputs of one image: what the backward pass needs. The image itself is not counted here either. */
  readonly trainingActivationBytes: number;
  /** What a training step holds; only where a batch size was asked for. */
  readonly batch?: BatchMemory;
}

/** Figures of the model's source. Parameters are those that are learned; `equal` says whether ours are as many. */
export interface Published {
  readonly params: number | null;
  readonly equal: boolean | null;
  readonly testAccuracy: number | null;
}

export interface ModelSummary {
  readonly name: string;
  readonly title: string;
  /** [H, W, C] */
  readonly input: readonly [number, number, number];
  /** null where it ends in something else than class probabilities. */
  readonly classes: number | null;
  readonly layers: readonly LayerSummary[];
  readonly totals: Totals;
  /** Parameters that auxiliary classifiers add in training; 0 where they are among the layers, or there are none. */
  readonly auxiliaryParams: number;
  /** null where the config names none, or where the model was rebuilt for another input or number of classes. */
  readonly published: Published | null;
}

export interface SummaryOptions {
  /** Leaves the classifier out: everything from the first flatten or global pooling on. */
  readonly noTop?: boolean;
  /** Counts auxiliary classifiers too, which only training has. */
  readonly auxiliaries?: boolean;
  /** Adds each layer's arithmetic. */
  readonly explain?: boolean;
  /** Adds what a training step on so many images holds. */
  readonly batchSize?: number;
  /** Where the published figures and the optimizer come from. */
  readonly spec?: ModelSpec;
}

/** The figures of an architecture, layer by layer and together. Key order is that of the JSON output. */
export function summarise(graph: Graph, options: SummaryOptions = {}): ModelSummary {
  const whole = options.auxiliaries ? graph : withoutAuxiliaries(graph);
  const seen = options.noTop ? withoutTop(whole) : whole;
  const layers = seen.nodes.map((node) => summariseLayer(seen, node, options.explain ?? false));
  const { batchSize, spec } = options;
  const optimizer = spec?.config.training.optimizer;
  const totals = {
    ...totalsOf(seen, layers),
    // What is trained has its auxiliary classifiers, whether they are shown or not.
    ...(batchSize === undefined
      ? {}
      : { batch: batchMemory(options.noTop ? seen : graph, batchSize, optimizer) }),
  };
  return {
    name: graph.name,
    title: graph.title,
    input: graph.input,
    classes: isClassifier(graph) ? graph.classes : null,
    layers,
    totals,
    auxiliaryParams: paramsOf(graph) - paramsOf(whole),
    published: options.spec ? published(options.spec, whole, totals, options.noTop ?? false) : null,
  };
}

function paramsOf(graph: Graph): number {
  return sum(weightsOf(graph).map(({ spec }) => sizeOf(spec.shape)));
}

/**
 * The graph up to the first layer that sees everything at once, flatten or global pooling, on the way to the output.
 * @throws UsageError where nothing would be left.
 */
function withoutTop(graph: Graph): Graph {
  const onTheWay = ancestors(graph, [outputNode(graph).name]);
  const top = graph.nodes.find((node) => onTheWay.has(node.name) && node.receptiveField === null);
  if (top === undefined) return graph;
  const kept = ancestors(graph, top.inputs);
  const nodes = graph.nodes.filter((node) => kept.has(node.name));
  if (nodes.length === 0) {
    throw new UsageError(
      `Nothing of ${graph.name} is left without its classifier, which begins with its first layer, ${top.name}: leave ${setting('noTop')} out.`,
    );
  }
  return { ...graph, nodes };
}

/** The names of the layers that these need, themselves included. */
function ancestors(graph: Graph, names: readonly string[]): ReadonlySet<string> {
  const found = new Set(names);
  for (const node of [...graph.nodes].reverse()) {
    if (found.has(node.name)) for (const input of node.inputs) found.add(input);
  }
  return found;
}

function summariseLayer(graph: Graph, node: GraphNode, explain: boolean): LayerSummary {
  const count = (trainable: boolean) =>
    sum(node.weights.filter((w) => w.trainable === trainable).map((w) => sizeOf(w.shape)));
  return {
    name: node.name,
    type: node.kind,
    inputs: node.inputs,
    outputShape: node.outputShape,
    params: count(true) + count(false),
    trainableParams: count(true),
    macs: node.macs,
    activationBytes: sizeOf(node.outputShape) * BYTES_PER_VALUE,
    receptiveField: node.receptiveField?.size ?? null,
    notes: node.notes,
    kernel: kernelOf(node),
    denseWeights: denseWeightsOf(node),
    ...(explain ? { explanation: explainLayer(graph, node) } : {}),
  };
}

function totalsOf(graph: Graph, layers: readonly LayerSummary[]): Totals {
  const params = sum(layers.map((layer) => layer.params));
  const trainableParams = sum(layers.map((layer) => layer.trainableParams));
  return {
    params,
    trainableParams,
    nonTrainableParams: params - trainableParams,
    macs: sum(layers.map((layer) => layer.macs)),
    parameterBytes: params * BYTES_PER_VALUE,
    inferenceActivationBytes: liveBytes(graph),
    trainingActivationBytes: sum(layers.map((layer) => layer.activationBytes)),
  };
}

/** The peak, over all layers, of the layer's inputs and output and of what later layers still need, without the image. */
function liveBytes(graph: Graph): number {
  const lastUse = new Map<string, number>();
  graph.nodes.forEach((node, step) => {
    for (const input of node.inputs) lastUse.set(input, step);
  });
  const sizes = new Map<string, number>();
  let live = 0;
  let peak = 0;
  graph.nodes.forEach((node, step) => {
    sizes.set(node.name, sizeOf(node.outputShape));
    live += sizes.get(node.name)!;
    peak = Math.max(peak, live);
    for (const name of new Set([...node.inputs, node.name])) {
      // The network's own input has no size here: it counts in neither figure.
      if ((lastUse.get(name) ?? -1) <= step) live -= sizes.get(name) ?? 0;
    }
  });
  return peak * BYTES_PER_VALUE;
}

function published(spec: ModelSpec, graph: Graph, totals: Totals, noTop: boolean): Published | null {
  const figures = spec.config.published;
  const sameInput = graph.input.every((extent, axis) => extent === spec.config.input[axis]);
  const others = !sameInput || graph.classes !== spec.config.classes || graph.auxiliaries.length > 0;
  if (figures === undefined || others) return null;
  const params = (noTop ? figures.paramsNoTop : figures.params) ?? null;
  const testAccuracy = noTop ? null : (figures.testAccuracy ?? null);
  if (params === null && testAccuracy === null) return null;
  return { params, equal: params === null ? null : params === totals.trainableParams, testAccuracy };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
