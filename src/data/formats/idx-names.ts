import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The four files of a data set in MNIST's form, in the order in which they are named and fetched. */
export const IDX_ROLES = ['trainImages', 'trainLabels', 'testImages', 'testLabels'] as const;
export type IdxRole = (typeof IDX_ROLES)[number];
export type IdxPaths = Readonly<Record<IdxRole, string>>;

const PUBLISHED: Readonly<Record<IdxRole, string>> = {
  trainImages: 'train-images-idx3-ubyte.gz',
  trainLabels: 'train-labels-idx1-ubyte.gz',
  testImages: 't10k-images-idx3-ubyte.gz',
  testLabels: 't10k-labels-idx1-ubyte.gz',
};

/** The name under which a file is published and fetched. */
export function publishedName(role: IdxRole): string {
  return PUBLISHED[role];
}

/** Files of one data set that lie together: several may share a folder, told apart by what their names begin with. */
export interface IdxSet {
  /** "" for MNIST's own names, "emnist-letters" for `emnist-letters-train-images-idx3-ubyte.gz`. */
  readonly prefix: string;
  readonly folder: string;
  readonly paths: Partial<IdxPaths>;
}

/** Also `train-images.idx3-ubyte` and `test-images-idx3-ubyte`, gzipped or not. */
const NAME = /^(?:(.+)-)?(train|t10k|test)-(images|labels)[-.]idx\d[-.]ubyte(\.gz)?$/i;

interface Named {
  readonly prefix: string;
  readonly role: IdxRole;
  /** Of several files for one role the one with the lowest number is taken. */
  readonly rank: number;
}

/** What the name of an IDX file says; undefined for other names. */
export function readIdxName(name: string): Named | undefined {
  const found = NAME.exec(name);
  if (found === null) return undefined;
  const [, prefix = '', part, what, gz] = found;
  const side = part!.toLowerCase() === 'train' ? 'train' : 'test';
  const role = `${side}${what!.toLowerCase() === 'images' ? 'Images' : 'Labels'}` as IdxRole;
  const rank =
    (gz ? 0 : 1) + (name.includes('.idx') ? 2 : 0) + (part!.toLowerCase() === 'test' && !prefix ? 4 : 0);
  return { prefix: prefix.toLowerCase(), role, rank };
}

/** The data sets of IDX files that lie in a folder, complete or not, sorted by their prefixes. */
export async function idxSetsIn(folder: string): Promise<IdxSet[]> {
  const sets = new Map<string, Map<IdxRole, { path: string; rank: number }>>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const named = readIdxName(entry.name);
    if (named === undefined) continue;
    const path = entry.isDirectory()
      ? await fileInside(join(folder, entry.name), named)
      : join(folder, entry.name);
    if (path === undefined) continue;
    const { prefix, role, rank } = named;
    const files = sets.get(prefix) ?? new Map();
    sets.set(prefix, files);
    const taken = files.get(role);
    if (taken === undefined || rank < taken.rank) files.set(role, { path, rank });
  }
  return [...sets]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([prefix, files]) => ({
      prefix,
      folder,
      paths: Object.fromEntries([...files].map(([role, { path }]) => [role, path])),
    }));
}

/** Some archives have a folder of the file's name around each file. */
async function fileInside(folder: string, { role }: Named): Promise<string | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const inside = entries.find((entry) => !entry.isDirectory() && readIdxName(entry.name)?.role === role);
  return inside && join(folder, inside.name);
}

/** The paths of those of the four files that a folder holds under MNIST's own names. */
export async function findIdxFiles(folder: string): Promise<Partial<IdxPaths>> {
  return (await idxSetsIn(folder)).find(({ prefix }) => prefix === '')?.paths ?? {};
}

export function eachRole<T>(value: (role: IdxRole) => T): Record<IdxRole, T> {
  return Object.fromEntries(IDX_ROLES.map((role) => [role, value(role)])) as Record<IdxRole, T>;
}
