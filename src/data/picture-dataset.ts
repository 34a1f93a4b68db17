import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { UsageError, WorkError } from '../errors.js';
import { randomStream } from '../random.js';
import { sizeOf } from '../tensor.js';
import type { Dataset, DatasetRequest } from './dataset.js';
import { checkFit } from './fit.js';
import { IMAGE_MEMORY_BYTES, memoryLeft } from './lazy-split.js';
import { inParallel } from './parallel.js';
import { checkPicture } from './picture-check.js';
import { findPictures, type PictureClass } from './picture-folders.js';
import { type Picture, pictureSplit } from './picture-split.js';
import { DECODES_AT_ONCE, RESIZE_VERSION } from './resize.js';
import { listed, plural, thousands } from './words.js';

/** Without a test part, this share of each class is kept aside for testing. */
const TEST_SHARE = 0.2;
/** Which pictures are for testing, and in which order pictures come, is the same whatever the seed of a run. */
const SEED = 1;
const PROGRESS_MS = 100;
/** Unusable pictures that a warning names. */
const MOST_NAMED = 3;

/** What makes a class's pictures into images for training and for testing. */
interface Parts {
  readonly train: readonly PictureClass[];
  readonly test: readonly PictureClass[];
}

/**
 * Reads a folder of pictures, `FOLDER/CLASS/*` or `FOLDER/{train,test}/CLASS/*`, as images of the shape that the model
 * wants. Which pictures can be used is found out here, so that a run sees the same ones from beginning to end; they
 * are decoded when they are read.
 * @throws WorkError for a folder that cannot be learned from; UsageError for a model that wants something else.
 */
export async function readPictureFolder(folder: string, request: DatasetRequest): Promise<Dataset> {
  const { shape, memoryBytes = IMAGE_MEMORY_BYTES } = request;
  const name = basename(folder);
  const found = await findPictures(folder);
  const classes = found.train.map((one) => one.name);
  requireChannels(name, shape);
  // Before thousands of files are opened for nothing.
  checkFit({ name, shape, classes }, request);
  const digests = await checkAll(folder, found, request);
  const usable = (some: readonly PictureClass[]): PictureClass[] =>
    some.map((one) => ({ ...one, pictures: one.pictures.filter((path) => digests.has(path)) }));
  const parts = partsOf(
    folder,
    { train: usable(found.train), test: found.test && usable(found.test) },
    request,
  );
  const [train, test] = [interleaved(parts.train), interleaved(parts.test)];
  const options = { ...request, folder, shape };
  const rest = memoryLeft(memoryBytes, train.length, sizeOf(shape));
  return {
    name,
    shape,
    classes,
    identity: identityOf(classes, { train, test }, digests),
    origin: folder,
    train: pictureSplit(train, { ...options, memoryBytes }),
    test: pictureSplit(test, { ...options, memoryBytes: rest }),
  };
}

function requireChannels(name: string, [, , channels]: DatasetRequest['shape']): void {
  if (channels === 1 || channels === 3) return;
  throw new UsageError(
    `The pictures of ${name} can be read in grey or in colour, with 1 channel or 3, but the model expects ${channels}.`,
  );
}

/**
 * Looks at every picture.
 * @returns the digest of each that can be used, by its path below the folder
 * @throws WorkError where none of a class can be used; with `strict`, where any cannot.
 */
async function checkAll(
  folder: string,
  found: { readonly train: readonly PictureClass[]; readonly test: readonly PictureClass[] | undefined },
  request: DatasetRequest,
): Promise<Map<string, Buffer>> {
  const classes = [...found.train, ...(found.test ?? [])];
  const paths = classes.flatMap(({ pictures }) => pictures);
  const digests = new Map<string, Buffer>();
  const problems = new Map<string, string>();
  let [done, reported] = [0, performance.now()];
  await inParallel(paths.length, DECODES_AT_ONCE, async (i) => {
    request.signal?.throwIfAborted();
    const { problem, digest } = await checkPicture(join(folder, paths[i]!), request.shape);
    if (problem === undefined) digests.set(paths[i]!, digest);
    else problems.set(paths[i]!, problem);
    done++;
    if (performance.now() - reported < PROGRESS_MS) return;
    reported = performance.now();
    const task = `Checking ${basename(folder)}`;
    request.notify({ kind: 'progress', task, done, total: paths.length, unit: 'images' });
  });
  report(folder, paths, problems, request);
  for (const { name, pictures } of classes)
    if (!pictures.some((path) => digests.has(path)))
      throw new WorkError(
        `${folder} has no picture of the class ${name} that can be used: ${examples(pictures, problems)}.`,
      );
  return digests;
}

