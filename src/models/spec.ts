import * as z from 'zod';
import { nearest } from '../nearest.js';
import { type Entry, isAside, isSplit, itemsOf, type Path, type RawItem } from './blocks/block.js';
import { BLOCKS, type BlockKind, blockDef } from './blocks/index.js';
import { show } from './issues.js';
import { LAYERS, type LayerKind, layerDef } from './layers/index.js';
import { configSchema, layerSchema, type ModelConfig } from './schema.js';
import { NAMED } from './short-forms.js';
import { check, type Source } from './source.js';
import { type ReadLayer, wired } from './wiring.js';

/** One layer of a spec: its kind, its parameters with defaults filled in, and where it stands. */
export interface LayerSpec {
  readonly kind: LayerKind;
  readonly name: string;
  readonly params: Record<string, unknown>;
  /** Names of the layers it reads. */
  readonly inputs: readonly string[];
  readonly path: Path;
}

/** A checked config: blocks expanded, layers named, everything filled in. */
export interface ModelSpec {
  /** The zoo's name, or the file's name without its ending. */
  readonly name: string;
  readonly config: ModelConfig;
  readonly layers: readonly LayerSpec[];
  /** The last layers of auxiliary classifiers, and what their losses count for. */
  readonly auxiliaries: readonly { readonly layer: string; readonly weight: number }[];
  readonly source: Source;
}

/** More than any network has; a nest of "repeat" soon makes millions. */
const MAX_LAYERS = 10_000;

/** Reads a spec out of a config's text. @throws UsageError with file:line:column for whatever is wrong. */
export function readSpec(name: string, source: Source): ModelSpec {
  const { layers: items, ...config } = check(source, configSchema, normalised(source.content), []);
  const entries = expandBlocks(source, itemsOf(items, ['layers']));
  const read = entries.map((entry) => readEntry(source, entry));
  return { name, config, ...wired(source, read, config.auxiliaries), source };
}

/** `optimizer: sgd` is short for `optimizer: { name: sgd }`, and so for a schedule and a loss. */
function normalised(content: unknown): unknown {
  const { training, ...rest } = content as { training?: unknown };
  if (!isMapping(training)) return content;
  const named = Object.entries(training).map(([key, value]) =>
    NAMED.includes(key) && typeof value === 'string' ? [key, { name: value }] : [key, value],
  );
  return { ...rest, training: Object.fromEntries(named) };
}

/** Blocks replaced by what they stand for, to any depth. */
function expandBlocks(source: Source, entries: readonly Entry<RawItem>[]): Entry<RawItem>[] {
  const expanded: Entry<RawItem>[] = [];
  for (const entry of entries) {
    for (const one of expandEntry(source, entry)) expanded.push(one);
    if (expanded.length > MAX_LAYERS && !isSplit(entry) && !isAside(entry)) {
      throw source.error(entry.path, `that makes more than ${MAX_LAYERS} layers: say "repeat" less often.`);
    }
  }
  return expanded;
}

function expandEntry(source: Source, entry: Entry<RawItem>): Entry<RawItem>[] {
  if (isSplit(entry))
    return [{ ...entry, branches: entry.branches.map((branch) => expandBlocks(source, branch)) }];
  if (isAside(entry)) return [{ ...entry, aside: expandBlocks(source, entry.aside) }];
  const value = entry.value as Record<string, unknown>;
  const keys = isMapping(value) ? Object.keys(value) : [];
  const [kind] = keys;
  if (keys.length !== 1 || !Object.hasOwn(BLOCKS, kind!)) return [entry];
  const block = blockDef(kind as BlockKind);
  const path = [...entry.path, kind!];
  const params = check(source, block.schema(z.unknown()), value[kind!], path, kind);
  return expandBlocks(source, block.expand(params, path));
}

function readEntry(source: Source, entry: Entry<RawItem>): Entry<ReadLayer> {
  const readAll = (entries: readonly Entry<RawItem>[]) => entries.map((one) => readEntry(source, one));
  if (isSplit(entry)) return { branches: entry.branches.map(readAll), join: readLayer(source, entry.join) };
  if (isAside(entry)) return { aside: readAll(entry.aside), weight: entry.weight };
  return readLayer(source, entry);
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
      `a layer has one kind, but here stand ${keys.map((k) => `"${k}"`).join(' and ')}: settings go inside it, as in "${key}: { ${keys[1]}: ... }".`,
      'key',
    );
  }
  return { kind: requireKind(source, key, path), value: (value as Record<string, unknown>)[key], path };
}

function requireKind(source: Source, word: string, path: Path): LayerKind {
  if (Object.hasOwn(LAYERS, word)) return word as LayerKind;
  if (Object.hasOwn(BLOCKS, word)) throw source.error(path, `${word} needs settings: "${word}: { ... }".`);
  const known = [...Object.keys(LAYERS), ...Object.keys(BLOCKS)];
  const close = nearest(word, known);
  throw source.error(
    path,
    `there is no layer ${show(word)}. ${close ? `Did you mean "${close}"?` : `There are ${known.join(', ')}.`}`,
    'key',
  );
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
