import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf, WorkError } from '../errors.js';
import { listed, plural } from './words.js';

/** The pictures of one class. */
export interface PictureClass {
  readonly name: string;
  /** Paths below the data folder, parts joined by `/`, sorted. */
  readonly pictures: readonly string[];
}

/** What a folder of pictures holds, classes sorted by name. */
export interface PictureFolders {
  readonly train: readonly PictureClass[];
  /** Undefined where the folder has no test part. */
  readonly test: readonly PictureClass[] | undefined;
}

const PICTURE = /\.(jpe?g|png|webp)$/i;
/** What the part for testing may be called; the first that is there is taken. */
const TEST_PARTS = ['test', 'val', 'validation'];
const PARTS = ['train', ...TEST_PARTS];
const CLASS_FOLDERS = 'expected a folder of pictures for each class';

/** Whether there is a folder or a picture in a folder, as in one that holds classes of pictures. */
export async function mayHoldPictures(folder: string): Promise<boolean> {
  const { folders, pictures } = await list(folder);
  return folders.length > 0 || pictures.length > 0;
}

/**
 * Finds the classes and pictures of `FOLDER/CLASS/*` or `FOLDER/{train,test}/CLASS/*`.
 * Names are sorted by their code units, whatever the language, so that a class has the same number everywhere;
 * hidden files, files of other kinds and folders within class folders do not count.
 * @throws WorkError for a folder whose classes cannot be learned
 */
export async function findPictures(folder: string): Promise<PictureFolders> {
  const { folders } = await list(folder);
  if (!(await hasParts(folder, folders))) return { train: await classesOf(folder, ''), test: undefined };
  if (!folders.includes('train'))
    throw new WorkError(
      `${folder} has a folder ${folders[0]} but no folder train; put the training images there.`,
    );
  const train = await classesOf(folder, 'train');
  const part = TEST_PARTS.find((name) => folders.includes(name));
  if (part === undefined) return { train, test: undefined };
  const test = await classesOf(folder, part);
  requireSameClasses(folder, train, { part, classes: test });
  return { train, test };
}

/** A class may be called "test" or "train": parts are folders of folders. */
async function hasParts(folder: string, folders: readonly string[]): Promise<boolean> {
  if (folders.length > 0 && folders.every((name) => PARTS.includes(name))) return true;
  return folders.includes('train') && (await list(join(folder, 'train'))).folders.length > 0;
}

async function classesOf(root: string, part: string): Promise<PictureClass[]> {
  const folder = join(root, part);
  const { folders: names, pictures } = await list(folder);
  const pattern = part === '' ? 'CLASS/*.jpg' : `${part}/CLASS/*.jpg`;
  if (names.length === 0) {
    const found = pictures.length > 0 ? 'holds pictures but no class folders' : 'has no class folders';
    throw new WorkError(`${folder} ${found}; ${CLASS_FOLDERS} (${pattern}, .png or .webp).`);
  }
  const classes = [];
  for (const name of names) {
    const inside = await list(join(folder, name));
    const prefix = part === '' ? name : `${part}/${name}`;
    classes.push({ name, pictures: inside.pictures.map((file) => `${prefix}/${file}`) });
  }
  requirePictures(folder, classes, pattern);
  return classes;
}

function requirePictures(folder: string, classes: readonly PictureClass[], pattern: string): void {
  const empty = classes.filter(({ pictures }) => pictures.length === 0).map(({ name }) => name);
  if (empty.length === classes.length)
    throw new WorkError(
      `${folder} has no pictures in its ${plural(empty.length, 'folder')} ${listed(empty, 3)}; ` +
        `${CLASS_FOLDERS} (${pattern}, .png or .webp).`,
    );
  if (empty.length > 0)
    throw new WorkError(
      `${folder} has no pictures in ${empty.length === 1 ? 'the class folder' : 'the class folders'} ` +
        `${listed(empty, 5)}; put JPEG, PNG or WebP files there, or remove ${empty.length === 1 ? 'it' : 'them'}.`,
    );
  if (classes.length === 1)
    throw new WorkError(
      `${folder} has only one class, ${classes[0]!.name}; ${CLASS_FOLDERS}, and at least two of them.`,
    );
}

function requireSameClasses(
  folder: string,
  train: readonly PictureClass[],
  test: { readonly part: string; readonly classes: readonly PictureClass[] },
): void {
  const without = (some: readonly PictureClass[], others: readonly PictureClass[]): string[] =>
    some.map(({ name }) => name).filter((name) => !others.some((other) => other.name === name));
  const only = [
    { part: 'train', names: without(train, test.classes) },
    { part: test.part, names: without(test.classes, train) },
  ].filter(({ names }) => names.length > 0);
  if (only.length === 0) return;
  const differences = only.map(({ part, names }) => `only ${part} has ${listed(names, 5)}`);
  throw new WorkError(
    `${folder} has different classes in train and ${test.part}: ${differences.join(', and ')}; ` +
      'both need the same class folders.',
  );
}

/** The visible folders and picture files in a folder, sorted. */
async function list(folder: string): Promise<{ folders: string[]; pictures: string[] }> {
  const found: { folders: string[]; pictures: string[] } = { folders: [], pictures: [] };
  for (const entry of await read(folder)) {
    if (entry.name.startsWith('.')) continue;
    const kind = entry.isSymbolicLink() ? await kindBehind(join(folder, entry.name)) : entry;
    if (kind?.isDirectory()) found.folders.push(entry.name);
    else if (kind?.isFile() && PICTURE.test(entry.name)) found.pictures.push(entry.name);
  }
  found.folders.sort();
  found.pictures.sort();
  return found;
}

async function read(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new WorkError(`The folder ${folder} could not be read (${codeOf(error) ?? messageOf(error)}).`);
  }
}

/** Nothing for a link that leads nowhere. */
function kindBehind(path: string) {
  return stat(path).catch(() => undefined);
}
