import { listed } from '../base/text/words.js';
import { type Graph, type GraphNode, withoutAuxiliaries } from '../models/graph/graph.js';
import type { FileLayer } from './files/layers.js';
import { type LayerPair, misfitOf, type Pairing } from './pairing.js';
import type { WantedLayer } from './wanted-layers.js';

/** So many names stand in a message. */
const MOST_NAMES = 4;

/**
 * Pairs layers whose names say nothing: by their shapes, and where several have the same by their order, if there is one:
 * the file keeps it, and in the network each of them lies on the way to the next.
 */
export function pairByStructure(
  graph: Graph,
  wanted: readonly WantedLayer[],
  given: readonly FileLayer[],
  isInOrder: boolean,
): Pairing {
  const before = ancestorsIn(graph);
  const pairs = new Map<WantedLayer, FileLayer>();
  const open = new Set(wanted);
  for (const layer of wanted) {
    if (!open.has(layer)) continue;
    const candidates = given.filter((other) => misfitOf(layer, other) === null);
    const rivals = [...open].filter((rival) => candidates.some((other) => misfitOf(rival, other) === null));
    if (candidates.length === 0 || candidates.length !== rivals.length)
      return refused(unequal(graph, layer, rivals, candidates, given), pairs.size);
    const isClear = rivals.length === 1 || (isInOrder && isChain(rivals, before));
    if (!isClear) return refused(ambiguous(rivals, candidates), pairs.size);
    for (const [i, rival] of rivals.entries()) {
      pairs.set(rival, candidates[i]!);
      open.delete(rival);
    }
  }
  const used = new Set(pairs.values());
  const extra = given.filter((layer) => !used.has(layer)).map(({ name }) => `"${name}"`);
  if (extra.length > 0)
    return refused(`${graph.name} has no place for ${listed(extra, MOST_NAMES)} of the file`, pairs.size);
  return { pairs: wanted.map((layer): LayerPair => [layer, pairs.get(layer)!]), misfit: null };
}

const refused = (misfit: string, fitting: number): Pairing => ({
  pairs: null,
  misfit,
  fitting,
  classes: null,
});

function unequal(
  graph: Graph,
  { node }: WantedLayer,
  rivals: readonly WantedLayer[],
  candidates: readonly FileLayer[],
  given: readonly FileLayer[],
): string {
  const shape = `[${node.weights[0]!.shape.join(', ')}]`;
  if (candidates.length === 0) {
    const names =
      listed(
        given.map(({ name }) => `"${name}"`),
        MOST_NAMES,
      ) || 'no layers';
    return `none of its layers has what ${node.name} (${node.kind}, ${shape}) wants; it has ${names}, names that are of no family that is known`;
  }
  const found = listed(
    candidates.map(({ name }) => `"${name}"`),
    MOST_NAMES,
  );
  return `its ${found} have what ${node.name} (${node.kind}, ${shape}) wants, but ${graph.name} has ${rivals.length} such layers`;
}

function ambiguous(rivals: readonly WantedLayer[], candidates: readonly FileLayer[]): string {
  const [layers, tensors] = [rivals.map(({ node }) => node.name), candidates.map(({ name }) => `"${name}"`)];
  return (
    `its ${listed(tensors, MOST_NAMES)} have one shape and could each belong to ${listed(layers, MOST_NAMES)}, ` +
    'and its names are of no family that is known. Let the program that made it write an ONNX file, which says how layers are connected'
  );
}

/** For each layer those that lie before it. */
function ancestorsIn(graph: Graph): ReadonlyMap<string, ReadonlySet<string>> {
  const before = new Map<string, Set<string>>();
  for (const { name, inputs } of withoutAuxiliaries(graph).nodes)
    before.set(name, new Set(inputs.flatMap((input) => [input, ...(before.get(input) ?? [])])));
  return before;
}

/** Whether each of these layers lies before the next. */
function isChain(
  layers: readonly { readonly node: GraphNode }[],
  before: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  return layers.slice(1).every(({ node }, i) => before.get(node.name)!.has(layers[i]!.node.name));
}
