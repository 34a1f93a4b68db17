import { pythonName } from '../base/text/python.js';
import type { Graph } from '../models/graph/graph.js';
import type { Family } from './families/family.js';
import { familyOf } from './families/index.js';
import { type FileLayer, layersIn } from './files/layers.js';
import type { WeightsFile } from './files/tensor-file.js';
import { areNames } from './own-file.js';
import { type Pairing, pairInOrder } from './pairing.js';
import { pairByStructure } from './structure.js';
import { wantedLayers } from './wanted-layers.js';

/** The layers of a file, and the family that their names are of. */
export interface KnownFile {
  readonly file: WeightsFile;
  readonly layers: readonly FileLayer[];
  /** null where the names are of none. */
  readonly family: Family | null;
}

/** What the names in a file say. */
export function knowFile(file: WeightsFile): KnownFile {
  const { layers } = layersIn(file.tensors);
  const known = familyOf(layers);
  return { file, layers: known?.layers ?? layers, family: known?.family ?? null };
}

/** Which layers of a file give a graph its weights: by our own names, by those of a family, or by shapes and order. */
export function pairLayers({ file, layers, family }: KnownFile, graph: Graph): Pairing {
  const wanted = wantedLayers(graph);
  const own = byOwnNames(
    layers,
    wanted.map(({ node }) => node.name),
  );
  if (own) return pairInOrder(wanted, own, graph.name, null);
  if (family) return pairInOrder(wanted, layers, graph.name, family);
  if (layers.length === 0) return { pairs: null, misfit: namelessMisfit(file), fitting: 0, classes: null };
  return pairByStructure(graph, wanted, layers, file.isInOrder);
}

function namelessMisfit({ tensors: [first] }: WeightsFile): string {
  if (!first) return 'it holds no tensors';
  return `the names of its tensors, such as "${first.name}", are none of weights of layers`;
}

/** The layers of a file in the order of the graph's, where their names are its; null where they are not. */
function byOwnNames(layers: readonly FileLayer[], names: readonly string[]): readonly FileLayer[] | null {
  const places = new Map(
    names.flatMap(
      (name, i) =>
        [
          [name, i],
          [pythonName(name), i],
        ] as const,
    ),
  );
  const place = ({ name }: FileLayer) => places.get(name) ?? names.length;
  const found = layers.map(({ name }) => name);
  if (![names, names.map(pythonName)].some((wanted) => areNames(found, wanted))) return null;
  return [...layers].sort((a, b) => place(a) - place(b));
}
