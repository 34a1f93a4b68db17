import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { UsageError, WorkError } from '../../base/errors.js';
import { pictureCacheFolder } from '../../base/files/user-cache.js';
import { loadSharp } from '../../base/machine/sharp.js';
import { sizeOf } from '../../base/tensor.js';
import { listed } from '../../base/text/words.js';
import type { Resize } from '../../recipe/pixels.js';
import { PictureCache } from '../cache/picture-cache.js';
import type { Dataset, DatasetRequest, PartName, Split } from '../sets/dataset.js';
import { checkFit } from '../sets/fit.js';
import { imageMemory, memoryLeft, tellFewKept } from '../sets/lazy-split.js';
import { subset } from '../sets/splits.js';
import { findPictures, type PictureFolders } from './picture-folders.js';
import { type OrderedParts, orderPictures, type Picture } from './picture-order.js';
import { tellOverlooked } from './picture-overlooked.js';
import { pictureSplit } from './picture-split.js';
import { type Decoded, Survey } from './picture-survey.js';
import { type Fingerprint, warnOfTwins } from './picture-twins.js';
import { RESIZE_VERSION } from './resize.js';

const PARTS = ['train', 'validation', 'test'] as const;
const MOST_NAMED = 5;

/**
 * Reads a folder of pictures, `FOLDER/CLASS/**` or `FOLDER/{train,val,test}/CLASS/**`, as images of the shape that the
 * model wants. Which pictures can be used is found out here, before anything is learned: all are looked at, and those
 * that `reads` asks for are decoded. A damaged one is left out, so that a run sees the same ones from beginning to end.
 * @throws WorkError for a folder that cannot be learned from; UsageError for a model that wants something else.
 */
export async function readPictureFolder(folder: string, request: DatasetRequest): Promise<Dataset> {
  const { shape } = request;
  const name = basename(folder);
  const found = await findPictures(folder);
  requireChannels(name, shape);
  // Before thousands of files are opened for nothing.
  checkFit({ name, shape, classes: found.classes }, request);
  tellOverlooked(folder, found, request);
  const survey = new Survey(folder, pathsOf(found));
  await survey.check(shape, request);
  requireLearnable(folder, found, survey, request);
  const ordered = orderPictures(folder, found, (path) => survey.digests.has(path), request.notify);
  const parts = await decodeParts(folder, ordered, survey, request);
  requireLearnable(folder, found, survey, request);
  survey.report(request);
  warnOfTwins(folder, fingerprints(ordered, parts, survey), request.notify);
  warnOfGaps(folder, found, ordered, survey, request.notify);
  const { train, validation, test } = parts;
  return {
    name,
    shape,
    classes: found.classes,
    identity: identityOf(found.classes, ordered, survey.digests, request.resize),
    origin: folder,
    train: train.split,
    ...(found.parts.validation && { validation: validation.split }),
    test: test.split,
  };
}

function requireChannels(name: string, [, , channels]: DatasetRequest['shape']): void {
  if (channels === 1 || channels === 3) return;
  throw new UsageError(
    `The pictures of ${name} can be read in grey or in colour, with 1 channel or 3, but the model expects ${channels}.`,
  );
}

function pathsOf({ parts }: PictureFolders): string[] {
  return PARTS.flatMap((part) => parts[part]?.classes ?? []).flatMap(({ pictures }) => pictures);
}

/** @throws WorkError where of a class that is to be learned, or of a part, no picture can be used */
function requireLearnable(
  folder: string,
  { parts }: PictureFolders,
  survey: Survey,
  request: DatasetRequest,
): void {
  const wanting = PARTS.flatMap((part) => {
    const classes = parts[part]?.classes ?? [];
    if (part === 'train')
      return classes.map(({ name, pictures }) => ({ what: `picture of the class ${name}`, pictures }));
    const what = `${part} picture`;
    return classes.length === 0 ? [] : [{ what, pictures: classes.flatMap(({ pictures }) => pictures) }];
  }).find(({ pictures }) => pictures.every((path) => survey.problems.has(path)));
  if (wanting === undefined) return;
  survey.report(request);
  throw new WorkError(
    `${folder} has no ${wanting.what} that can be used: ${survey.examples(wanting.pictures)}.`,
  );
}

interface Part {
  readonly split: Split;
  /** undefined where it was not decoded */
  readonly decoded: Decoded | undefined;
}

/** Fewer bytes of pixels are not cached: they are decoded in a second or so. */
const LEAST_CACHED_BYTES = 64e6;

