import { z } from 'zod';
import { nearest } from '../nearest.js';
import type { Path, RawItem } from './blocks/block.js';
import { BLOCKS, type BlockKind, blockDef } from './blocks/index.js';
import { show } from './issues.js';
import { LAYERS, type LayerKind, layerDef } from './layers/index.js';
import { configSchema, layerSchema, type ModelConfig } from './schema.js';
import { check, type Source } from './source.js';

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
  readonly source: Source;
}

/** Reads a spec out of a config's text. @throws UsageError with file:line:column for whatever is wrong. */
export function readSpec(name: string, source: Source): ModelSpec {
  const { layers: items, ...config } = check(source, configSchema, normalised(source.content), []);
  const raw = items.map((value, index) => ({ value, path: ['layers', index] }));
  return { name, config, layers: namedLayers(source, raw), source };
}

/** `optimizer: sgd` is short for `optimizer: { name: sgd }`. */
function normalised(content: unknown): unknown {
  const { training, ...rest } = content as { training?: Record<string, unknown> };
  if (typeof training !== 'object' || training === null || typeof training.optimizer !== 'string')
    return content;
  return { ...rest, training: { ...training, optimizer: { name: training.optimizer } } };
}

function namedLayers(source: Source, items: readonly RawItem[]): LayerSpec[] {
  const layers: LayerSpec[] = [];
  const counts = new Map<string, number>();
  const taken = new Set(['input']);
  let previous = 'input';
  for (const item of expandBlocks(source, items)) {
    const { kind, params } = readLayer(source, item);
    const { name: given, from, ...rest } = params as { name?: string; from?: string | string[] };
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    const name = given ?? `${kind}_${count}`;
    if (taken.has(name))
      throw source.error(item.path, `there is already a layer named "${name}"; names must differ.`);
    const inputs = from === undefined ? [previous] : [from].flat();
    for (const input of inputs) requireLayer(source, item, name, input, [...taken]);
    if (inputs.length > 1 && !layerDef(kind).merges) {
      throw source.error(item.path, `${name} takes one input, but "from" names ${inputs.length}.`);
    }
    taken.add(name);
    layers.push({ kind, name, params: rest, inputs, path: item.path });
    previous = name;
  }
  requireReaders(source, layers);
  return layers;
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

function requireLayer(
  source: Source,
  item: RawItem,
  name: string,
  input: string,
  known: readonly string[],
): void {
  if (known.includes(input)) return;
  const close = nearest(input, known);
  const way = close ? `Did you mean "${close}"?` : `Before it are ${known.join(', ')}.`;
  throw source.error(item.path, `${name} reads "${input}", but no layer before it has that name. ${way}`);
}

function expandBlocks(source: Source, items: readonly RawItem[]): RawItem[] {
  return items.flatMap((item) => {
    const [kind] = Object.keys(Object(item.value) as object);
    if (typeof item.value !== 'object' || kind === undefined || !(kind in BLOCKS)) return [item];
    const block = blockDef(kind as BlockKind);
    const path = [...item.path, kind];
    const params = check(
      source,
      block.schema(z.unknown()),
      (item.value as Record<string, unknown>)[kind],
      path,
      kind,
    );
    return expandBlocks(source, block.expand(params, path));
  });
}

function readLayer(source: Source, item: RawItem): { kind: LayerKind; params: Record<string, unknown> } {
  const { kind, value, path } = kindOf(source, item);
  const { shorthand } = layerDef(kind);
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  const given =
    isMapping || value === undefined || value === null ? value : shorthand && { [shorthand]: value };
  if (given === undefined && value !== undefined && value !== null) {
    throw source.error(path, `${kind} takes a mapping of settings, got ${show(value)}.`);
  }
  const name = isMapping && 'name' in value ? ` ${JSON.stringify(value.name)}` : '';
  const params = check(source, layerSchema(kind), given ?? {}, path, `${kind}${name}`);
  return { kind, params: params as Record<string, unknown> };
}

function kindOf(source: Source, item: RawItem): { kind: LayerKind; value: unknown; path: Path } {
  const { value } = item;
  if (typeof value === 'string')
    return { kind: requireKind(source, value, item.path), value: undefined, path: item.path };
  const keys = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  const [key] = keys;
  if (key === undefined) {
    throw source.error(
      item.path,
      `a layer was expected, such as "flatten" or "dense: { units: 10 }", got ${show(value)}.`,
    );
  }
  if (keys.length > 1) {
    throw source.error(
      [...item.path, keys[1]!],
      `a layer has one kind, but here stand ${keys.map((k) => `"${k}"`).join(' and ')}: settings go inside it, as in "${key}: { ${keys[1]}: ... }".`,
    );
  }
  return {
    kind: requireKind(source, key, [...item.path, key]),
    value: (value as Record<string, unknown>)[key],
    path: [...item.path, key],
  };
}

function requireKind(source: Source, word: string, path: Path): LayerKind {
  if (word in LAYERS) return word as LayerKind;
  const known = [...Object.keys(LAYERS), ...Object.keys(BLOCKS)];
  const close = nearest(word, known);
  throw source.error(
    path,
    `there is no layer "${word}". ${close ? `Did you mean "${close}"?` : `There are ${known.join(', ')}.`}`,
  );
}
