import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WorkError } from '../../base/errors.js';
import { listed } from '../../base/text/words.js';
import type { Dataset, DatasetRequest } from '../sets/dataset.js';
import { checkLabels } from '../sets/label-check.js';
import { CSV, type CsvSet, csvSetOf, csvSetsIn, readCsvParts } from './csv-sets.js';
import { isEmnist, readMapping, UPRIGHT, uprightParts } from './emnist.js';
import {
  assemble,
  IDX_ROLES,
  type IdxPaths,
  type LabelledParts,
  publishedName,
  readIdxParts,
} from './idx-dataset.js';
import { type IdxSet, idxSetsIn, readIdxName } from './idx-names.js';

/** What ends the sentence of an error about a damaged file of the user's own. */
export const OWN_REMEDY = 'replace it with an undamaged copy';
const NPZ = /\.npz$/i;

/** Data of the user's own whose images and labels are numbers: IDX files, an archive of NumPy, tables of pixels. */
type NumberData =
  | { readonly kind: 'idx'; readonly set: IdxSet }
  | { readonly kind: 'npz'; readonly path: string }
  | { readonly kind: 'csv'; readonly set: CsvSet };

/**
 * What of the kind a folder holds: IDX files there, in `raw/`, or in a `raw/` of a folder in it, as torchvision leaves
 * them; an archive of NumPy; tables of pixels.
 * @throws WorkError where it holds several data sets
 */
export async function numbersIn(folder: string): Promise<NumberData | undefined> {
  const sets = await idxSetsBelow(folder);
  if (sets.length > 0) return { kind: 'idx', set: only(folder, sets, idxSetName) };
  const archives = (await readdir(folder)).filter((name) => NPZ.test(name)).sort();
  if (archives.length > 0)
    return {
      kind: 'npz',
      path: join(
        folder,
        only(folder, archives, (name) => join(folder, name)),
      ),
    };
  const tables = await csvSetsIn(folder);
  if (tables.length === 0) return undefined;
  const nameOf = (set: CsvSet): string => (set.train ?? set.test)!.path;
  return { kind: 'csv', set: only(folder, tables, nameOf) };
}

/** What a file belongs to; a path such as FOLDER/emnist-letters stands for the files that begin so. */
export async function numbersAt(path: string): Promise<NumberData | undefined> {
  const [folder, name] = [dirname(path), basename(path)];
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile && NPZ.test(name)) return { kind: 'npz', path };
  if (isFile && CSV.test(name)) {
    const set = await csvSetOf(path);
    // A file of test images alone is what was asked for, not the ones beside it that it cannot be evaluated on.
    const hasLabels = set?.test?.path !== path || set.test.layout.labelAt !== undefined;
    return set && { kind: 'csv', set: hasLabels ? set : { ...set, train: undefined } };
  }
  const prefix = isFile ? readIdxName(name)?.prefix : name.toLowerCase();
  if (prefix === undefined) return undefined;
  const set = (await idxSetsIn(folder).catch(() => [])).find((one) => one.prefix === prefix);
  return set && { kind: 'idx', set };
}

function only<T>(folder: string, found: readonly T[], nameOf: (one: T) => string): T {
  if (found.length === 1) return found[0]!;
  throw new WorkError(
    `${folder} holds ${found.length} data sets; name one of them: ${listed(found.map(nameOf), 8)}.`,
  );
}

const idxSetName = ({ folder, prefix }: IdxSet): string => (prefix === '' ? folder : join(folder, prefix));

async function idxSetsBelow(folder: string): Promise<IdxSet[]> {
  for (const place of [folder, join(folder, 'raw')]) {
    const sets = await idxSetsIn(place).catch(() => []);
    if (sets.length > 0) return sets;
  }
  const found: IdxSet[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory())
      found.push(...(await idxSetsIn(join(folder, entry.name, 'raw')).catch(() => [])));
  return found;
}

/**
 * Reads data of the user's own.
 * @throws WorkError for files that are missing, damaged, or do not belong together
 */
export async function readNumbers(
  data: NumberData,
  asked: string,
  request: DatasetRequest,
): Promise<Dataset> {
  const notices: string[] = [];
  const parts = await readParts(data, notices);
  const prefix = data.kind === 'npz' ? '' : data.set.prefix;
  const folder = data.kind === 'npz' ? dirname(data.path) : data.set.folder;
  const about = { name: nameOf(data, asked), origin: asked, remedy: OWN_REMEDY };
  const isTurned = isEmnist(prefix);
  const mapping = isTurned ? await readMapping(folder, splitOf(prefix)) : undefined;
  if (isTurned)
    notices.push(
      `The images of ${about.name} are stored column by column, as EMNIST's are; they are turned upright.`,
    );
  const classes = mapping?.map(({ name }) => name);
  const read = isTurned
    ? assemble(uprightParts(parts, mapping), { ...about, classes, variant: UPRIGHT })
    : assemble(parts, about);
  for (const message of [...notices, ...read.notices]) request.notify({ kind: 'notice', message });
  if (classes !== undefined) return read.dataset;
  checkLabels(read.dataset, request);
  // The files do not say how many classes there are, only which of them occur.
  const count = Math.max(read.dataset.classes.length, request.classes);
  return { ...read.dataset, classes: Array.from({ length: count }, (_, i) => `${i}`) };
}

/** Tables of EMNIST are named `emnist-letters-train.csv`, and their prefix is that of the mapping. */
const splitOf = (prefix: string): string => prefix.replace(/[-_](train|test)?\.csv(\.gz)?$/, '');

/** "small" for a folder and for small/raw, "emnist-letters", "mnist.npz", "train.csv". */
function nameOf(data: NumberData, asked: string): string {
  if (data.kind === 'idx' && data.set.prefix !== '') return data.set.prefix;
  const name = basename(asked);
  return name === 'raw' ? basename(dirname(asked)) : name;
}

async function readParts(data: NumberData, notices: string[]): Promise<LabelledParts> {
  switch (data.kind) {
    case 'npz':
      return (await import('./npz.js')).readNpz(data.path, OWN_REMEDY);
    case 'csv':
      return readCsvParts(data.set, notices);
    case 'idx':
      return readIdxParts(completePaths(data.set), OWN_REMEDY);
  }
}

function completePaths({ folder, prefix, paths }: IdxSet): IdxPaths {
  const missing = IDX_ROLES.filter((role) => paths[role] === undefined);
  if (missing.length === 0) return paths as IdxPaths;
  const names = missing.map((role) =>
    prefix === '' ? publishedName(role) : `${prefix}-${publishedName(role).replace('t10k', 'test')}`,
  );
  throw new WorkError(
    `${folder} holds a data set of IDX files, but not all of them: put ${listed(names)} there too.`,
  );
}
