import { UsageError } from '../../base/errors.js';
import { statusOf } from '../../base/files/folders.js';
import type { Tensors } from '../../base/tensor.js';
import { nearest } from '../../base/text/nearest.js';
import type { DataNotice } from '../../data/sets/dataset.js';
import { BLOCKS } from '../../models/blocks/index.js';
import { buildGraph } from '../../models/build.js';
import { isLayerList, readLayerList } from '../../models/config/read-layer-list.js';
import { readSpec } from '../../models/config/read-spec.js';
import { parseFragment } from '../../models/config/source.js';
import type { ModelSpec } from '../../models/config/spec.js';
import type { Graph, Shape } from '../../models/graph/graph.js';
import { LAYERS } from '../../models/layers/index.js';
import { onVector, partOf, takesVector } from '../../models/part.js';
import { loadModel, modelNames, readModelText } from '../../models/zoo.js';
import { ACTIVATIONS } from '../../recipe/activations.js';
import { isModel } from '../../runs/argument.js';
import { openRun, type Run } from '../../runs/run-reader.js';

/** What LAYERS stands for: layers that are built when it is known what they work on. */
export interface Subject {
  readonly name: string;
  readonly spec: ModelSpec;
  /** The whole network of a model or run; null of layers alone. */
  readonly network: Graph | null;
  readonly run: Run | null;
  /** The shape that the first layer reads; null where the data decide. */
  readonly input: Shape | null;
  /** Where its weights are from; null where they have to be drawn or given. */
  readonly weights: Tensors | null;
  readonly origin: string | null;
}

export interface SubjectRequest {
  /** LAYERS: YAML of a layer or a list, a YAML file of either or of a model, a model of the zoo, a run folder. */
  readonly layers: string;
  /** The last layer, and the first. */
  readonly layer?: string;
  readonly from?: string;
  /** A file of weights. */
  readonly weights?: string;
}

/**
 * Opens what LAYERS names, with the weights of a run or a file.
 * @throws UsageError for what is none of these, an invalid layer, an unknown `layer`
 */
export async function openSubject(
  request: SubjectRequest,
  notify: (notice: DataNotice) => void,
): Promise<Subject> {
  const whole = openWhole(request.layers);
  const spec = partOf(whole.spec, request.from, request.layer);
  const found = await weightsOfSubject(whole, request, notify);
  const { network } = found;
  const input = network === null ? null : inputOf(network, request.from);
  const resolved = network === null ? spec : asBuilt(spec, network, request.from !== undefined);
  return { ...whole, spec: resolved, input, ...found };
}

/** The layers that LAYERS has, by their names in order. @throws UsageError for what is neither layers, model nor run */
export function layerNames(layers: string): string[] {
  return openWhole(layers).spec.layers.map(({ name }) => name);
}

interface Whole {
  readonly name: string;
  readonly spec: ModelSpec;
  readonly network: Graph | null;
  readonly run: Run | null;
}

function openWhole(layers: string): Whole {
  if (isYaml(layers)) return layersOf('layers', 'LAYERS', layers);
  if (/\.ya?ml$/.test(layers)) {
    const source = parseFragment(layers, readModelText(layers));
    const name = layers.replace(/^.*[\\/]|\.ya?ml$/g, '');
    return isLayerList(source)
      ? layersOf(name, layers, readModelText(layers))
      : modelOf(readSpec(name, source));
  }
  requireNoActivation(layers);
  if (isModel(layers)) return modelOf(loadModel(layers));
  const run = openRun(layers);
  return { name: run.info.model, spec: run.spec, network: buildGraph(run.spec), run };
}

const KINDS: readonly string[] = [...Object.keys(LAYERS), ...Object.keys(BLOCKS)];

