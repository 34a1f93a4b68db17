import { itemsOf, type Path } from '../blocks/block.js';
import type { LayerKind } from '../layers/index.js';
import { readLayers } from './read-layers.js';
import { configSchema, type ModelConfig } from './schema.js';
import { NAMED } from './short-forms.js';
import { check, type Source } from './source.js';
import { wired } from './wiring.js';

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

/** Reads a spec out of a config's text. @throws UsageError with file:line:column for whatever is wrong. */
export function readSpec(name: string, source: Source): ModelSpec {
  const { layers: items, ...config } = check(source, configSchema, normalised(source.content), []);
  const entries = readLayers(source, itemsOf(items, ['layers']));
  const titled = { ...config, title: config.title ?? name };
  return { name, config: titled, ...wired(source, entries, config.auxiliaries), source };
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

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
