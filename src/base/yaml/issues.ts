import type * as z from 'zod';
import { didYouMean, nearest } from '../text/nearest.js';
import { cut } from '../text/visible.js';
import type { Path } from './path.js';
import { type JsonSchema, keysOf, optionsOf, schemaAt, takesText, wanted } from './wanted.js';

type Issue = z.core.$ZodIssue;

interface Described {
  /** The place below the checked value. */
  readonly path: Path;
  /** Whether it is the key at `path` that is wrong, or its value. */
  readonly at: 'key' | 'value';
  /** `conv2d "c3": padding must be "valid", "same" or a whole number of at least 0, got "smae". Did you mean "same"?` */
  readonly message: string;
}

/**
 * Says of the first thing wrong what must be, what is, and the nearest that would be right.
 * @param subject what the checked value is, such as `conv2d "c3"`; empty for the whole text
 * @param whole what the whole text is called: "the config"
 */
export function describeIssues(
  issues: readonly Issue[],
  value: unknown,
  json: JsonSchema,
  { subject, whole }: { readonly subject: string; readonly whole: string },
): Described {
  const places = issues.map((issue) => innermost(issue, issue.path as Path));
  // A mistyped key is also a missing one: what was typed says more.
  const { issue, path } = places.find((place) => place.issue.code === 'unrecognized_keys') ?? places[0]!;
  const before = subject === '' ? '' : `${subject}: `;
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const known = keysOf(schemaAt(json, path), at(value, path));
    return { path: [...path, key], at: 'key', message: `${before}${unknownKey(key, known)}` };
  }
  const got = at(value, path);
  const here = schemaAt(json, path);
  if (got === undefined) {
    const message = `${before}${nameOf(path)} is missing: it must be ${wanted(here, value)}.`;
    return { path, at: 'value', message };
  }
  const name = path.length === 0 ? subject || whole : `${before}${nameOf(path)}`;
  const message = `${name} must be ${wanted(here, got)}, got ${show(got)}.${hint(here, got)}`;
  return { path, at: 'value', message };
}

/** A union's complaint is replaced by that of the one alternative whose shape was right, if there is one. */
function innermost(issue: Issue, path: Path): { issue: Issue; path: Path } {
  if (issue.code !== 'invalid_union') return { issue, path };
  const fitting = issue.errors.filter((branch) =>
    branch.every((inner) => inner.path.length > 0 || inner.code === 'too_small' || inner.code === 'too_big'),
  );
  const deeper = fitting.length === 1 ? fitting[0]![0] : undefined;
  if (deeper === undefined || deeper.path.length === 0) return { issue, path };
  return innermost(deeper, [...path, ...(deeper.path as Path)]);
}

function unknownKey(key: string, known: readonly string[]): string {
  const way = known.length > 0 ? didYouMean(key, known) : 'It has none.';
  return `there is no setting "${cut(key)}". ${way}`;
}

/** The nearest of the texts that would do, or of the keys where a mapping stands. */
function hint(schema: JsonSchema, got: unknown): string {
  if (typeof got === 'number' || typeof got === 'boolean') {
    return takesText(schema) ? ` Put it into quotes: "${got}".` : '';
  }
  const [typed] = typeof got === 'object' && got !== null ? Object.keys(got) : [got];
  const close = typeof typed === 'string' ? nearest(typed, optionsOf(schema)) : undefined;
  return close && close !== typed ? ` Did you mean "${close}"?` : '';
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (v, key) => (v as Record<string | number, unknown> | null | undefined)?.[key],
    value,
  );
}

/** `training.epochs`, `entry 2 of kernelSize` */
function nameOf(path: Path): string {
  const last = path.at(-1);
  if (typeof last === 'number') return `entry ${last + 1} of ${nameOf(path.slice(0, -1))}`;
  return path.join('.');
}

/** A value as a person would write it in YAML, cut short. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
