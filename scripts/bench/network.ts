/**
 * Describes a network for scripts/bench/torch_peer.py: `node --import tsx scripts/bench/network.ts MODEL` prints JSON.
 * What stands in it is the graph that cnnzoo itself runs, with paddings worked out.
 */
import { pathToFileURL } from 'node:url';
import { buildGraph } from '../../src/models/build.js';
import type { GraphNode } from '../../src/models/graph/graph.js';
import { outputNode } from '../../src/models/graph/graph.js';
import { windowGeometry } from '../../src/models/graph/window.js';
import { padsOf } from '../../src/models/layers/windows/zero-padding2d.js';
import { loadModel } from '../../src/models/zoo.js';

interface WindowParams {
  readonly kernelSize?: number | [number, number];
  readonly poolSize?: number | [number, number];
  readonly strides?: number | [number, number];
  readonly padding: 'valid' | 'same' | number;
}

/** A network as the peer reads it. */
export function describeNetwork(model: string): object {
  const spec = loadModel(model);
  const graph = buildGraph(spec);
  const output = outputNode(graph).name;
  const heads = new Set([output, ...graph.auxiliaries.map(({ node }) => node)]);
  return {
    name: graph.name,
    input: graph.input,
    classes: graph.classes,
    output,
    auxiliaries: graph.auxiliaries,
    optimizer: spec.config.training.optimizer,
    nodes: paddingInConvolutions(graph.nodes).map((node) => ({ ...node, isHead: heads.has(node.name) })),
  };
}

/** What the peer needs to know of a layer. */
interface PeerNode
  extends Pick<GraphNode, 'name' | 'kind' | 'params' | 'inputs' | 'inputShapes' | 'outputShape'> {
  readonly activation: string;
  readonly window: {
    readonly pads: Pads;
    readonly size: readonly number[];
    readonly strides: readonly number[];
  } | null;
  /** Zeros around a map, where that is what the layer adds. */
  readonly pads: Pads | null;
}

type Pads = readonly [top: number, left: number, bottom: number, right: number];

function peerNode({ name, kind, params, inputs, inputShapes, outputShape, activation }: GraphNode): PeerNode {
  const pads = kind === 'zeroPadding2d' ? padsOf(params as Parameters<typeof padsOf>[0]) : null;
  const node = { name, kind, params, inputs, inputShapes, outputShape, activation, pads };
  if (kind !== 'conv2d' && kind !== 'maxPool2d' && kind !== 'avgPool2d') return { ...node, window: null };
  const { kernelSize, poolSize, strides, padding } = params as WindowParams;
  const size = kernelSize ?? poolSize!;
  const given = strides ?? (kind === 'conv2d' ? 1 : size);
  return { ...node, window: windowGeometry(inputShapes[0]!, { size, strides: given, padding }) };
}

/** Zeros in front of a convolution become its own padding: so PyTorch's users write it. */
function paddingInConvolutions(nodes: readonly GraphNode[]): PeerNode[] {
  const all = nodes.map(peerNode);
  const merged = new Set<string>();
  const kept = all.map((node) => {
    const before = all.find(({ name }) => name === node.inputs[0]);
    const readers = all.filter(({ inputs }) => before && inputs.includes(before.name));
    if (node.kind !== 'conv2d' || !before?.pads || readers.length > 1) return node;
    merged.add(before.name);
    const pads = node.window!.pads.map((pad, i) => pad + before.pads![i]!) as unknown as Pads;
    return { ...node, inputs: before.inputs, window: { ...node.window!, pads } };
  });
  return kept.filter(({ name }) => !merged.has(name));
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) {
  process.stdout.write(`${JSON.stringify(describeNetwork(process.argv[2]!))}\n`);
}
