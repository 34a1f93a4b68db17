import { maxOf } from '../base/extremes.js';
import { sizeOf } from '../base/tensor.js';
import { type Graph, type GraphNode, INPUT, type ReceptiveField, type Shape } from './graph/graph.js';
import { layerDef } from './layers/index.js';
import type { Window } from './lowering/layer.js';

/** The formulas that `explainLayer` fills in, for a reader who sees them for the first time. */
export const LEGEND: readonly string[] = [
  'output size = floor((n + p - f) / s) + 1, in each direction: n input, p padding on both sides together, f window, s stride',
  'parameters = (what one output value reads + 1 for its bias) x outputs; a convolution shares them between all places',
  'receptive field: r_out = r_in + (f - 1) x j_in and j_out = j_in x s: r pixels that one value sees, j pixels between neighbours; r = j = 1 in the image',
  'MAC: one multiplication and one addition',
];

/** A layer's arithmetic with its numbers filled in, a line a figure. */
export function explainLayer(graph: Graph, node: GraphNode): readonly string[] {
  const def = layerDef(node.kind);
  const params = node.params as Record<string, unknown>;
  const values = sizeOf(node.outputShape);
  return [
    ...(def.explain?.(params, node.inputShapes, node.outputShape) ?? []),
    ...denseLines(node),
    `memory of the output: ${node.outputShape.join(' x ')} values x 4 bytes = ${values * 4} bytes`,
    ...receptiveLines(graph, node, def.window?.(params, node.inputShapes) ?? null),
  ];
}

/** The shape of a layer's kernel; null where it has none. */
export function kernelOf({ weights }: GraphNode): Shape | null {
  return weights.find(({ name }) => name === 'kernel')?.shape ?? null;
}

/**
 * How many weights the dense layer would have that does a convolution's work, from every value of its input to every value of
 * its output, without a bias; null of what is no convolution.
 */
export function denseWeightsOf(node: GraphNode): number | null {
  if (kernelOf(node) === null || node.outputShape.length !== 3) return null;
  return sizeOf(node.inputShapes[0]!) * sizeOf(node.outputShape);
}

function denseLines(node: GraphNode): string[] {
  const weights = denseWeightsOf(node);
  if (weights === null) return [];
  const [input, output] = [node.inputShapes[0]!.join(' x '), node.outputShape.join(' x ')];
  return [`as a dense layer: (${input}) x (${output}) = ${weights} weights`];
}

function receptiveLines(graph: Graph, node: GraphNode, window: Window | 'whole' | null): string[] {
  const before = node.inputs.map((name) => fieldOf(graph, name));
  // Where a layer before saw everything there is nothing left to tell.
  if (window === null || before.some((field) => field === null)) return [];
  if (window === 'whole') return ['receptive field: the whole image'];
  const input = widest(before as ReceptiveField[]);
  const [height, width] = [axis(input, window, 0), axis(input, window, 1)];
  if (height === width) return [`receptive field: ${height}`];
  return [`receptive field, height: ${height}`, `receptive field, width: ${width}`];
}

function axis(input: ReceptiveField, window: Window, i: 0 | 1): string {
  const [r, j, f, s] = [input.size[i], input.stride[i], window.size[i], window.stride[i]];
  return `${r} + (${f} - 1) x ${j} = ${r + (f - 1) * j} pixels, neighbours ${j} x ${s} = ${j * s} apart`;
}

const fields = new WeakMap<Graph, ReadonlyMap<string, ReceptiveField | null>>();

function fieldOf(graph: Graph, name: string): ReceptiveField | null {
  if (name === INPUT) return { size: [1, 1], stride: [1, 1] };
  const known =
    fields.get(graph) ?? new Map(graph.nodes.map((node) => [node.name, node.receptiveField] as const));
  fields.set(graph, known);
  return known.get(name)!;
}

function widest(fields: readonly ReceptiveField[]): ReceptiveField {
  const largest = (key: 'size' | 'stride', i: 0 | 1) => maxOf(fields.map((field) => field[key][i]));
  return {
    size: [largest('size', 0), largest('size', 1)],
    stride: [largest('stride', 0), largest('stride', 1)],
  };
}
