import { WorkError } from '../../../errors.js';
import { type Graph, type GraphNode, weightsOf, withoutAuxiliaries } from '../../../models/graph.js';
import { sizeOf, type Tensor, type Tensors } from '../../../tensor.js';
import { packedDims, unpack } from '../layout.js';
import type { WeightLayout } from '../operators/operator.js';
import { planInference } from '../plan.js';
import { decodeModel, type ReadModel } from '../proto.js';
import { traceGraph, weightLayouts } from '../trace.js';
import { type FileLayer, fileLayers } from './layers.js';
import { constantsOf, transposed } from './tensors.js';

export interface OnnxWeights {
  readonly weights: Tensors;
  /** What was done to make them fit. */
  readonly notes: readonly string[];
}

/**
 * The weights of a graph from an ONNX file: one of ours, by their names; another, layer by layer in the order in which
 * they are computed.
 * @throws WorkError naming the first tensor that does not fit, its shape and the wanted one
 */
export function weightsFromOnnx(path: string, bytes: Uint8Array, graph: Graph): OnnxWeights {
  const model = decoded(path, bytes);
  const target = withoutAuxiliaries(graph);
  const layouts = weightLayouts(planInference(traceGraph(target)));
  const slots = weightsOf(target).map(({ fullName, node, spec }) => ({
    name: fullName,
    node,
    shape: spec.shape,
    layout: layouts.get(fullName)!,
  }));
  return model.producerName === 'cnnzoo'
    ? { weights: byName(path, model, slots), notes: [] }
    : inOrder(path, model, target, slots);
}

function decoded(path: string, bytes: Uint8Array): ReadModel {
  let model: ReadModel | undefined;
  try {
    model = decodeModel(bytes);
  } catch {
    // Not protobuf at all.
  }
  if (model?.graph?.node.length) return model;
  throw new WorkError(`${path} is neither a safetensors file nor an ONNX model, or it is damaged.`);
}

/** A weight of the graph that is to be filled. */
interface Slot {
  readonly name: string;
  readonly node: GraphNode;
  /** As it is stored here. */
  readonly shape: readonly number[];
  readonly layout: WeightLayout;
}

function byName(path: string, model: ReadModel, slots: readonly Slot[]): Tensors {
  const constants = constantsOf(path, model);
  const weights = new Map<string, Tensor>();
  for (const slot of slots) {
    const constant = constants.get(slot.name);
    const wanted = packedDims(slot.layout);
    if (!constant) throw misfit(path, `it has no "${slot.name}", where [${wanted.join(', ')}] is wanted`);
    // A value a channel may stand as [C] or [C, 1, 1].
    const fits = sizeOf(constant.dims) === sizeOf(wanted) && constant.dims[0] === wanted[0];
    if (!fits)
      throw misfit(path, `"${slot.name}" is ${show(constant.dims)}, where ${show(wanted)} is wanted`);
    weights.set(slot.name, { shape: slot.shape, data: unpack(slot.layout, constant.values()) });
  }
  return weights;
}

const show = (dims: readonly number[]): string => `[${dims.join(', ')}]`;

function misfit(path: string, why: string): WorkError {
  return new WorkError(`${path} does not fit: ${why}.`);
}

function inOrder(path: string, model: ReadModel, graph: Graph, slots: readonly Slot[]): OnnxWeights {
  const layers = fileLayers(path, model);
  const nodes = graph.nodes.filter(({ weights }) => weights.length > 0);
  const matcher = new Matcher(path, graph, slots);
  let next = 0;
  for (const [i, node] of nodes.entries()) {
    const layer = layers[next];
    const before = nodes[i - 1];
    if (node.kind === 'batchNorm' && layer?.kind !== 'batchNorm' && before?.name === node.inputs[0]) {
      matcher.unfold(node, layers[next - 1]!);
      continue;
    }
    matcher.fill(node, layer, layers[next + 1]?.kind === 'batchNorm' ? undefined : nodes[i + 1]);
    next++;
  }
  const extra = layers[next];
  if (extra) throw misfit(path, `${graph.name} has no layer for its ${extra.title}`);
  return { weights: matcher.weights, notes: matcher.notes };
}

/** Fills a graph's weights from the layers of a file. */
class Matcher {
  readonly weights = new Map<string, Tensor>();
  private folded = 0;

  constructor(
    private readonly path: string,
    private readonly graph: Graph,
    private readonly slots: readonly Slot[],
  ) {}

  get notes(): string[] {
    if (this.folded === 0) return [];
    return [
      `${this.path} has its ${this.folded} batch normalizations folded into convolutions: they only add a bias here.`,
    ];
  }

