import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { codeOf, messageOf, WorkError } from '../../base/errors.js';
import { listed, plural } from '../../base/text/words.js';
import type { PartName } from '../sets/dataset.js';
import { PICTURE_ENDING, PICTURE_KINDS } from './picture-format.js';

/** The pictures of one class. */
export interface PictureClass {
  /** In Unicode's composed form (NFC), however the folder's name is written. */
  readonly name: string;
  /** Paths below the data folder, parts joined by `/`, sorted. */
  readonly pictures: readonly string[];
}

/** A part of a folder of pictures, its classes sorted by name. */
interface PicturePart {
  /** The folder's name: "valid"; empty where the whole folder is meant. */
  readonly folder: string;
  readonly classes: readonly PictureClass[];
}

/** What a folder of pictures holds. */
export interface PictureFolders {
  /** A folder without parts has `train` alone. */
  readonly parts: Readonly<Partial<Record<PartName, PicturePart>>>;
  /** The names of the classes, sorted: those of train where there is one, else those of the other parts together. */
  readonly classes: readonly string[];
  /** Files in class folders that are no pictures of a kind that is read, by what their names end in. */
  readonly otherFiles: ReadonlyMap<string, number>;
  /** Pipes, devices and sockets in class folders. */
  readonly pipes: readonly string[];
  /** Pictures that lie in no class folder. */
  readonly strayPictures: readonly string[];
  /** Folders within class folders that have pictures, which are of the class. */
  readonly innerFolders: readonly string[];
  /** Folders beside the parts. */
  readonly strayFolders: readonly string[];
}

/** What the folders of the parts may be called, in capitals or not. */
const PART_NAMES: Readonly<Record<PartName, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['val', 'valid', 'validation', 'dev'],
  test: ['test', 'testing'],
};
/** What systems and programs leave behind, besides hidden files. */
const LITTER = /^(\..*|__MACOSX|Thumbs\.db|desktop\.ini|@eaDir|Icon\r)$/i;
const CLASS_FOLDERS = 'expected a folder of pictures for each class';

/** Whether there is a folder or a picture in a folder, as in one that holds classes of pictures. */
export async function mayHoldPictures(folder: string): Promise<boolean> {
  const { folders, pictures } = await list(folder);
  return folders.length > 0 || pictures.length > 0;
}

/**
 * Finds the classes and pictures of `FOLDER/CLASS/**` or `FOLDER/{train,val,test}/CLASS/**`.
 * Names are sorted by their code units, whatever the language, so that a class has the same number everywhere.
 * @throws WorkError for a folder whose classes cannot be learned or evaluated
 */
export async function findPictures(folder: string): Promise<PictureFolders> {
  const top = await list(folder);
  const found = new Found();
  const parts: Partial<Record<PartName, PicturePart>> = {};
  let strayFolders: string[] = [];
  if (await hasParts(folder, top.folders)) {
    for (const [part, name] of partFolders(folder, top.folders))
      parts[part] = { folder: name, classes: await classesOf(folder, name, found) };
    const used = Object.values(parts).map((part) => part.folder);
    strayFolders = top.folders.filter((name) => !used.includes(name));
    for (const name of top.pictures) found.stray.push(name);
  } else {
    parts.train = { folder: '', classes: await classesOf(folder, '', found) };
  }
  return {
    parts,
    classes: classNames(folder, parts),
    otherFiles: found.others,
    pipes: found.pipes,
    strayPictures: found.stray,
    innerFolders: found.inner,
    strayFolders,
  };
}

/** What was met on the way that is no picture of a class. */
class Found {
  readonly others = new Map<string, number>();
  readonly pipes: string[] = [];
  readonly stray: string[] = [];
  readonly inner: string[] = [];

  noteOther(name: string): void {
    const ending = extname(name).toLowerCase() || 'without an ending';
    this.others.set(ending, (this.others.get(ending) ?? 0) + 1);
  }
}

/** The part that a folder's name stands for. */
function partOf(name: string): PartName | undefined {
  const lower = name.toLowerCase();
  return (Object.keys(PART_NAMES) as PartName[]).find((part) => PART_NAMES[part].includes(lower));
}

/** A class may be called "test" or "train": parts are folders of folders, and one of them is train. */
async function hasParts(folder: string, folders: readonly string[]): Promise<boolean> {
  if (folders.length > 0 && folders.every((name) => partOf(name) !== undefined)) return true;
  const parts = [];
  for (const name of folders) {
    const part = partOf(name);
    if (part === undefined) continue;
    const inside = await list(join(folder, name));
    if (inside.folders.length > 0) parts.push({ part, loose: inside.pictures.length });
  }
  const train = parts.find(({ part }) => part === 'train');
  return train !== undefined && (train.loose === 0 || parts.length > 1);
}

function partFolders(folder: string, folders: readonly string[]): [PartName, string][] {
  return (Object.keys(PART_NAMES) as PartName[]).flatMap((part) => {
    const names = folders.filter((name) => partOf(name) === part);
    if (names.length > 1)
      throw new WorkError(
        `${folder} has ${listed(names, names.length)}, which all mean the ${part} part; put their pictures into one of them.`,
      );
    return names.map((name): [PartName, string] => [part, name]);
  });
}

