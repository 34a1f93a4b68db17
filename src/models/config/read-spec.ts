import { itemsOf } from '../blocks/block.js';
import { readLayers } from './read-layers.js';
import { configSchema } from './schema.js';
import { NAMED } from './short-forms.js';
import { check, type Source } from './source.js';
import type { ModelSpec } from './spec.js';
import { wired } from './wiring.js';

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
