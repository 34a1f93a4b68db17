import { type Document, isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml';
import { UsageError } from '../errors.js';
import type { Path } from './path.js';
import { faultOf } from './yaml-errors.js';

/** Whether what is meant at a path is its value, or its key. */
export type At = 'key' | 'value';

/** A YAML text that is well formed, with the means to say where in it something stands. */
export interface Marked {
  /** `configs/lenet5.yaml`, or `standard input`. */
  readonly file: string;
  readonly document: Document.Parsed;
  /** `file:line:column` of what stands at a path; of the nearest thing around it where there is nothing. */
  placeOf(path: Path, at?: At): string;
}

/** @throws UsageError with file:line:column where a text is not well formed, or no text. */
export function parseMarked(file: string, text: string): Marked {
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
    throw new UsageError(`${where} ${fault.message}`, { place: where });
  }
  return { file, document, placeOf: (path, at = 'value') => place(offsetOf(document, path, at)) };
}

/**
 * @param what the text is to be: "a model's config"
 * @param keys what a mapping of it has: "input and layers"
 * @throws UsageError where a text is empty or no mapping.
 */
export function requireMapping({ file, document, placeOf }: Marked, what: string, keys: string): void {
  const { contents } = document;
  if (contents === null) throw new UsageError(`${file} is empty: ${what} with ${keys} was expected.`);
  if (isMap(contents)) return;
  const place = placeOf([]);
  throw new UsageError(`${place} ${what} was expected: a mapping with ${keys}.`, { place });
}

/** What is there of a path in a document. */
export interface Nearest {
  /** How many keys of the path lead to it. */
  readonly depth: number;
  /** Whether the text has it, or it was put in later. */
  readonly isOfFile: boolean;
}

export function nearestTo(document: Document, path: Path, at: At): Nearest {
  for (let depth = path.length; depth > 0; depth--) {
    const node = nodeAt(document, path.slice(0, depth), depth === path.length ? at : 'value');
    if (node !== undefined) return { depth, isOfFile: isNode(node) && Boolean(node.range) };
  }
  return { depth: 0, isOfFile: true };
}

function offsetOf(document: Document, path: Path, at: At): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = nodeAt(document, path.slice(0, depth), depth === path.length ? at : 'value');
    if (isNode(node) && node.range) return node.range[0];
  }
  return isNode(document.contents) && document.contents.range ? document.contents.range[0] : 0;
}

/** The value at `path`; its key where that is what is meant, or where nothing follows the key. */
function nodeAt(document: Document, path: Path, at: At): unknown {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return document.getIn(path, true);
  const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(path.at(-1)));
  return at === 'key' ? pair?.key : (pair?.value ?? pair?.key);
}