async function classesOf(root: string, part: string, found: Found): Promise<PictureClass[]> {
  const folder = join(root, part);
  const { folders, pictures } = await list(folder);
  const pattern = part === '' ? 'CLASS/*.jpg' : `${part}/CLASS/*.jpg`;
  if (folders.length === 0) {
    const state = pictures.length > 0 ? 'holds pictures but no class folders' : 'has no class folders';
    throw new WorkError(`${folder} ${state}; ${CLASS_FOLDERS} (${pattern}, .png, .webp, ...).`);
  }
  const below = (name: string): string => (part === '' ? name : `${part}/${name}`);
  for (const name of pictures) found.stray.push(below(name));
  const classes = new Map<string, string[]>();
  for (const folderName of folders) {
    // Two spellings of a name are one class.
    const name = folderName.normalize('NFC');
    const inside = await picturesBelow(root, below(folderName), found);
    classes.set(name, [...(classes.get(name) ?? []), ...inside].sort());
  }
  const sorted = [...classes].map(([name, inside]) => ({ name, pictures: inside }));
  sorted.sort((a, b) => (a.name < b.name ? -1 : 1));
  requirePictures(folder, partOf(part), sorted, pattern);
  return sorted;
}

/** All pictures of a class folder and of the folders in it, as paths below `root`. */
async function picturesBelow(root: string, path: string, found: Found): Promise<string[]> {
  const { folders, pictures, others, pipes, loops } = await list(join(root, path));
  for (const name of pipes) found.pipes.push(`${path}/${name}`);
  for (const name of others) found.noteOther(name);
  const all = pictures.map((name) => `${path}/${name}`);
  for (const name of folders) {
    if (loops.has(name)) continue;
    const inside = await picturesBelow(root, `${path}/${name}`, found);
    if (inside.some((picture) => picture.lastIndexOf('/') === `${path}/${name}`.length))
      found.inner.push(`${path}/${name}`);
    for (const picture of inside) all.push(picture);
  }
  return all;
}

function requirePictures(
  folder: string,
  part: PartName | undefined,
  classes: readonly PictureClass[],
  pattern: string,
): void {
  const empty = classes.filter(({ pictures }) => pictures.length === 0).map(({ name }) => name);
  if (empty.length === classes.length)
    throw new WorkError(
      `${folder} has no pictures in its ${plural(empty.length, 'folder')} ${listed(empty, 3)}; ` +
        `${CLASS_FOLDERS} (${pattern}, .png, .webp, ...).`,
    );
  // A class that is learned need not be tested.
  if (part === 'test' || part === 'validation') return;
  if (empty.length > 0)
    throw new WorkError(
      `${folder} has no pictures in ${empty.length === 1 ? 'the class folder' : 'the class folders'} ` +
        `${listed(empty, 5)}; put ${PICTURE_KINDS} files there, or remove ${empty.length === 1 ? 'it' : 'them'}.`,
    );
  if (classes.length === 1)
    throw new WorkError(
      `${folder} has only one class, ${classes[0]!.name}; ${CLASS_FOLDERS}, and at least two of them.`,
    );
}

/** @throws WorkError for classes to be tested that are not learned */
function classNames(folder: string, parts: PictureFolders['parts']): string[] {
  const names = (part: PicturePart | undefined): string[] => part?.classes.map(({ name }) => name) ?? [];
  const { train, validation, test } = parts;
  if (train === undefined) return [...new Set([...names(validation), ...names(test)])].sort();
  const learned = names(train);
  for (const part of [validation, test]) {
    const more = names(part).filter((name) => !learned.includes(name));
    if (part === undefined || more.length === 0) continue;
    const [noun, they, them] = more.length === 1 ? ['class', 'it', 'it'] : ['classes', 'they', 'them'];
    throw new WorkError(
      `${folder} has the ${noun} ${listed(more, 5)} in ${part.folder} but not in ${train.folder}, so ${they} cannot be ` +
        `learned; put pictures of ${them} into ${train.folder} too, or remove ${them}.`,
    );
  }
  return learned;
}

interface Listing {
  readonly folders: string[];
  readonly pictures: string[];
  /** Files of other kinds. */
  readonly others: string[];
  /** Pipes, devices and sockets: reading one may never end. */
  readonly pipes: string[];
  /** Those of the folders that are links to a folder which they lie in. */
  readonly loops: Set<string>;
}

/** What lies in a folder, sorted; hidden files and what systems leave behind do not count. */
async function list(folder: string): Promise<Listing> {
  const found: Listing = { folders: [], pictures: [], others: [], pipes: [], loops: new Set() };
  for (const entry of await read(folder)) {
    const { name } = entry;
    if (LITTER.test(name)) continue;
    const path = join(folder, name);
    const kind = entry.isSymbolicLink() ? await kindBehind(path) : entry;
    if (kind?.isDirectory()) {
      found.folders.push(name);
      if (entry.isSymbolicLink() && (await leadsUp(folder, path))) found.loops.add(name);
    } else if (kind === undefined || kind.isFile())
      (PICTURE_ENDING.test(name) ? found.pictures : found.others).push(name);
    else found.pipes.push(name);
  }
  for (const names of [found.folders, found.pictures, found.others, found.pipes]) names.sort();
  return found;
}

async function leadsUp(folder: string, link: string): Promise<boolean> {
  const [from, to] = [await realpath(folder), await realpath(link)];
  return `${from}${sep}`.startsWith(`${to}${sep}`);
}

async function read(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new WorkError(`The folder ${folder} could not be read (${codeOf(error) ?? messageOf(error)}).`);
  }
}

/** Nothing for a link that leads nowhere: as a picture it is one that cannot be read. */
function kindBehind(path: string) {
  return stat(path).catch(() => undefined);
}
