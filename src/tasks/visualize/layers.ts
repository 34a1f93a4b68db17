import { UsageError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import { type Graph, type GraphNode, INPUT, withoutAuxiliaries } from '../../models/graph/graph.js';
import { mergesOf } from './merges.js';

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

/** Whether a layer gives maps of more than one place. */
export function hasPlaces(node: GraphNode): boolean {
  const [height, width] = extentsOf(node);
  return isMap(node) && height * width > 1;
}

/**
 * The last layer with places that all that a network makes of a picture passes through: what stands in one branch of
 * several is none. Dropout, which gives in use what it reads, does not count.
 */
export function lastMaps(graph: Graph): GraphNode | undefined {
  const { nodes } = withoutAuxiliaries(graph);
  const readersOf = (name: string) =>
    nodes.filter(({ inputs }) => inputs.includes(name)).map((node) => node.name);
  const merges = mergesOf(
    [INPUT, ...nodes.map(({ name }) => name)].map((name) => ({ name, readers: readersOf(name) })),
  );
  const byName = new Map(nodes.map((node) => [node.name, node]));
  let last: GraphNode | undefined;
  for (let name = merges.get(INPUT); name; name = merges.get(name)) {
    const node = byName.get(name)!;
    if (hasPlaces(node) && node.kind !== 'dropout') last = node;
  }
  return last;
}

/** [height, width, channels] of what a layer gives; a vector's values are channels of one place. */
export function extentsOf({ outputShape }: GraphNode): readonly [number, number, number] {
  const [height, width, channels] = outputShape;
  return channels === undefined ? [1, 1, height!] : [height!, width!, channels];
}