  /** @param follower the layer that may take a bias which `node` has no place for: its batch normalization */
  fill(node: GraphNode, layer: FileLayer | undefined, follower: GraphNode | undefined): void {
    if (layer?.kind !== node.kind) {
      const [first] = node.weights;
      const wanted = `${node.name}/${first!.name} ${show(this.wanted(`${node.name}/${first!.name}`))} of a ${node.kind}`;
      throw misfit(
        this.path,
        layer ? `${layer.title} stands where ${wanted} is wanted` : `it ends before ${wanted}`,
      );
    }
    if (layer.kind === 'batchNorm') this.fillNorm(node, layer);
    else this.fillKernel(node, layer, follower?.kind === 'batchNorm' && follower.inputs[0] === node.name);
  }

  private fillKernel(node: GraphNode, layer: FileLayer, takesBias: boolean): void {
    const kernel = layer.kernel!;
    const slot = this.slot(`${node.name}/kernel`);
    this.requireShape(kernel.name, kernel.dims, slot);
    const values = kernel.values();
    const data = layer.kind === 'dense' ? this.denseKernel(node, layer, values) : unpack(slot.layout, values);
    this.weights.set(slot.name, { shape: slot.shape, data });
    const hasBias = node.weights.some(({ name }) => name === 'bias');
    if (hasBias && !layer.bias) {
      throw misfit(
        this.path,
        `${layer.title} has no bias, where ${node.name}/bias ${show(this.wanted(`${node.name}/bias`))} is wanted`,
      );
    }
    if (layer.bias && !hasBias && !takesBias) {
      throw misfit(
        this.path,
        `"${layer.bias.name}" is ${show(layer.bias.dims)}, but ${node.name} has no bias`,
      );
    }
    if (hasBias) this.set(`${node.name}/bias`, layer.bias!.name, layer.bias!.dims, layer.bias!.values());
  }

  /** [units, F] as [F, units], with the values of a flattened map in the order height, width, channels. */
  private denseKernel(node: GraphNode, { channelsLast }: FileLayer, values: Float32Array): Float32Array {
    const [features, units] = this.slot(`${node.name}/kernel`).shape as [number, number];
    const map = flattenedMap(this.graph, node);
    if (channelsLast || !map) return transposed(values, units, features);
    const channels = map.at(-1)!;
    return unpack({ name: node.name, from: [features / channels, channels, units], perm: [2, 1, 0] }, values);
  }

  private fillNorm(node: GraphNode, { norm, epsilon }: FileLayer): void {
    const own = (node.params as { epsilon: number }).epsilon;
    node.weights.forEach(({ name }, i) => {
      const values = norm[i]!.values();
      // The variance is only used with epsilon added.
      const data = name === 'moving_variance' ? values.map((value) => value + epsilon - own) : values;
      this.set(`${node.name}/${name}`, norm[i]!.name, norm[i]!.dims, data);
    });
  }

  /** A batch normalization of which a file has left the bias of a convolution: gamma / sqrt(1 + epsilon) is 1. */
  unfold(node: GraphNode, { bias }: FileLayer): void {
    const own = (node.params as { epsilon: number }).epsilon;
    const [count] = this.wanted(`${node.name}/gamma`) as readonly [number];
    const all = (value: number) => new Float32Array(count).fill(value);
    const values = [all(Math.sqrt(1 + own)), bias?.values() ?? all(0), all(0), all(1)];
    node.weights.forEach(({ name }, i) => {
      this.set(`${node.name}/${name}`, bias?.name ?? name, [values[i]!.length], values[i]!);
    });
    this.folded++;
  }

  private set(name: string, source: string, dims: readonly number[], values: Float32Array): void {
    const slot = this.slot(name);
    if (sizeOf(dims) !== sizeOf(slot.shape)) this.requireShape(source, dims, slot);
    this.weights.set(name, { shape: slot.shape, data: values });
  }

  private requireShape(source: string, dims: readonly number[], slot: Slot): void {
    const wanted = fileDims(slot);
    if (dims.join() === wanted.join()) return;
    throw misfit(this.path, `"${source}" is ${show(dims)}, where ${slot.name} wants ${show(wanted)}`);
  }

  private slot(name: string): Slot {
    return this.slots.find((slot) => slot.name === name)!;
  }

  private wanted(name: string): readonly number[] {
    return fileDims(this.slot(name));
  }
}

/** A weight's shape in files of other programs: conv [O, I, kh, kw], dense [O, F]. */
function fileDims({ node, shape, layout }: Slot): readonly number[] {
  return node.kind === 'dense' ? shape.toReversed() : packedDims(layout);
}

/** The map [H, W, C] that a vector before a layer was made of; undefined where it was none. */
function flattenedMap(graph: Graph, node: GraphNode): readonly number[] | undefined {
  for (let at: GraphNode | undefined = node; at?.inputs.length === 1; ) {
    const name: string = at.inputs[0]!;
    at = graph.nodes.find((other) => other.name === name);
    if (at?.kind === 'flatten') return at.inputShapes[0]!.length === 3 ? at.inputShapes[0] : undefined;
    // Dropout, activations, ...: what leaves the values where they are.
    if (at?.outputShape.join() !== at?.inputShapes[0]?.join() || at?.kind === 'dense') return undefined;
  }
  return undefined;
}
