import type { z } from 'zod';
import { nearest } from '../nearest.js';
import type { Path } from './blocks/block.js';

type Issue = z.core.$ZodIssue;

export interface Described {
  /** The place below the checked value. */
  readonly path: Path;
  /** `padding must be "same", "valid" or a whole number of at least 0, got "smae". Did you mean "same"?` */
  readonly message: string;
}

/** Says what is wrong in one sentence: what must be, what is, and the nearest that would be right. */
export function describeIssue(issue: Issue, value: unknown, schema: z.ZodType): Described {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') return unknownKey(issue.keys[0]!, path, schema);
  const inner = innermost(issue, path);
  const got = at(value, inner.path);
  const subject = nameOf(inner.path);
  const wanted = wantedOf(inner.issue);
  if (got === undefined) return { path: inner.path, message: `${subject} is missing: it must be ${wanted}.` };
  return {
    path: inner.path,
    message: `${subject} must be ${wanted}, got ${show(got)}.${hint(inner.issue, got)}`,
  };
}

function unknownKey(key: string, path: Path, schema: z.ZodType): Described {
  const known = keysAt(schema, path);
  const close = nearest(key, known);
  const way = close ? `Did you mean "${close}"?` : known.length > 0 ? `It may have ${known.join(', ')}.` : '';
  return { path: [...path, key], message: `there is no setting "${key}". ${way}`.trim() };
}

/** A union's complaint is replaced by that of the one alternative whose shape was right, if there is one. */
function innermost(issue: Issue, path: Path): { issue: Issue; path: Path } {
  if (issue.code !== 'invalid_union') return { issue, path };
  const deeper = issue.errors
    .map((branch) => branch[0])
    .filter((first) => first !== undefined && first.path.length > 0);
  if (deeper.length !== 1) return { issue, path };
  return innermost(deeper[0]!, [...path, ...(deeper[0]!.path as Path)]);
}

function wantedOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return list(issue.values.map((v) => show(v)));
    case 'too_small':
      return bound(issue.origin, issue.inclusive ? 'at least' : 'more than', Number(issue.minimum));
    case 'too_big':
      return bound(issue.origin, issue.inclusive ? 'at most' : 'less than', Number(issue.maximum));
    case 'invalid_format':
      return 'a name of letters, digits, "_", "-" and "." that begins with a letter';
    case 'invalid_union':
      return unionOf(issue);
    case 'unrecognized_keys':
      return `without "${issue.keys[0]}"`;
    default:
      return issue.message;
  }
}

function unionOf(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  if (issue.errors.length === 0) {
    const options = (issue as { options?: readonly unknown[] }).options;
    return options ? list(options.map((option) => show(option))) : issue.message;
  }
  const parts = issue.errors.flatMap((branch) => (branch[0] ? [wantedOf(branch[0])] : []));
  return list([...new Set(parts)]);
}

const TYPES: Record<string, string> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'null',
};

function bound(origin: string, relation: string, limit: number): string {
  if (origin === 'array') return `a list of ${relation} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  if (origin === 'string') return 'text that is not empty';
  return `${origin === 'int' ? 'a whole number of ' : ''}${relation} ${limit}`;
}

function hint(issue: Issue, got: unknown): string {
  if (typeof got !== 'string') return '';
  const close = nearest(got, candidates(issue));
  return close ? ` Did you mean "${close}"?` : '';
}

function candidates(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.filter((v) => typeof v === 'string');
  if (issue.code !== 'invalid_union') return [];
  const options = (issue as { options?: readonly unknown[] }).options ?? [];
  return [
    ...options.filter((o) => typeof o === 'string'),
    ...issue.errors.flatMap((branch) => branch.flatMap(candidates)),
  ];
}

/** The keys that an object schema knows at `path` below it. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  const shape = (schema as { shape?: Record<string, z.ZodType> }).shape;
  if (!shape) {
    const inner = (schema as { def?: { innerType?: z.ZodType } }).def?.innerType;
    return inner ? keysAt(inner, path) : [];
  }
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(shape);
  const next = shape[String(first)];
  return next ? keysAt(next, rest) : [];
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (v, key) => (v as Record<string | number, unknown> | null | undefined)?.[key],
    value,
  );
}

function nameOf(path: Path): string {
  const names = path.filter((part) => typeof part === 'string');
  const name = names.at(-1);
  if (name === undefined) return 'it';
  return typeof path.at(-1) === 'number' ? `entry ${Number(path.at(-1)) + 1} of ${name}` : name;
}

function list(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} or ${parts.at(-1)}`;
}

/** A value as a person would write it, cut short. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