/** The cache for so many pictures; undefined where none is wanted. */
async function openCache(
  count: number,
  { shape, resize, cacheBytes, cacheFolder, notify }: DatasetRequest,
): Promise<PictureCache | undefined> {
  const imageBytes = sizeOf(shape);
  if (cacheBytes === 0 || (cacheFolder === undefined && count * imageBytes < LEAST_CACHED_BYTES))
    return undefined;
  const { versions } = await loadSharp();
  const rule = [RESIZE_VERSION, resize ?? null, versions.sharp ?? null, versions.vips];
  const digest = createHash('sha256').update(JSON.stringify(rule)).digest('hex').slice(0, 12);
  return PictureCache.open({
    root: cacheFolder ?? pictureCacheFolder(),
    form: `${shape.join('x')}-${digest}`,
    imageBytes,
    bound: cacheBytes,
    warn: (message) => notify({ kind: 'warning', message }),
  });
}

/** Decodes as many pictures of each part as will be read; the sound ones make its split. */
async function decodeParts(
  folder: string,
  ordered: OrderedParts,
  survey: Survey,
  request: DatasetRequest,
): Promise<Record<PartName, Part>> {
  const { train, validation, test } = ordered;
  const { shape, resize, memoryBytes = imageMemory(), reads, notify, signal } = request;
  const wanted = reads?.({ train: train.length, validation: validation.length, test: test.length });
  let memory = memoryBytes;
  const count = PARTS.reduce(
    (sum, part) => sum + Math.min(ordered[part].length, wanted?.[part] ?? Infinity),
    0,
  );
  tellFewKept(count, sizeOf(shape), request);
  const cache = await openCache(count, request);
  const cached = cache && { cache, keys: survey.keys };
  const decode = async (part: PartName): Promise<Part> => {
    const pictures = ordered[part];
    const most = wanted?.[part] ?? Number.POSITIVE_INFINITY;
    const split = pictureSplit(pictures, {
      folder,
      shape,
      resize,
      memoryBytes: most === 0 ? 0 : memory,
      cached,
    });
    if (most === 0) return { split, decoded: undefined };
    const decoded = await survey.decode(split, pictures, { part, most, shape, notify, signal });
    memory = memoryLeft(memory, Math.min(pictures.length, most), sizeOf(shape));
    return { split: subset(split, decoded.sound), decoded };
  };
  try {
    return {
      train: await decode('train'),
      validation: await decode('validation'),
      test: await decode('test'),
    };
  } finally {
    await cache?.flush();
  }
}

/** Of all pictures that can be used, as far as is known. */
function fingerprints(
  ordered: OrderedParts,
  parts: Readonly<Record<PartName, Part>>,
  { digests, problems }: Survey,
): Record<PartName, Fingerprint[]> {
  const of = (part: PartName): Fingerprint[] => {
    const { decoded } = parts[part];
    const pixels = new Map<string, string>();
    decoded?.sound.forEach((index, i) => {
      pixels.set(ordered[part][index]!.path, decoded.hashes[i]!);
    });
    return ordered[part]
      .filter(({ path }) => !problems.has(path))
      .map(({ path }) => {
        const seen = pixels.get(path);
        return {
          path,
          marks: [digests.get(path)!.toString('base64'), ...(seen === undefined ? [] : [seen])],
        };
      });
  };
  return { train: of('train'), validation: of('validation'), test: of('test') };
}

/** Warns of classes that are not tested, or not validated. */
function warnOfGaps(
  folder: string,
  { parts, classes }: PictureFolders,
  ordered: OrderedParts,
  { problems }: Survey,
  notify: DatasetRequest['notify'],
): void {
  for (const part of ['test', 'validation'] as const) {
    if (ordered[part].length === 0 && parts[part] === undefined) continue;
    const labels = new Set(ordered[part].filter(({ path }) => !problems.has(path)).map(({ label }) => label));
    const missing = classes.filter((_, label) => !labels.has(label));
    if (missing.length === 0) continue;
    const noun = missing.length === 1 ? 'class' : 'classes';
    notify({
      kind: 'warning',
      message: `${folder} has no ${part} pictures of the ${noun} ${listed(missing, MOST_NAMED)}: ${part} figures say nothing of ${missing.length === 1 ? 'it' : 'them'}.`,
    });
  }
}

/** One SHA-256 over class names and each image's part, class, path and digest, in their order, and the resize rule. */
function identityOf(
  classes: readonly string[],
  parts: Readonly<Record<PartName, readonly Picture[]>>,
  digests: ReadonlyMap<string, Buffer>,
  resize: Resize | undefined,
): string {
  const rule = `v${RESIZE_VERSION}${resize ? ` ${JSON.stringify(resize)}` : ''}`;
  const hash = createHash('sha256').update(`pictures ${rule}\n${JSON.stringify(classes)}\n`);
  for (const part of PARTS)
    for (const { path, label } of parts[part])
      hash.update(
        `${part} ${label} ${JSON.stringify(path.normalize('NFC'))} ${digests.get(path)!.toString('hex')}\n`,
      );
  return `sha256:${hash.digest('hex')}`;
}
