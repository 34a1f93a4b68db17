import { readdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { codeOf, messageOf, UsageError, WorkError } from '../base/errors.js';
import { exists } from '../base/files/folders.js';
import { formatInteger } from '../base/text/format.js';
import { cut } from '../base/text/visible.js';
import { listed, plural } from '../base/text/words.js';
import { missingFiles } from './formats/cifar.js';
import { CSV } from './formats/csv-sets.js';
import { foreignFile, foreignFolder } from './formats/foreign-data.js';
import { IDX_ROLES, publishedName } from './formats/idx-dataset.js';
import { numbersAt, numbersIn, OWN_REMEDY, readNumbers } from './formats/number-folders.js';
import { firstLines } from './formats/pixel-csv.js';
import { readPictureFolder } from './pictures/picture-dataset.js';
import { mayHoldPictures } from './pictures/picture-folders.js';
import type { Dataset, DatasetRequest } from './sets/dataset.js';
import { CIFAR10, CIFAR10_NAMES } from './sources/sources.js';

/** A kind of folder that holds a data set of the user's own. */
interface FolderReader {
  /** What such a folder holds, for the error that lists what is known. */
  readonly holds: string;
  /** @returns what reads it; undefined for a folder of another kind */
  open(folder: string): Promise<((request: DatasetRequest) => Promise<Dataset>) | undefined>;
}

const NUMBER_FOLDER: FolderReader = {
  holds:
    `IDX files (${IDX_ROLES.map(publishedName).join(', ')}, gzipped or not), Keras's mnist.npz, tables of pixels ` +
    '(train.csv, test.csv)',
  async open(folder) {
    const data = await numbersIn(folder);
    return data && ((request) => readNumbers(data, folder, request));
  },
};

const CIFAR_FOLDER: FolderReader = {
  holds: `CIFAR-10's binary version (${CIFAR10_NAMES.archive}, or its files ${CIFAR10_NAMES.train[0]!.name} and so on)`,
  async open(folder) {
    const { archive } = await CIFAR10.format.find(folder);
    const files = CIFAR10_NAMES.train.length + CIFAR10_NAMES.test.length;
    const isThere = archive !== undefined || (await missingFiles(CIFAR10_NAMES, folder)).length < files;
    return isThere ? () => readCifar(folder) : undefined;
  },
};

async function readCifar(folder: string): Promise<Dataset> {
  const files = await CIFAR10.format.find(folder);
  if (files.archive === undefined) {
    const missing = await missingFiles(CIFAR10_NAMES, folder);
    throw new WorkError(
      `${folder} holds CIFAR-10's binary version, but not all of it: put ${listed(missing, missing.length)} there too.`,
    );
  }
  const about = { origin: folder, remedy: OWN_REMEDY };
  return (await CIFAR10.format.read(CIFAR10, files, about)).dataset;
}

const PICTURE_FOLDER: FolderReader = {
  holds:
    'a folder of pictures for each class (CLASS/*.jpg, or train/CLASS/*.jpg, val/CLASS/*.jpg and test/CLASS/*.jpg)',
  async open(folder) {
    const foreign = await foreignFolder(folder);
    if (foreign) throw foreign;
    return (await mayHoldPictures(folder)) ? (request) => readPictureFolder(folder, request) : undefined;
  },
};

/** Every kind of folder that can be read; a new kind is a line here. */
const READERS: readonly FolderReader[] = [NUMBER_FOLDER, CIFAR_FOLDER, PICTURE_FOLDER];

/**
 * Reads a data set from a folder or a file of the user's own.
 * @throws UsageError where there is no such folder; WorkError where nothing in it is known.
 */
export async function readFolder(request: DatasetRequest): Promise<Dataset> {
  const folder = resolve(request.name);
  try {
    await readdir(folder);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return readFile(folder, code, request);
    throw new WorkError(`The data folder ${folder} could not be read (${code ?? messageOf(error)}).`);
  }
  for (const reader of READERS) {
    const read = await reader.open(folder);
    if (read) return read(request);
  }
  const known = READERS.map(({ holds }) => holds).join(', or ');
  throw new WorkError(`${folder} holds no data set that is known here; expected ${known}.`);
}

/**
 * Looks whether there is a folder or a file of a data set, without reading it.
 * @throws UsageError where there is none
 */
export async function requireFolder(name: string): Promise<void> {
  const path = resolve(name);
  if (!exists(path) && !(await numbersAt(path))) throw noFolder(path);
}

function noFolder(path: string): UsageError {
  return new UsageError(`There is no data folder ${path}; expected the name of a data set or a folder.`);
}

/** Reads the data set that a file holds or belongs to. */
async function readFile(path: string, code: 'ENOENT' | 'ENOTDIR', request: DatasetRequest): Promise<Dataset> {
  const data = await numbersAt(path);
  if (data) return readNumbers(data, path, request);
  if (code === 'ENOENT') throw noFolder(path);
  if (basename(path) === CIFAR10_NAMES.archive) return readCifar(dirname(path));
  throw (
    foreignFile(path, basename(path)) ??
    new UsageError(
      `${path} is a file that holds no data set; expected a folder, an IDX file, Keras's mnist.npz, or a table of ` +
        `pixels (label,pixel0,pixel1, ... or without label).${await misunderstoodTable(path)}`,
    )
  );
}

/** What a CSV file has instead of the heading of a table of pixels. */
async function misunderstoodTable(path: string): Promise<string> {
  const [heading] = CSV.test(path) ? await firstLines(path) : [];
  if (heading === undefined) return '';
  const begin = cut(heading.slice(0, 3).join(), 40);
  return (
    ` Its first line, ${begin}${heading.length > 3 ? ', ...' : ''} (${formatInteger(heading.length)} ` +
    `${plural(heading.length, 'column')}), is not understood: expected a column called label, or none, and as many ` +
    'others as a square has pixels, such as 784, with whole numbers from 0 to 255 below.'
  );
}