function report(
  folder: string,
  paths: readonly string[],
  problems: ReadonlyMap<string, string>,
  { strict, notify }: DatasetRequest,
): void {
  if (problems.size === 0) return;
  const bad = paths.filter((path) => problems.has(path));
  if (bad.length === paths.length)
    throw new WorkError(
      `None of the ${thousands(paths.length)} ${plural(paths.length, 'picture')} in ${folder} can be used: ` +
        `${examples(bad, problems)}.`,
    );
  const what = `${thousands(bad.length)} of ${thousands(paths.length)} pictures in ${folder} cannot be used`;
  if (strict)
    throw new WorkError(
      `${what}: ${examples(bad, problems)}; mend or remove ${bad.length === 1 ? 'it' : 'them'}, or train without ` +
        `${bad.length === 1 ? 'it' : 'them'} by leaving out --strict.`,
    );
  const verb = bad.length === 1 ? 'is' : 'are';
  notify({ kind: 'warning', message: `${what} and ${verb} left out: ${examples(bad, problems)}.` });
}

/** "cats/a.jpg is empty, cats/b.jpg is cut short or damaged and 12 more" */
function examples(bad: readonly string[], problems: ReadonlyMap<string, string>): string {
  return listed(
    bad.map((path) => `${path} ${problems.get(path)}`),
    MOST_NAMED,
  );
}

/** The test part that is there, or else a share of each class, drawn at random. */
function partsOf(
  folder: string,
  { train, test }: { train: readonly PictureClass[]; test: readonly PictureClass[] | undefined },
  { notify }: DatasetRequest,
): Parts {
  if (test) return { train: train.map(shuffled), test: test.map(shuffled) };
  const cut = train.map(shuffled).map(({ name, pictures }) => {
    const kept = Math.min(pictures.length - 1, Math.max(1, Math.round(TEST_SHARE * pictures.length)));
    return { name, test: pictures.slice(0, kept), train: pictures.slice(kept) };
  });
  const count = cut.reduce((sum, one) => sum + one.test.length, 0);
  if (count === 0)
    throw new WorkError(
      `${folder} has one picture a class and no test part; put pictures to test with into ${folder}/test/CLASS.`,
    );
  const message =
    `${folder} has no test part: ${100 * TEST_SHARE} % of each class, ${thousands(count)} ` +
    `${plural(count, 'picture')} in all, are kept aside for testing, the same ones every time.`;
  notify({ kind: 'notice', message });
  return {
    train: cut.map((one) => ({ name: one.name, pictures: one.train })),
    test: cut.map((one) => ({ name: one.name, pictures: one.test })),
  };
}

/** In an order at random that pictures which are added later do not change. */
function shuffled({ name, pictures }: PictureClass): PictureClass {
  const drawn = pictures.map((path) => ({ path, place: randomStream(SEED, 'picture', path).uint32() }));
  drawn.sort((a, b) => a.place - b.place || (a.path < b.path ? -1 : 1));
  return { name, pictures: drawn.map(({ path }) => path) };
}

/** Classes take turns, each as often as its share of the pictures, so that `--limit` keeps the shares. */
function interleaved(classes: readonly PictureClass[]): Picture[] {
  const placed = classes.flatMap(({ pictures }, label) =>
    pictures.map((path, i) => ({ path, label, place: (i + 0.5) / pictures.length })),
  );
  return placed.sort((a, b) => a.place - b.place || a.label - b.label);
}

/** One SHA-256 over class names and each image's part, class, path and digest, in their order, and the resize rule. */
function identityOf(
  classes: readonly string[],
  parts: Readonly<Record<'train' | 'test', readonly Picture[]>>,
  digests: ReadonlyMap<string, Buffer>,
): string {
  const hash = createHash('sha256').update(`pictures v${RESIZE_VERSION}\n${JSON.stringify(classes)}\n`);
  for (const part of ['train', 'test'] as const)
    for (const { path, label } of parts[part])
      hash.update(`${part} ${label} ${JSON.stringify(path)} ${digests.get(path)!.toString('hex')}\n`);
  return `sha256:${hash.digest('hex')}`;
}
