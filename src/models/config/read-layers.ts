import * as z from 'zod';
import { didYouMean } from '../../base/text/nearest.js';
import { cut } from '../../base/text/visible.js';
import { show } from '../../base/yaml/issues.js';
import type { Path } from '../../base/yaml/path.js';
import { type Entry, isAside, isSplit, type RawItem } from '../blocks/block.js';
import { BLOCKS, type BlockKind, blockDef } from '../blocks/index.js';
import { LAYERS, type LayerKind, layerDef } from '../layers/index.js';
import { layerSchema } from './schema.js';
import { check, type Source } from './source.js';
import type { ReadLayer } from './spec.js';

/** More than any network has; a nest of "repeat" soon makes millions. */
const MAX_LAYERS = 10_000;

/** A list of layers that was read. What "repeat" stands for several times over is the same entry several times. */
interface ReadList {
  readonly entries: readonly Entry<ReadLayer>[];
  /** How many layers that makes, those within branches counted. */
  readonly layers: number;
}

/**
 * Checks a list of layers and replaces blocks by what they stand for, to any depth. Everything that stands in the text
 * is read once, however often it is repeated, and layers are counted before they are multiplied.
 * @throws UsageError for the first thing that is wrong, and for more than MAX_LAYERS
 */
export function readLayers(source: Source, items: readonly RawItem[]): readonly Entry<ReadLayer>[] {
  return readList(source, items).entries;
}

function readList(source: Source, items: readonly Entry<RawItem>[]): ReadList {
  const entries: Entry<ReadLayer>[] = [];
  let layers = 0;
  for (const item of items) {
    const read = readEntry(source, item);
    layers += read.layers;
    if (layers > MAX_LAYERS) throw tooMany(source, pathOf(item));
    for (const entry of read.entries) entries.push(entry);
  }
  return { entries, layers };
}

function readEntry(source: Source, entry: Entry<RawItem>): ReadList {
  if (isSplit(entry)) {
    const branches = readBranches(source, entry.branches, entry.join.path);
    const join = readLayer(source, entry.join);
    return {
      entries: [{ branches: branches.map(({ entries }) => entries), join }],
      layers: 1 + sum(branches),
    };
  }
  if (isAside(entry)) {
    const { entries, layers } = readList(source, entry.aside);
    return { entries: [{ aside: entries, weight: entry.weight }], layers };
  }
  const kind = blockKindOf(entry);
  return kind === undefined
    ? { entries: [readLayer(source, entry)], layers: 1 }
    : readBlock(source, kind, entry);
}

/** Stops as soon as branches have too many layers between them. */
function readBranches(
  source: Source,
  branches: readonly (readonly Entry<RawItem>[])[],
  path: Path,
): readonly ReadList[] {
  const read: ReadList[] = [];
  let layers = 0;
  for (const branch of branches) {
    const list = readList(source, branch);
    layers += list.layers;
    if (layers > MAX_LAYERS) throw tooMany(source, path);
    read.push(list);
  }
  return read;
}

function readBlock(source: Source, kind: BlockKind, { value, path: itemPath }: RawItem): ReadList {
  const block = blockDef(kind);
  const path = [...itemPath, kind];
  const given = (value as Record<string, unknown>)[kind];
  const params = check(source, block.schema(z.unknown()), given, path, kind);
  const { entries, layers } = readList(source, block.expand(params, path));
  const times = block.times?.(params) ?? 1;
  if (times * layers > MAX_LAYERS) {
    throw source.error(
      path,
      `${kind}: ${times} times ${layers} layers are ${times * layers}, more than the ${MAX_LAYERS} that a network may have: say "${kind}" less often.`,
    );
  }
  return { entries: Array.from({ length: times }, () => entries).flat(), layers: times * layers };
}

function tooMany(source: Source, path: Path) {
  const message = `with this there are more than the ${MAX_LAYERS} layers that a network may have: leave some out.`;
  return source.error(path, message);
}

function pathOf(entry: Entry<RawItem>): Path {
  if (isSplit(entry)) return entry.join.path;
  return isAside(entry) ? pathOf(entry.aside[0]!) : entry.path;
}

function sum(lists: readonly ReadList[]): number {
  return lists.reduce((total, { layers }) => total + layers, 0);
}

/** The block that an item of a list of layers is, if it is one. */
function blockKindOf({ value }: RawItem): BlockKind | undefined {
  const keys = isMapping(value) ? Object.keys(value) : [];
  const [kind] = keys;
  return keys.length === 1 && Object.hasOwn(BLOCKS, kind!) ? (kind as BlockKind) : undefined;
}

function readLayer(source: Source, item: RawItem): ReadLayer {
  const { kind, value, path } = kindOf(source, item);
  const { shorthand } = layerDef(kind);
  const given =
    isMapping(value) || value === undefined || value === null ? value : shorthand && { [shorthand]: value };
  if (given === undefined && value !== undefined && value !== null) {
    throw source.error(path, `${kind} takes a mapping of settings, got ${show(value)}.`);
  }
  const name = isMapping(value) && 'name' in value ? ` ${show(value.name)}` : '';
  const params = check(source, layerSchema(kind), given ?? {}, path, `${kind}${name}`);
  return { kind, params, itemPath: item.path, path };
}

function kindOf(source: Source, item: RawItem): { kind: LayerKind; value: unknown; path: Path } {
  const { value } = item;
  if (typeof value === 'string')
    return { kind: requireKind(source, value, item.path), value: undefined, path: item.path };
  const keys = isMapping(value) ? Object.keys(value) : [];
  const [key] = keys;
  if (key === undefined) {
    throw source.error(
      item.path,
      `a layer was expected, such as "flatten" or "dense: { units: 10 }", got ${show(value)}.`,
    );
  }
  const path = [...item.path, key];
  if (keys.length > 1) {
    throw source.error(
      [...item.path, keys[1]!],
      `a layer has one kind, but here stand ${keys
        .slice(0, 3)
        .map((k) => `"${cut(k)}"`)
        .join(' and ')}: settings go inside it, as in "${cut(key)}: { ${cut(keys[1]!)}: ... }".`,
      'key',
    );
  }
  return { kind: requireKind(source, key, path), value: (value as Record<string, unknown>)[key], path };
}

function requireKind(source: Source, word: string, path: Path): LayerKind {
  if (Object.hasOwn(LAYERS, word)) return word as LayerKind;
  if (Object.hasOwn(BLOCKS, word)) throw source.error(path, `${word} needs settings: "${word}: { ... }".`);
  const known = [...Object.keys(LAYERS), ...Object.keys(BLOCKS)];
  throw source.error(path, `there is no layer ${show(word)}. ${didYouMean(word, known)}`, 'key');
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
