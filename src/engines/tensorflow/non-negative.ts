import { type Graph, type GraphNode, INPUT } from '../../models/graph/graph.js';
import type { LayerKind } from '../../models/layers/index.js';
import type { Activation } from '../../recipe/activations.js';

/** Whether an activation's values are never negative: `keeps` those of values that are not. */
const ACTIVATED: Readonly<Record<Activation, 'always' | 'keeps' | 'no'>> = {
  linear: 'keeps',
  relu: 'always',
  tanh: 'keeps',
  scaledTanh: 'keeps',
  sigmoid: 'always',
  softmax: 'always',
  softmin: 'always',
  negative: 'no',
};

/** Layers that make no negative value of values that are not. */
const KEEPING: ReadonlySet<string> = new Set([
  'activation',
  'add',
  'avgPool2d',
  'concatenate',
  'depthMaxPool',
  'dropout',
  'flatten',
  'globalAvgPool2d',
  'lrn',
  'maxPool2d',
  'zeroPadding2d',
] satisfies LayerKind[]);

/** The layers whose output is never negative, whatever the weights and the image. */
export function nonNegativeLayers(graph: Graph): ReadonlySet<string> {
  const { scale, offset } = graph.pixels;
  const darkest = offset.map((o, c) => Math.min(o, 255 * scale[c]! + o));
  const found = new Set<string>(darkest.every((value) => value >= 0) ? [INPUT] : []);
  for (const node of graph.nodes) if (isNonNegative(node, found)) found.add(node.name);
  return found;
}

function isNonNegative({ kind, activation, inputs }: GraphNode, found: ReadonlySet<string>): boolean {
  if (ACTIVATED[activation] !== 'keeps') return ACTIVATED[activation] === 'always';
  return KEEPING.has(kind) && inputs.every((input) => found.has(input));
}
