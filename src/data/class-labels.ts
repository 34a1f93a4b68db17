import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { codeOf, messageOf, UsageError } from '../base/errors.js';
import { PACKAGE } from '../base/files/places.js';

/** What classes are called, in class-number order. */
export interface ClassLabels {
  readonly names: readonly string[];
  /** Of WordNet, by which ImageNet's folders are named; null where there are none. */
  readonly ids: readonly string[] | null;
}

/** The name of the classes of ImageNet's challenge in a config. */
export const IMAGENET = 'imagenet';

/** A line of a file that begins with an id of WordNet. */
const WITH_ID = /^(n\d{8})[ \t,]+(\S.*)$/;

let known: ClassLabels | undefined;

/** The 1,000 classes of ImageNet's challenge (ILSVRC 2012), in the order of their ids, which is that of every network trained on it. */
export function imagenetLabels(): ClassLabels {
  known ??= labelsIn(readFileSync(new URL('configs/labels/imagenet.txt', PACKAGE), 'utf8'));
  return known;
}

/**
 * `labels` of a config.
 * @param config the config's file, from whose folder a file is looked for
 * @throws UsageError where there is no such file, or it names nothing
 */
export function readLabels(labels: string | readonly string[], config: string): ClassLabels {
  if (typeof labels !== 'string') return { names: labels, ids: null };
  if (labels === IMAGENET) return imagenetLabels();
  const path = labelsFile(labels, config);
  const found = labelsIn(readText(path));
  if (found.names.length > 0) return found;
  throw new UsageError(
    `${path} names no classes: a line for each was expected, in the order of their numbers.`,
  );
}

/** Where a file of labels lies that a config names. */
export function labelsFile(labels: string, config: string): string {
  return resolve(dirname(config), labels);
}

/** A name a line, perhaps behind an id of WordNet; lines that begin with # say something else. */
function labelsIn(text: string): ClassLabels {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const parts = lines.map((line) => WITH_ID.exec(line));
  if (lines.length === 0 || parts.includes(null)) return { names: lines, ids: null };
  return { names: parts.map((part) => part![2]!), ids: parts.map((part) => part![1]!) };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    const why = code === 'ENOENT' ? 'there is no such file' : (code ?? messageOf(error));
    throw new UsageError(`labels: ${path} cannot be read: ${why}.`);
  }
}