/** The name of a layer kind, or nearly one, or what has a character of YAML that no name of a model or folder has. */
function isYaml(text: string): boolean {
  if (KINDS.includes(text)) return true;
  if (statusOf(text) !== undefined || modelNames().includes(text)) return false;
  return /[:[{\n]/.test(text) || nearest(text, KINDS) !== undefined;
}

/** @throws UsageError for an activation alone, which is a setting of a layer */
function requireNoActivation(text: string): void {
  if (!(ACTIVATIONS as readonly string[]).includes(text)) return;
  throw new UsageError(`LAYERS: ${text} is an activation: the layer is "activation: ${text}".`);
}

function layersOf(name: string, file: string, text: string): Whole {
  const source = parseFragment(file, text);
  return { name, spec: readLayerList(name, source), network: null, run: null };
}

function modelOf(spec: ModelSpec): Whole {
  return { name: spec.name, spec, network: buildGraph(spec, { anyHead: true }), run: null };
}

function inputOf(network: Graph, from: string | undefined): Shape {
  return network.nodes.find(({ name }) => name === from)?.inputShapes[0] ?? network.input;
}

/** A part of a network that builds by itself: units and pixels are as the whole network has them. */
function asBuilt(spec: ModelSpec, network: Graph, isInside: boolean): ModelSpec {
  const params = new Map(network.nodes.map((node) => [node.name, node.params as Record<string, unknown>]));
  const { classes: _classes, pixels, ...config } = spec.config;
  return {
    ...spec,
    // Values inside a network are no pixels.
    config: { ...config, pixels: isInside ? { range: [0, 1] } : pixels },
    layers: spec.layers.map((layer) => ({ ...layer, params: params.get(layer.name) ?? layer.params })),
  };
}

/** The weights of a model or run, and it itself with the way with pictures that comes with them. */
async function weightsOfSubject(
  whole: Whole,
  { layers, from, weights: file }: SubjectRequest,
  notify: (notice: DataNotice) => void,
): Promise<Pick<Subject, 'network' | 'weights' | 'origin'>> {
  const { name, spec, network, run } = whole;
  // What is inside a network sees no pictures.
  if (file !== undefined && network !== null && from !== undefined)
    return { network, ...(await weightsOfFile(file, network, notify)) };
  if (file !== undefined && network !== null) {
    const { withWeightsOf } = await import('../../training/evaluation/network.js');
    const plain = { name, spec, graph: network, weights: new Map(), origin: 'none', classes: [], run };
    const { graph, weights, origin } = await withWeightsOf(plain, layers, file, notify);
    return { network: graph, weights, origin };
  }
  if (run === null) return { network, weights: null, origin: null };
  const { openRunNetwork } = await import('../../training/evaluation/network.js');
  const { weights, origin } = await openRunNetwork(run);
  return { network, weights, origin };
}

/** @throws WorkError where they do not fit */
export async function weightsOfFile(
  file: string,
  graph: Graph,
  notify: (notice: DataNotice) => void,
): Promise<{ weights: Tensors; origin: string }> {
  const { readWeightsFile } = await import('../../weights/read-weights.js');
  const { weights, notes } = await readWeightsFile(file, graph);
  for (const message of notes) notify({ kind: 'notice', message });
  return { weights, origin: `from ${file}` };
}

/**
 * The subject's graph on data of a shape; a row of a matrix is a vector wherever the first layer takes one.
 * @throws UsageError for layers that do not fit, and data that a network does not take
 */
export function graphOn(
  { name, spec, input }: Subject,
  shape: Shape,
  isRow: boolean,
): { readonly graph: Graph; readonly input: Shape } {
  const values = shape.reduce((product, extent) => product * extent, 1);
  const asVector = shape.length === 1 || (isRow && takesVector(spec, values));
  const given: Shape = asVector ? [values] : shape;
  if (input !== null && input.join() !== given.join()) {
    throw new UsageError(
      `DATA is ${given.join('x')}, but ${name}${spec.layers[0] ? ` at ${spec.layers[0].name}` : ''} takes ${input.join('x')}: give numbers of that shape, such as random:${input.join('x')}, or a picture.`,
    );
  }
  const extents: readonly [number, number, number] = asVector
    ? [1, 1, values]
    : [shape[0]!, shape[1]!, shape[2]!];
  return {
    graph: buildGraph(asVector ? onVector(spec) : spec, { input: extents, anyHead: true }),
    input: given,
  };
}
