import { nearest } from '../nearest.js';
import type { Path } from './blocks/block.js';
import { INPUT } from './graph.js';
import { type LayerKind, layerDef } from './layers/index.js';
import type { Source } from './source.js';
import type { LayerSpec } from './spec.js';

/** A layer of a config whose settings have been checked. */
export interface ReadLayer {
  readonly kind: LayerKind;
  /** With `name` and `from`, where the config gives them. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Of the entry in the list of layers. */
  readonly itemPath: Path;
  /** Of its settings. */
  readonly path: Path;
}

/**
 * Gives every layer its name and its inputs.
 * @throws UsageError for a name that is taken, an input that is not there, a layer that nothing reads
 */
export function wired(source: Source, items: readonly ReadLayer[]): LayerSpec[] {
  const layers: LayerSpec[] = [];
  const counts = new Map<LayerKind, number>();
  const taken = new Set([INPUT]);
  for (const item of items) {
    const { name: given, from, ...params } = item.params as { name?: string; from?: string | string[] };
    const name = given ?? freeName(item.kind, counts, taken);
    if (taken.has(name)) throw nameTaken(source, item, name);
    const inputs = from === undefined ? [layers.at(-1)?.name ?? INPUT] : [from].flat();
    inputs.forEach((input, i) => {
      if (!taken.has(input))
        throw unknownInput(source, item, name, input, Array.isArray(from) ? [i] : [], taken);
    });
    requireCount(source, item, name, inputs.length);
    taken.add(name);
    layers.push({ kind: item.kind, name, params, inputs, path: item.itemPath });
  }
  requireReaders(source, layers);
  return layers;
}

/** `conv2d_4` for the fourth conv2d, or the next number where a config uses that one. */
function freeName(kind: LayerKind, counts: Map<LayerKind, number>, taken: ReadonlySet<string>): string {
  const count = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, count);
  const name = `${kind}_${count}`;
  return taken.has(name) ? freeName(kind, counts, taken) : name;
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
      : `Before it are ${[...known].slice(-8).join(', ')}.`;
  return source.error(
    [...path, 'from', ...index],
    `${name} reads "${input}", but no layer before it has that name. ${way}`,
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
function requireReaders(source: Source, layers: readonly LayerSpec[]): void {
  const read = new Set(layers.flatMap(({ inputs }) => inputs));
  const idle = layers.slice(0, -1).find(({ name }) => !read.has(name));
  if (idle) {
    const message = `nothing reads ${idle.name}: name it in the "from" of a later layer, or leave it out.`;
    throw source.error(idle.path, message);
  }
}
