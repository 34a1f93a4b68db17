import { nearest } from '../../base/text/nearest.js';
import { cut } from '../../base/text/visible.js';
import { type Entry, isAside, isSplit } from '../blocks/block.js';
import { INPUT } from '../graph/graph.js';
import { type LayerKind, layerDef } from '../layers/index.js';
import type { Source } from './source.js';
import type { LayerSpec, ReadLayer } from './spec.js';

interface Wiring {
  readonly layers: readonly LayerSpec[];
  readonly auxiliaries: readonly { readonly layer: string; readonly weight: number }[];
}

/** More than any network has; a few lines that are repeated soon join thousands of layers thousands of times. */
const MAX_CONNECTIONS = 100_000;

/**
 * Gives every layer its name and its inputs.
 * @param withAuxiliaries whether auxiliary classifiers are built at all
 * @throws UsageError for a name that is taken, an input that is not there, a layer that nothing reads
 */
export function wired(
  source: Source,
  entries: readonly Entry<ReadLayer>[],
  withAuxiliaries: boolean,
): Wiring {
  const wirer = new Wirer(source, withAuxiliaries);
  wirer.add(entries, INPUT);
  requireReaders(source, wirer);
  return { layers: wirer.layers, auxiliaries: wirer.auxiliaries };
}

class Wirer implements Wiring {
  readonly layers: LayerSpec[] = [];
  readonly auxiliaries: { layer: string; weight: number }[] = [];
  readonly #counts = new Map<LayerKind, number>();
  readonly #taken = new Set([INPUT]);
  #connections = 0;

  readonly #source: Source;
  readonly #withAuxiliaries: boolean;

  constructor(source: Source, withAuxiliaries: boolean) {
    this.#source = source;
    this.#withAuxiliaries = withAuxiliaries;
  }

  /** Adds entries one after the other, the first of which reads `previous`; returns the name of the last layer. */
  add(entries: readonly Entry<ReadLayer>[], previous: string): string {
    return entries.reduce<string>((before, entry) => this.#addEntry(entry, before), previous);
  }

  #addEntry(entry: Entry<ReadLayer>, previous: string): string {
    if (isSplit(entry)) {
      const ends = entry.branches.map((branch) => this.add(branch, previous));
      return this.#addLayer(entry.join, ends);
    }
    if (!isAside(entry)) return this.#addLayer(entry, [previous]);
    if (this.#withAuxiliaries)
      this.auxiliaries.push({ layer: this.add(entry.aside, previous), weight: entry.weight });
    return previous;
  }

  #addLayer(item: ReadLayer, previous: readonly string[]): string {
    const { name: given, from, ...params } = item.params as { name?: string; from?: string | string[] };
    const name = given ?? freeName(item.kind, this.#counts, this.#taken);
    if (this.#taken.has(name)) throw nameTaken(this.#source, item, name);
    const inputs = from === undefined ? previous : [from].flat();
    inputs.forEach((input, i) => {
      if (!this.#taken.has(input))
        throw unknownInput(this.#source, item, name, input, Array.isArray(from) ? [i] : [], this.#taken);
    });
    requireCount(this.#source, item, name, inputs.length);
    this.#countConnections(inputs.length, item);
    this.#taken.add(name);
    this.layers.push({ kind: item.kind, name, params, inputs, path: item.itemPath });
    return name;
  }

  #countConnections(inputs: number, { path }: ReadLayer): void {
    this.#connections += inputs;
    if (this.#connections <= MAX_CONNECTIONS) return;
    const message = `with this, layers read more than ${MAX_CONNECTIONS} others between them: leave some out.`;
    throw this.#source.error(path, message);
  }
}

/** `conv2d_4` for the fourth conv2d, or the next number where a config uses that one. */
function freeName(kind: LayerKind, counts: Map<LayerKind, number>, taken: ReadonlySet<string>): string {
  let count = counts.get(kind) ?? 0;
  do count++;
  while (taken.has(`${kind}_${count}`));
  counts.set(kind, count);
  return `${kind}_${count}`;
}

function nameTaken(source: Source, { path, itemPath }: ReadLayer, name: string) {
  const way =
    name === INPUT
      ? `"${name}" is the image itself: choose another name.`
      : itemPath.includes('repeat')
        ? `the name "${name}" would be used several times: layers inside a repeat have none of their own.`
        : `there is already a layer named "${name}": names must differ.`;
  return source.error([...path, 'name'], way);
}

function unknownInput(
  source: Source,
  { path }: ReadLayer,
  name: string,
  input: string,
  index: readonly number[],
  known: ReadonlySet<string>,
) {
  const close = nearest(input, [...known]);
  const way = close
    ? `Did you mean "${close}"?`
    : known.size === 1
      ? `Before the first layer there is only "${INPUT}", the image.`
      : `Before it are ${[...known]
          .slice(-8)
          .map((other) => cut(other))
          .join(', ')}.`;
  return source.error(
    [...path, 'from', ...index],
    `${cut(name)} reads "${cut(input)}", but no layer before it has that name. ${way}`,
  );
}

function requireCount(source: Source, { kind, path }: ReadLayer, name: string, inputs: number): void {
  const { merges } = layerDef(kind);
  if (!merges && inputs > 1) {
    throw source.error([...path, 'from'], `${name} takes one input, but "from" names ${inputs}.`);
  }
  if (merges && inputs < 2) {
    throw source.error([...path, 'from'], `${name} joins several layers: name them in "from".`);
  }
}

/** A layer that nothing reads is a mistake: its weights would never learn. */
function requireReaders(source: Source, { layers, auxiliaries }: Wiring): void {
  const read = new Set([...layers.flatMap(({ inputs }) => inputs), ...auxiliaries.map(({ layer }) => layer)]);
  const idle = layers.slice(0, -1).find(({ name }) => !read.has(name));
  if (idle) {
    const message = `nothing reads ${idle.name}: name it in the "from" of a later layer, or leave it out.`;
    throw source.error(idle.path, message);
  }
}
