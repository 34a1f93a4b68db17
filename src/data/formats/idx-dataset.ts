import { createHash } from 'node:crypto';
import { WorkError } from '../../base/errors.js';
import { permutation, randomStream } from '../../base/random.js';
import { formatInteger } from '../../base/text/format.js';
import { plural } from '../../base/text/words.js';
import type { Dataset, Split } from '../sets/dataset.js';
import { memorySplit, subset } from '../sets/splits.js';
import { type IdxFile, readIdx } from './idx.js';
import { IDX_ROLES, type IdxPaths, type IdxRole } from './idx-names.js';

export { eachRole, IDX_ROLES, type IdxPaths, type IdxRole, publishedName } from './idx-names.js';

interface IdxDescription {
  readonly name: string;
  /** Labels of the classes; without them the labels are numbers, and as many as the data needs. */
  readonly classes?: readonly string[];
  readonly origin: string;
  /** What to do with a bad file: "delete it, and the next run fetches it again". */
  readonly remedy: string;
  /** How the images differ from what the files hold, as a part of their identity. */
  readonly variant?: string;
}

/** Images and their labels. */
export interface LabelledImages {
  readonly images: IdxFile;
  readonly labels: IdxFile;
}

/** The parts that a data set came with: one of them at least. */
export interface LabelledParts {
  readonly train?: LabelledImages;
  readonly test?: LabelledImages;
}

interface AssembledDataset {
  readonly dataset: Dataset;
  /** Of the content of each part, as IDX files hold it. */
  readonly sha256: Readonly<Partial<Record<IdxRole, string>>>;
  /** What people should know of it, as sentences. */
  readonly notices: readonly string[];
}

/** Without a test part, this share of each class is kept aside for testing. */
const TEST_SHARE = 0.2;
/** Which images are for testing is the same whatever the seed of a run. */
const SEED = 1;

/**
 * Reads the four files of a data set into memory, where its images stay bytes.
 * @throws WorkError for a file that is damaged, and for files that do not belong together.
 */
export async function readIdxDataset(paths: IdxPaths, about: IdxDescription): Promise<AssembledDataset> {
  return assemble(await readIdxParts(paths, about.remedy), about);
}

/** @throws WorkError for a file that is damaged */
export async function readIdxParts(paths: IdxPaths, remedy: string): Promise<Required<LabelledParts>> {
  const read = (role: IdxRole): Promise<IdxFile> =>
    readIdx(paths[role], { holds: role.endsWith('Images') ? 'images' : 'labels', remedy });
  return {
    train: { images: await read('trainImages'), labels: await read('trainLabels') },
    test: { images: await read('testImages'), labels: await read('testLabels') },
  };
}

/**
 * Makes a data set of images and labels; where there is no test part, some of each class are kept aside.
 * @throws WorkError for parts that do not belong together
 */
export function assemble({ train, test }: LabelledParts, about: IdxDescription): AssembledDataset {
  const first = (train ?? test)!;
  const [, height, width, channels = 1] = first.images.shape;
  if (train && test) requireSameSize(train.images, test.images, about.remedy);
  const labels = [train, test].flatMap((part) => (part ? [part.labels] : []));
  const classes = about.classes ?? numbered(labels);
  const { remedy } = about;
  const none = memorySplit(new Uint8Array(), new Int32Array(), 1);
  const whole = train ? split(train, classes, remedy) : none;
  const parts =
    train && test === undefined
      ? keptAside(whole, classes.length)
      : { train: whole, test: test ? split(test, classes, remedy) : none };
  const sha256 = {
    ...(train && { trainImages: train.images.sha256, trainLabels: train.labels.sha256 }),
    ...(test && { testImages: test.images.sha256, testLabels: test.labels.sha256 }),
  };
  const dataset: Dataset = {
    name: about.name,
    shape: [height!, width!, channels],
    classes,
    identity: identityOf(sha256, about.variant),
    origin: about.origin,
    ...parts,
  };
  return { dataset, sha256, notices: test ? [] : [keptNotice(about.origin, parts.test.count)] };
}

function keptNotice(origin: string, count: number): string {
  return (
    `${origin} has no test images with labels: ${100 * TEST_SHARE} % of each class, ${formatInteger(count)} ` +
    `${plural(count, 'image')} in all, are kept aside for testing, the same ones every time.`
  );
}

/** Takes a share of each class away for testing, drawn at random; both parts keep the order of the whole. */
function keptAside(whole: Split, classes: number): { train: Split; test: Split } {
  const byClass = Array.from({ length: classes }, () => [] as number[]);
  for (const index of permutation(whole.count, randomStream(SEED, 'test'))) {
    byClass[whole.labels[index]!]!.push(index);
  }
  const kept = new Set(
    byClass.flatMap((indices) => indices.slice(0, Math.round(TEST_SHARE * indices.length))),
  );
  const all = Uint32Array.from({ length: whole.count }, (_, i) => i);
  return {
    train: subset(
      whole,
      all.filter((i) => !kept.has(i)),
    ),
    test: subset(
      whole,
      all.filter((i) => kept.has(i)),
    ),
  };
}

const sizeText = ({ shape }: IdxFile): string => shape.slice(1).join('x');

function requireSameSize(train: IdxFile, test: IdxFile, remedy: string): void {
  if (sizeText(train) === sizeText(test)) return;
  throw new WorkError(
    `${test.path} holds images of ${sizeText(test)}, but expected ${sizeText(train)} as in ` +
      `${train.path}; ${remedy}.`,
  );
}

function split({ images, labels }: LabelledImages, classes: readonly string[], remedy: string): Split {
  const [count, ...image] = images.shape;
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
  const imageBytes = image.reduce((product, extent) => product * extent, 1);
  return memorySplit(images.data, Int32Array.from(labels.data), imageBytes);
}

/** Class labels "0", "1", ... up to the highest that is used. */
function numbered(files: readonly IdxFile[]): string[] {
  const most = files.reduce((most, { data }) => data.reduce((a, b) => Math.max(a, b), most), 0);
  return Array.from({ length: most + 1 }, (_, i) => String(i));
}

/** One SHA-256 over those of the four files, so that it does not depend on how they were compressed or named. */
function identityOf(sha256: Readonly<Partial<Record<IdxRole, string>>>, variant?: string): string {
  const hash = createHash('sha256');
  for (const role of IDX_ROLES) if (sha256[role]) hash.update(`${role} ${sha256[role]}\n`);
  if (variant !== undefined) hash.update(`${variant}\n`);
  return `sha256:${hash.digest('hex')}`;
}
