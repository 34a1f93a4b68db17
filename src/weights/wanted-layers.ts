import { type Graph, type GraphNode, type Shape, withoutAuxiliaries } from '../models/graph/graph.js';
import type { Pair } from '../models/graph/window.js';
import { pairOf } from '../models/graph/window.js';
import type { LayerKind } from './files/layers.js';

/** A layer of a graph that wants weights. */
export interface WantedLayer {
  readonly node: GraphNode;
  readonly kind: LayerKind;
  /** [H, W, C] of the map that a dense layer gets flattened; null of other layers. */
  readonly flattened: Shape | null;
  /** How far the window of a convolution moves; null of other layers. */
  readonly strides: Pair | null;
  /** What a normalization adds to the variance; null of other layers. */
  readonly epsilon: number | null;
}

const KINDS: Readonly<Record<string, LayerKind>> = { conv2d: 'conv', dense: 'dense', batchNorm: 'norm' };

/** In the graph's order; auxiliary classifiers left out. */
export function wantedLayers(graph: Graph): WantedLayer[] {
  const { nodes } = withoutAuxiliaries(graph);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return nodes
    .filter(({ weights }) => weights.length > 0)
    .map((node) => {
      const kind = KINDS[node.kind] ?? 'other';
      const { strides, epsilon } = node.params as {
        strides?: number | [number, number];
        epsilon?: number;
      };
      return {
        node,
        kind,
        flattened: kind === 'dense' ? flattenedBefore(node, byName) : null,
        strides: kind === 'conv' ? pairOf(strides ?? 1) : null,
        epsilon: kind === 'norm' ? epsilon! : null,
      };
    });
}

/** What leaves the order of a vector as it is. */
const KEEPS_ORDER = ['dropout', 'activation', 'batchNorm'];

function flattenedBefore(dense: GraphNode, byName: ReadonlyMap<string, GraphNode>): Shape | null {
  let node = byName.get(dense.inputs[0]!);
  while (node && KEEPS_ORDER.includes(node.kind)) node = byName.get(node.inputs[0]!);
  const shape = node?.kind === 'flatten' ? node.inputShapes[0]! : undefined;
  return shape?.length === 3 ? shape : null;
}

/** The shape of a weight of a layer, as ours; undefined where it has none of that name. */
export const wantedShape = ({ node }: WantedLayer, part: string): Shape | undefined =>
  node.weights.find(({ name }) => name === part)?.shape;
