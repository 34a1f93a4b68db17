import type * as z from 'zod';
import { UsageError } from '../../base/errors.js';
import { type Marked, type Nearest, nearestTo, parseMarked, requireMapping } from '../../base/yaml/marked.js';
import type { Path } from '../../base/yaml/path.js';
import { checkValue, type Source, sourceOf } from '../../base/yaml/source.js';
import { toJsonSchema } from './json-schema.js';
import { applyOverrides, isWithin, type Override } from './overrides.js';

export type { Override, Source };

/**
 * Reads a config, which is a mapping. What an override wrote is named by its origin in errors.
 * @throws UsageError with file:line:column where it is not well formed or none
 */
export function parseSource(file: string, text: string, overrides: readonly Override[] = []): Source {
  const marked = parseMarked(file, text);
  requireMapping(marked, "a model's config", 'input and layers');
  applyOverrides(marked.document, overrides);
  const source = sourceOf(marked);
  return {
    ...source,
    error: (path, message, at) => overridden(marked, overrides, source, path, message, at),
  };
}

/** Reads YAML of any kind: a layer, or a list of layers. @throws UsageError with file:line:column where it is not well formed. */
export function parseFragment(file: string, text: string): Source {
  return sourceOf(parseMarked(file, text));
}

/** Checks a value against a schema. @throws UsageError that names the first thing wrong and its place. */
export function check<S extends z.ZodType>(
  source: Source,
  schema: S,
  value: unknown,
  path: Path,
  subject = '',
): z.output<S> {
  const checking = { schema, toJson: toJsonSchema, whole: 'the config', subject };
  return checkValue(source, checking, value, path);
}

/** The error of a place that overrides may have written. */
function overridden(
  { document }: Marked,
  overrides: readonly Override[],
  source: Source,
  path: Path,
  message: string,
  at: 'key' | 'value' = 'value',
): UsageError {
  const over = overrides.findLast((one) => isWithin(path, one.path));
  if (over) return new UsageError(`${over.origin}: ${message}`);
  const error = source.error(path, message, at);
  const nearest = nearestTo(document, path, at);
  const below = causeBelow(overrides, path, nearest);
  if (!below) return error;
  const isThere = nearest.isOfFile && nearest.depth === path.length;
  return new UsageError(`${below.origin}: ${isThere ? error.message : message}`);
}

/** The last override that made what is wrong at `path`, which may be that it lacks something. */
function causeBelow(
  overrides: readonly Override[],
  path: Path,
  { depth, isOfFile }: Nearest,
): Override | undefined {
  // What is absent where the file's own text stands around it was absent before.
  const wasAbsent = isOfFile && depth < path.length;
  return overrides.findLast(
    (one) => choosesName(one.path, path) || (!wasAbsent && isWithin(one.path, path.slice(0, depth))),
  );
}

/** What a mapping of the training must have and may have follows from its name. */
function choosesName(path: Path, other: Path): boolean {
  const isName = path[0] === 'training' && path.length === other.length && path.at(-1) === 'name';
  return isName && isWithin(other, path.slice(0, -1));
}
