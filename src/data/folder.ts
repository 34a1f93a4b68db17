import { readdir } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { codeOf, messageOf, UsageError, WorkError } from '../errors.js';
import { missingFiles } from './cifar.js';
import type { Dataset, DatasetRequest } from './dataset.js';
import { findIdxFiles, IDX_ROLES, type IdxPaths, publishedName, readIdxDataset } from './idx-dataset.js';
import { readPictureFolder } from './picture-dataset.js';
import { mayHoldPictures } from './picture-folders.js';
import { CIFAR10, CIFAR10_NAMES } from './sources.js';
import { listed } from './words.js';

/** A kind of folder that holds a data set of the user's own. */
export interface FolderReader {
  /** What such a folder holds, for the error that lists what is known. */
  readonly holds: string;
  recognises(folder: string): Promise<boolean>;
  read(folder: string, request: DatasetRequest): Promise<Dataset>;
}

const IDX_FOLDER: FolderReader = {
  holds: `IDX files (${IDX_ROLES.map(publishedName).join(', ')}, gzipped or not)`,
  async recognises(folder) {
    return Object.keys(await findIdxFiles(folder)).length > 0;
  },
  async read(folder, request) {
    const files = await findIdxFiles(folder);
    const missing = IDX_ROLES.filter((role) => files[role] === undefined).map(publishedName);
    if (missing.length > 0)
      throw new WorkError(
        `${folder} holds a data set of IDX files, but not all of them: put ${missing.join(' and ')} there too.`,
      );
    const name = basename(folder);
    const remedy = 'replace it with an undamaged copy';
    const { dataset } = await readIdxDataset(files as IdxPaths, { name, origin: folder, remedy });
    // The files do not say how many classes there are, only which of them occur.
    const classes = Array.from(
      { length: Math.max(dataset.classes.length, request.classes) },
      (_, i) => `${i}`,
    );
    return { ...dataset, classes };
  },
};

const CIFAR_FOLDER: FolderReader = {
  holds: `CIFAR-10's binary version (${CIFAR10_NAMES.archive}, or its files ${CIFAR10_NAMES.train[0]!.name} and so on)`,
  async recognises(folder) {
    const { archive } = await CIFAR10.format.find(folder);
    const files = CIFAR10_NAMES.train.length + CIFAR10_NAMES.test.length;
    return archive !== undefined || (await missingFiles(CIFAR10_NAMES, folder)).length < files;
  },
  async read(folder) {
    const files = await CIFAR10.format.find(folder);
    if (files.archive === undefined) {
      const missing = await missingFiles(CIFAR10_NAMES, folder);
      throw new WorkError(
        `${folder} holds CIFAR-10's binary version, but not all of it: put ${listed(missing, missing.length)} there too.`,
      );
    }
    const about = { origin: folder, remedy: 'replace it with an undamaged copy' };
    return (await CIFAR10.format.read(CIFAR10, files, about)).dataset;
  },
};

const PICTURE_FOLDER: FolderReader = {
  holds:
    'a folder of pictures for each class (CLASS/*.jpg, or train/CLASS/*.jpg, val/CLASS/*.jpg and test/CLASS/*.jpg)',
  recognises: mayHoldPictures,
  read: readPictureFolder,
};

/** Every kind of folder that can be read; a new kind is a line here. */
const READERS: readonly FolderReader[] = [IDX_FOLDER, CIFAR_FOLDER, PICTURE_FOLDER];

/**
 * Reads a data set from a folder of the user's own.
 * @throws WorkError where there is no such folder, or nothing in it that is known.
 */
export async function readFolder(request: DatasetRequest): Promise<Dataset> {
  const folder = resolve(request.name);
  try {
    await readdir(folder);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT')
      throw new UsageError(`There is no data folder ${folder}; expected the name of a data set or a folder.`);
    if (code === 'ENOTDIR')
      throw new UsageError(`${folder} is a file; expected the folder that holds a data set's files.`);
    throw new WorkError(`The data folder ${folder} could not be read (${code ?? messageOf(error)}).`);
  }
  for (const reader of READERS) if (await reader.recognises(folder)) return reader.read(folder, request);
  const known = READERS.map(({ holds }) => holds).join(', or ');
  throw new WorkError(`${folder} holds no data set that is known here; expected ${known}.`);
}
