import { type Document, isScalar, isSeq, type Node, Pair, YAMLMap, type YAMLSeq } from 'yaml';
import { UsageError } from '../../base/errors.js';
import { show } from '../../base/yaml/issues.js';
import type { Path } from '../../base/yaml/path.js';
import { trainingSchema } from './schema.js';
import { meantAlone } from './short-forms.js';

/** `training.epochs=3` from the command line: a path into the config and the YAML text of its new value. */
export interface Override {
  readonly path: Path;
  readonly value: unknown;
  /** How to name it in an error, for example `training.epochs=3`. */
  readonly origin: string;
}

/** Writes overrides into a document, one after the other. @throws UsageError that names one without a place. */
export function applyOverrides(document: Document, overrides: readonly Override[]): void {
  for (const [i, { path, value, origin }] of overrides.entries()) {
    for (let depth = 1; depth < path.length; depth++) openUp(document, path, depth, origin);
    try {
      document.setIn(path, document.createNode(value));
    } catch {
      throw noPlace(overrides[i]!, overrides.slice(0, i));
    }
  }
}

/** Makes room for the rest of a path in what stands at its first `depth` keys. */
function openUp(document: Document, path: Path, depth: number, origin: string): void {
  const place = path.slice(0, depth);
  const key = path[depth]!;
  const node = document.getIn(place, true);
  const meant = meantAlone(place);
  if (isSeq(node) && (typeof key === 'number' || meant === undefined)) {
    requireEntry(node, key, place, origin);
  } else if (isScalar(node) && node.value === null) {
    document.setIn(place, mappingOf(document, node));
  } else if (isScalar(node) && node.value === key && typeof place.at(-1) === 'number') {
    // `- flatten` is short for `- flatten: {}`.
    document.setIn(place, mappingOf(document, node, String(key), document.createNode({})));
  } else if (meant !== undefined && (isScalar(node) || isSeq(node))) {
    document.setIn(place, mappingOf(document, node, meant, node));
  } else if (meant === 'name' && node === undefined) {
    giveUsualName(document, place);
  }
}

/** A mapping, empty or of one setting, that stands in the file where `node` stood. */
function mappingOf(document: Document, node: Node, key?: string, value?: Node): YAMLMap {
  const mapping = new YAMLMap(document.schema);
  if (key !== undefined) mapping.add(new Pair(document.createNode(key), value));
  mapping.range = node.range;
  return mapping;
}

/** A schedule or loss that the file leaves out has settings too: those of the usual one. */
function giveUsualName(document: Document, place: Path): void {
  const usual = trainingSchema.shape[place[1] as 'schedule'].safeParse(undefined).data;
  if (usual !== undefined) document.setIn(place, document.createNode({ name: usual.name }));
}

/** The entries of a list, and the place after its last, can be set. */
function requireEntry({ items }: YAMLSeq, key: string | number, place: Path, origin: string): void {
  if (typeof key === 'number' && key <= items.length) return;
  const known = items.length > 1 ? `there are 0 to ${items.length - 1}` : 'there is only 0';
  throw new UsageError(`${origin}: ${place.join('.')} has no entry ${key}: ${known}.`);
}

function noPlace({ path, origin }: Override, earlier: readonly Override[]): UsageError {
  const inTheWay = earlier.findLast((one) => isWithin(path, one.path) && typeof one.value !== 'object');
  if (inTheWay === undefined) return new UsageError(`${origin}: there is no such place in the config.`);
  const value = show(inTheWay.value);
  return new UsageError(
    `${inTheWay.origin}: ${value} has no place for ${origin}: give a mapping or a list, or leave out one of them.`,
  );
}

/** Whether a place is another one or lies below it. */
export function isWithin(path: Path, other: Path): boolean {
  return other.every((part, i) => String(part) === String(path[i]));
}
