import { type Document, isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../errors.js';
import type { Path } from './blocks/block.js';
import { describeIssue } from './issues.js';

/** `training.epochs=3` from the command line: a path into the config and the YAML text of its new value. */
export interface Override {
  readonly path: Path;
  readonly value: unknown;
  /** How to name it in an error, for example `--set training.epochs=3`. */
  readonly origin: string;
}

/** The text of a config with the means to say where in it something stands. */
export interface Source {
  /** `configs/lenet5.yaml`, or `standard input`. */
  readonly file: string;
  /** What the text says, overrides applied: plain objects, lists and scalars. */
  readonly content: unknown;
  /** An error that begins with `file:line:column` of the value (or of the nearest one around it) at `path`. */
  error(path: Path, message: string): UsageError;
}

/** Reads YAML. @throws UsageError with file:line:column where it is not well formed. */
export function parseSource(file: string, text: string, overrides: readonly Override[] = []): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [broken] = document.errors;
  if (broken) {
    throw new UsageError(`${place(broken.pos[0])} not well-formed YAML: ${firstSentence(broken.message)}`);
  }
  if (document.contents === null) {
    throw new UsageError(
      `${file} is empty: a model's config with a title, an input and layers was expected.`,
    );
  }
  if (!isMap(document.contents)) {
    throw new UsageError(
      `${place(0)} a model's config was expected: a mapping with title, input, classes, layers and training.`,
    );
  }
  for (const { path, value, origin } of overrides) setIn(document, path, value, origin);
  const error = (path: Path, message: string): UsageError => {
    const override = overrides.find((o) => path.join('.').startsWith(o.path.join('.')));
    if (override) return new UsageError(`${override.origin}: ${message}`);
    return new UsageError(`${place(offsetOf(document, path))} ${message}`);
  };
  return { file, content: document.toJS() as unknown, error };
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
  const { path: below, message } = describeIssue(result.error.issues[0]!, value, schema);
  throw source.error([...path, ...below], subject === '' ? message : `${subject}: ${message}`);
}

function setIn(document: Document, path: Path, value: unknown, origin: string): void {
  try {
    document.setIn(path, document.createNode(value));
  } catch {
    throw new UsageError(`${origin}: there is no such place in the config.`);
  }
}

/** Where the value at `path` begins; for a key that is not there, where its mapping begins. */
function offsetOf(document: Document, path: Path): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(path[depth - 1]));
      // An unknown or mistyped key is shown at the key, a wrong value at the value.
      const target = pair?.value ?? pair?.key;
      if (isNode(target) && target.range) return target.range[0];
      if (isNode(pair?.key) && pair.key.range) return pair.key.range[0];
      continue;
    }
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return isNode(document.contents) && document.contents.range ? document.contents.range[0] : 0;
}

function firstSentence(message: string): string {
  return message
    .split('\n')[0]!
    .replace(/ at line \d+, column \d+:?$/, '')
    .replace(/[:.]?$/, '.');
}
