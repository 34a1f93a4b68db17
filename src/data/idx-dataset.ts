import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkError } from '../errors.js';
import type { Dataset, Split } from './dataset.js';
import { type IdxFile, readIdx } from './idx.js';
import { memorySplit } from './splits.js';

/** The four files of a data set in MNIST's form, in the order in which they are named and fetched. */
export const IDX_ROLES = ['trainImages', 'trainLabels', 'testImages', 'testLabels'] as const;
export type IdxRole = (typeof IDX_ROLES)[number];
export type IdxPaths = Readonly<Record<IdxRole, string>>;

/** The names that a file goes by, without the `.gz` it may end in; the first is the published one. */
const NAMES: Readonly<Record<IdxRole, readonly [string, string]>> = {
  trainImages: ['train-images-idx3-ubyte', 'train-images.idx3-ubyte'],
  trainLabels: ['train-labels-idx1-ubyte', 'train-labels.idx1-ubyte'],
  testImages: ['t10k-images-idx3-ubyte', 't10k-images.idx3-ubyte'],
  testLabels: ['t10k-labels-idx1-ubyte', 't10k-labels.idx1-ubyte'],
};

/** The name under which a file is published and fetched. */
export function publishedName(role: IdxRole): string {
  return `${NAMES[role][0]}.gz`;
}

/** The paths of those of the four files that a folder holds, gzipped or not. */
export async function findIdxFiles(folder: string): Promise<Partial<IdxPaths>> {
  const entries = new Set(await readdir(folder));
  const paths: Partial<Record<IdxRole, string>> = {};
  for (const role of IDX_ROLES) {
    const name = NAMES[role]
      .flatMap((stem) => [`${stem}.gz`, stem])
      .find((candidate) => entries.has(candidate));
    if (name !== undefined) paths[role] = join(folder, name);
  }
  return paths;
}

export interface IdxDescription {
  readonly name: string;
  /** Labels of the classes; without them the labels are numbers, and as many as the data needs. */
  readonly classes?: readonly string[];
  readonly origin: string;
  /** What to do with a bad file: "delete it, and the next run fetches it again". */
  readonly remedy: string;
}

/**
 * Reads the four files of a data set into memory, where its images stay bytes.
 * @returns the data set and the SHA-256 of each uncompressed file.
 * @throws WorkError for a file that is damaged, and for files that do not belong together.
 */
export async function readIdxDataset(
  paths: IdxPaths,
  about: IdxDescription,
): Promise<{ dataset: Dataset; sha256: Readonly<Record<IdxRole, string>> }> {
  const read = (role: IdxRole): Promise<IdxFile> =>
    readIdx(paths[role], { holds: role.endsWith('Images') ? 'images' : 'labels', remedy: about.remedy });
  const files = {
    trainImages: await read('trainImages'),
    trainLabels: await read('trainLabels'),
    testImages: await read('testImages'),
    testLabels: await read('testLabels'),
  };
  const [, height, width] = files.trainImages.shape;
  const [, testHeight, testWidth] = files.testImages.shape;
  if (height !== testHeight || width !== testWidth)
    throw new WorkError(
      `${paths.testImages} holds images of ${testHeight}x${testWidth}, but expected ${height}x${width} as in ` +
        `${paths.trainImages}; ${about.remedy}.`,
    );
  const classes = about.classes ?? numbered(files.trainLabels, files.testLabels);
  const sha256 = eachRole((role) => files[role].sha256);
  const dataset: Dataset = {
    name: about.name,
    shape: [height!, width!, 1],
    classes,
    identity: identityOf(sha256),
    origin: about.origin,
    train: split(files.trainImages, files.trainLabels, classes, about.remedy),
    test: split(files.testImages, files.testLabels, classes, about.remedy),
  };
  return { dataset, sha256 };
}

function split(images: IdxFile, labels: IdxFile, classes: readonly string[], remedy: string): Split {
  const [count, height, width] = images.shape;
  if (labels.data.length !== count)
    throw new WorkError(
      `${labels.path} holds ${labels.data.length} labels, but expected ${count}, one for each image of ` +
        `${images.path}; ${remedy}.`,
    );
  const wrong = labels.data.findIndex((label) => label >= classes.length);
  if (wrong >= 0)
    throw new WorkError(
      `${labels.path} gives image ${wrong} the label ${labels.data[wrong]}, but expected 0 to ` +
        `${classes.length - 1}; ${remedy}.`,
    );
  return memorySplit(images.data, Int32Array.from(labels.data), height! * width!);
}

/** Class labels "0", "1", ... up to the highest that is used. */
function numbered(...files: readonly IdxFile[]): string[] {
  const most = files.reduce((most, { data }) => data.reduce((a, b) => Math.max(a, b), most), 0);
  return Array.from({ length: most + 1 }, (_, i) => String(i));
}

/** One SHA-256 over those of the four files, so that it does not depend on how they were compressed or named. */
export function identityOf(sha256: Readonly<Record<IdxRole, string>>): string {
  const hash = createHash('sha256');
  for (const role of IDX_ROLES) hash.update(`${role} ${sha256[role]}\n`);
  return `sha256:${hash.digest('hex')}`;
}

export function eachRole<T>(value: (role: IdxRole) => T): Record<IdxRole, T> {
  return Object.fromEntries(IDX_ROLES.map((role) => [role, value(role)])) as Record<IdxRole, T>;
}
