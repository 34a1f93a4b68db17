import { UsageError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import { type Graph, type GraphNode, withoutAuxiliaries } from '../../models/graph/graph.js';

/** A layer by its name. @throws UsageError for one that there is not */
export function layerNamed(graph: Graph, name: string): GraphNode {
  const { nodes } = withoutAuxiliaries(graph);
  const found = nodes.find((node) => node.name === name);
  if (found) return found;
  const names = nodes.map((node) => node.name);
  const close = nearest(name, names);
  const way = close ? `Did you mean "${close}"? ` : '';
  throw new UsageError(`${graph.name} has no layer "${name}". ${way}Its layers are ${names.join(', ')}.`);
}

/** Layers that have learned to respond to something, each channel by itself: those with a kernel. */
export function learnedLayers(graph: Graph): GraphNode[] {
  return withoutAuxiliaries(graph).nodes.filter(({ weights }) =>
    weights.some(({ name }) => name === 'kernel'),
  );
}

export function isMap({ outputShape }: GraphNode): boolean {
  return outputShape.length === 3;
}

/** [height, width, channels] of what a layer gives; a vector's values are channels of one place. */
export function extentsOf({ outputShape }: GraphNode): readonly [number, number, number] {
  const [height, width, channels] = outputShape;
  return channels === undefined ? [1, 1, height!] : [height!, width!, channels];
}
