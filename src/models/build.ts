import { UsageError } from '../base/errors.js';
import { maxOf } from '../base/extremes.js';
import { sizeOf } from '../base/tensor.js';
import { LOGITS_OF } from '../recipe/activations.js';
import type { LayerSpec, ModelSpec } from './config/spec.js';
import {
  type Graph,
  type GraphNode,
  INPUT,
  outputNode,
  type ReceptiveField,
  type Shape,
  withoutAuxiliaries,
} from './graph/graph.js';
import { ShapeError } from './graph/shape-error.js';
import { layerDef } from './layers/index.js';
import { pixelScaling } from './pixels.js';
import { withTrainingParts } from './training-parts.js';

export interface BuildOptions {
  /** [H, W, C] instead of the config's. */
  readonly input?: readonly [number, number, number];
  readonly classes?: number;
  /** Whether a network that names no number of classes may end in anything, not only in class probabilities. */
  readonly anyHead?: boolean;
}

/**
 * Works out every shape, weight and cost of a spec.
 * @throws UsageError naming the layer that does not fit, or a last layer that does not give class probabilities.
 */
export function buildGraph(spec: ModelSpec, options: BuildOptions = {}): Graph {
  const input = options.input ?? spec.config.input;
  const wanted = options.classes ?? spec.config.classes;
  if (sizeOf(input) > MAX_VALUES) {
    const message = `an input of ${input.join('x')} has more than the ${MAX_VALUES} values that fit.`;
    throw options.input ? new UsageError(message) : spec.source.error(['input'], message);
  }
  if (input[2] > MAX_CHANNELS) {
    const message = `an input of ${input.join('x')} has more than the ${MAX_CHANNELS} channels that fit.`;
    throw options.input ? new UsageError(message) : spec.source.error(['input'], message);
  }
  const shapes = new Map<string, Shape>([[INPUT, input]]);
  const fields = new Map<string, ReceptiveField | null>([[INPUT, { size: [1, 1], stride: [1, 1] }]]);
  const nodes = spec.layers.map((layer) => {
    const node = buildNode(spec, layer, wanted, shapes, fields);
    shapes.set(node.name, node.outputShape);
    fields.set(node.name, node.receptiveField);
    return node;
  });
  const classes = wanted ?? nodes.at(-1)!.outputShape.at(-1)!;
  const graph = {
    name: spec.name,
    title: spec.config.title,
    input,
    classes,
    pixels: pixelScaling(spec.config.pixels, input[2], spec.source.error),
    loss: spec.config.training.loss,
    nodes,
    auxiliaries: spec.auxiliaries.map(({ layer, weight }) => ({ node: layer, weight })),
  };
  if (wanted !== undefined || !options.anyHead) requireProbabilities(spec, graph);
  const lasting = new Set(withoutAuxiliaries(graph).nodes.map(({ name }) => name));
  const auxiliary = new Set(nodes.map(({ name }) => name).filter((name) => !lasting.has(name)));
  return { ...graph, nodes: withTrainingParts(spec, nodes, auxiliary) };
}

function buildNode(
  spec: ModelSpec,
  layer: LayerSpec,
  classes: number | undefined,
  shapes: ReadonlyMap<string, Shape>,
  fields: ReadonlyMap<string, ReceptiveField | null>,
): GraphNode {
  const def = layerDef(layer.kind);
  const ofClasses = layer.params.units === 'classes';
  if (ofClasses && classes === undefined) {
    const message = `${layer.name} has as many units as there are classes, but nothing says how many: add "classes: 10".`;
    throw spec.source.error(['classes'], message);
  }
  const params = ofClasses ? { ...layer.params, units: classes } : layer.params;
  const inputShapes = layer.inputs.map((name) => shapes.get(name)!);
  try {
    const outputShape = def.outputShape(params, inputShapes);
    const window = def.window?.(params, inputShapes) ?? null;
    const weights = def.weights?.(params, inputShapes) ?? [];
    requireSize('output', outputShape);
    for (const { name, shape } of weights) requireSize(name, shape);
    return {
      name: layer.name,
      kind: layer.kind,
      params,
      inputs: layer.inputs,
      inputShapes,
      outputShape,
      activation: def.activation?.(params) ?? 'linear',
      weights,
      macs: def.macs?.(params, inputShapes, outputShape) ?? 0,
      receptiveField:
        window === 'whole'
          ? null
          : widen(
              layer.inputs.map((name) => fields.get(name)!),
              window,
            ),
      notes: def.notes?.(params, inputShapes) ?? [],
    };
  } catch (error) {
    if (error instanceof ShapeError) throw spec.source.error(layer.path, `${layer.name}: ${error.message}.`);
    throw error;
  }
}

/** More values than this no engine can address in one tensor. */
const MAX_VALUES = 2 ** 31 - 1;

/** Of an image: each has a scale of its own. */
const MAX_CHANNELS = 65_535;

function requireSize(what: string, shape: Shape): void {
  if (sizeOf(shape) <= MAX_VALUES) return;
  throw new ShapeError(`its ${what} of ${shape.join('x')} has more than the ${MAX_VALUES} values that fit`);
}

/** r_out = r_in + (f - 1) * j_in; j_out = j_in * s. Of several inputs the widest counts. */
function widen(
  inputs: readonly (ReceptiveField | null)[],
  window: { size: readonly [number, number]; stride: readonly [number, number] } | null,
): ReceptiveField | null {
  if (inputs.some((field) => field === null)) return null;
  const fields = inputs as readonly ReceptiveField[];
  const axis = (i: 0 | 1) => {
    const size = maxOf(fields.map((f) => f.size[i]));
    const stride = maxOf(fields.map((f) => f.stride[i]));
    if (window === null) return { size, stride };
    return { size: size + (window.size[i] - 1) * stride, stride: stride * window.stride[i] };
  };
  const [height, width] = [axis(0), axis(1)];
  return { size: [height.size, width.size], stride: [height.stride, width.stride] };
}

/** The output and every auxiliary classifier must give class probabilities. */
function requireProbabilities(spec: ModelSpec, graph: Graph): void {
  const heads = new Set([outputNode(graph).name, ...graph.auxiliaries.map(({ node }) => node)]);
  for (const [i, node] of graph.nodes.entries()) {
    if (heads.has(node.name)) requireProbabilitiesOf(spec, graph, node, spec.layers[i]!);
  }
}

function requireProbabilitiesOf(spec: ModelSpec, graph: Graph, node: GraphNode, { path }: LayerSpec): void {
  const which = node === outputNode(graph) ? 'the last layer' : 'the last layer of an auxiliary classifier';
  if (node.outputShape.length !== 1 && spec.config.classes === undefined) {
    const head = '"flatten" and "dense: { units: 10, activation: softmax }"';
    throw spec.source.error(
      path,
      `${node.name}: ${which} must give class probabilities, but gives ${node.outputShape.join('x')}: end in ${head}.`,
    );
  }
  if (node.outputShape.length !== 1 || node.outputShape[0] !== graph.classes) {
    throw spec.source.error(
      path,
      `${node.name}: ${which} must give ${graph.classes} values, one a class, but gives ${node.outputShape.join('x')}.`,
    );
  }
  if (LOGITS_OF[node.activation] === undefined) {
    throw spec.source.error(
      path,
      `${node.name}: ${which} must end in softmax, or in softmin where its values are distances, so that they become class probabilities.`,
    );
  }
}
