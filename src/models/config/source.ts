import { type Document, isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import { UsageError } from '../../base/errors.js';
import type { Path } from '../blocks/block.js';
import { describeIssues } from './issues.js';
import { applyOverrides, isWithin, type Override } from './overrides.js';
import { faultOf } from './yaml-errors.js';

export type { Override };

/** The text of a config with the means to say where in it something stands. */
export interface Source {
  /** `configs/lenet5.yaml`, or `standard input`. */
  readonly file: string;
  /** What the text says, overrides applied: plain objects, lists and scalars. */
  readonly content: unknown;
  /**
   * An error that begins with `file:line:column` of what stands at `path`: of its value, or of its key where that is wrong.
   * Where there is nothing at `path`, of the nearest thing around it. What an override wrote is named by its origin.
   */
  error(path: Path, message: string, at?: 'key' | 'value'): UsageError;
}

/** Reads a config, which is a mapping. @throws UsageError with file:line:column where it is not well formed or none. */
export function parseSource(file: string, text: string, overrides: readonly Override[] = []): Source {
  return parseText(file, text, overrides, requireMapping);
}

/** Reads YAML of any kind: a layer, or a list of layers. @throws UsageError with file:line:column where it is not well formed. */
export function parseFragment(file: string, text: string): Source {
  return parseText(file, text, [], () => {});
}

function parseText(
  file: string,
  text: string,
  overrides: readonly Override[],
  requireKind: typeof requireMapping,
): Source {
  // NUL, and what a decoder puts in the place of bytes that are not UTF-8.
  if (/[\0\ufffd]/.test(text)) throw new UsageError(`${file} is not UTF-8 text: a YAML file was expected.`);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    // Instead of the parser, which compares every key with every other, faultOf looks for keys that stand there twice.
    uniqueKeys: false,
  });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const fault = faultOf(document, text);
  if (fault) {
    const where = fault.offset === undefined ? file : place(fault.offset);
    throw new UsageError(`${where} ${fault.message}`);
  }
  requireKind(document, file, place);
  applyOverrides(document, overrides);
  const error: Source['error'] = (path, message, at = 'value') => {
    const over = overrides.findLast((one) => isWithin(path, one.path));
    if (over) return new UsageError(`${over.origin}: ${message}`);
    const where = `${place(offsetOf(document, path, at))} ${message}`;
    const nearest = nearestTo(document, path, at);
    const isThere = nearest.isOfFile && nearest.depth === path.length;
    const below = causeBelow(overrides, path, nearest);
    if (!below) return new UsageError(where);
    return new UsageError(`${below.origin}: ${isThere ? where : message}`);
  };
  return { file, content: document.toJS({ maxAliasCount: -1 }), error };
}

function requireMapping(document: Document.Parsed, file: string, place: (offset: number) => string): void {
  const { contents } = document;
  if (contents === null) {
    throw new UsageError(`${file} is empty: a model's config with input and layers was expected.`);
  }
  if (!isMap(contents)) {
    throw new UsageError(
      `${place(contents.range?.[0] ?? 0)} a model's config was expected: a mapping with input and layers.`,
    );
  }
}

/** Checks a value against a schema. @throws UsageError that names the first thing wrong and its place. */
export function check<S extends z.ZodType>(
  source: Source,
  schema: S,
  value: unknown,
  path: Path,
  subject = '',
): z.output<S> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const { path: below, at, message } = describeIssues(result.error.issues, value, schema, subject);
  throw source.error([...path, ...below], message, at);
}

interface Nearest {
  /** How many keys of the path lead to it. */
  readonly depth: number;
  /** Whether the file has it, or only an override. */
  readonly isOfFile: boolean;
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

function nearestTo(document: Document, path: Path, at: 'key' | 'value'): Nearest {
  for (let depth = path.length; depth > 0; depth--) {
    const node = nodeAt(document, path.slice(0, depth), depth === path.length ? at : 'value');
    if (node !== undefined) return { depth, isOfFile: isNode(node) && Boolean(node.range) };
  }
  return { depth: 0, isOfFile: true };
}

function offsetOf(document: Document, path: Path, at: 'key' | 'value'): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = nodeAt(document, path.slice(0, depth), depth === path.length ? at : 'value');
    if (isNode(node) && node.range) return node.range[0];
  }
  return isNode(document.contents) && document.contents.range ? document.contents.range[0] : 0;
}

/** The value at `path`; its key where that is what is meant, or where nothing follows the key. */
function nodeAt(document: Document, path: Path, at: 'key' | 'value'): unknown {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return document.getIn(path, true);
  const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(path.at(-1)));
  return at === 'key' ? pair?.key : (pair?.value ?? pair?.key);
}
