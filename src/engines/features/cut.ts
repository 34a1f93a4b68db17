import { type Graph, type GraphNode, INPUT, outputNode } from '../../models/graph/graph.js';

/** Where a network comes apart: below it nothing is trained, so that an image always gives the same features there. */
export interface FeatureCut {
  /** The layer that gives the features, a vector. */
  readonly layer: string;
  /** What comes after it: a network of [1, 1, features] numbers. */
  readonly head: Graph;
}

/**
 * The cut of a graph whose beginning is frozen; null where there is none: where images themselves are read above it, or maps,
 * or several layers, or by auxiliary classifiers.
 */
export function featureCut(graph: Graph): FeatureCut | null {
  if (graph.auxiliaries.length > 0) return null;
  const fixed = fixedLayers(graph);
  // What has no weights costs next to nothing.
  if (!graph.nodes.some(({ name, weights }) => fixed.has(name) && weights.length > 0)) return null;
  const above = graph.nodes.filter(({ name }) => !fixed.has(name));
  const read = new Set(above.flatMap(({ inputs }) => inputs.filter((name) => fixed.has(name))));
  const [layer] = read;
  const node = graph.nodes.find(({ name }) => name === layer);
  if (read.size !== 1 || node?.outputShape.length !== 1 || fixed.has(outputNode(graph).name)) return null;
  return { layer: node.name, head: headOf(graph, node, above) };
}

/** Layers that give the same of an image in every step: none below is trained, or dropout. */
function fixedLayers({ nodes }: Graph): Set<string> {
  const fixed = new Set([INPUT]);
  for (const { name, kind, inputs, weights } of nodes) {
    const isFixed = kind !== 'dropout' && !weights.some(({ trainable }) => trainable);
    if (isFixed && inputs.every((input) => fixed.has(input))) fixed.add(name);
  }
  return fixed;
}

function headOf(graph: Graph, cut: GraphNode, above: readonly GraphNode[]): Graph {
  const count = cut.outputShape[0]!;
  const vector: GraphNode = {
    name: `${INPUT}/features`,
    kind: 'flatten',
    params: {},
    inputs: [INPUT],
    inputShapes: [[1, 1, count]],
    outputShape: [count],
    activation: 'linear',
    weights: [],
    macs: 0,
    receptiveField: null,
    notes: [],
  };
  const nodes = above.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => (name === cut.name ? vector.name : name)),
  }));
  return { ...graph, input: [1, 1, count], takesNumbers: true, nodes: [vector, ...nodes] };
}
