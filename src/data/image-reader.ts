import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UsageError, WorkError } from '../base/errors.js';
import { exists, statusOf } from '../base/files/folders.js';
import { looksTheSame, nearest } from '../base/text/nearest.js';
import type { Resize } from '../recipe/pixels.js';
import { DatasetImages, reshaped } from './dataset-images.js';
import { CsvImages, parseCsvImageName } from './formats/csv-images.js';
import { type ImageName, parseImageName } from './image-names.js';
import { knownDatasets } from './load.js';
import { decodeImage, readPictureSize, unreadable } from './pictures/resize.js';
import type { DatasetRequest } from './sets/dataset.js';

/** How standard input is named on the command line. */
export const STDIN = '-';

type Shape = readonly [number, number, number];

/** A picture as the network sees it, or why it cannot be used, in one sentence or a line each. */
export type Picture =
  | { readonly image: string; readonly pixels: Uint8Array }
  | { readonly image: string; readonly problem: readonly string[] };

export interface ImageReaderOptions extends Pick<DatasetRequest, 'notify'> {
  /** `dataDir` */
  readonly dataDir?: string;
  /** How pictures are brought to the shape; by the program's own rule where absent. */
  readonly resize?: Resize;
  /** What a run was trained on, whose images are looked for where they were then. */
  readonly trainedOn?: { readonly name: string; readonly dataDir: string | null };
}

/** Reads the images that a command line names: pictures, `-` for standard input, images of data sets and of tables. */
export class ImageReader {
  readonly #datasets: DatasetImages;
  readonly #tables = new CsvImages();

  readonly #shape: Shape | undefined;
  readonly #resize: Resize | undefined;

  /** @param shape [H, W, C] that a network wants; without it images come in their own size, in colour */
  constructor(shape: Shape | undefined, { dataDir, resize, trainedOn, notify }: ImageReaderOptions) {
    this.#shape = shape;
    this.#resize = resize;
    const dataDirOf = (name: string): string | undefined =>
      dataDir ?? (name === trainedOn?.name ? (trainedOn.dataDir ?? undefined) : undefined);
    this.#datasets = new DatasetImages({ shape, dataDirOf, notify });
  }

  /** The images that names stand for: a table of pixels (test.csv) stands for all its rows. */
  async expand(images: readonly string[]): Promise<string[]> {
    const names: (readonly string[])[] = [];
    for (const image of images) names.push((await this.#tables.namesIn(image)) ?? [image]);
    return names.flat();
  }

  /**
   * Reads an image, resized and cropped as in training.
   * @param image a path, `-`, or the name of a data set's image ("mnist:test:1790")
   */
  async read(image: string, invert = false): Promise<Picture> {
    try {
      const pixels = await this.pixels(image, this.#shape!);
      return { image, pixels: invert ? pixels.map((value) => 255 - value) : pixels };
    } catch (error) {
      if (!(error instanceof WorkError)) throw error;
      const meant = await misunderstanding(image);
      return { image, problem: meant === undefined ? error.sentences : [meant] };
    }
  }

  /** The size of an image, upright. @throws WorkError, one sentence that names the image */
  async size(image: string): Promise<{ width: number; height: number }> {
    const found = await this.#find(image);
    if ('path' in found) return readPictureSize(found.path);
    const [height, width] = found.shape;
    return { width, height };
  }

  /** An image as [H, W, C] bytes of a shape. @throws WorkError, one sentence that names the image */
  async pixels(image: string, shape: Shape): Promise<Uint8Array> {
    const resize = this.#resize;
    if (image === STDIN) return decodeImage(await readStandardInput(), shape, 'Standard input', resize);
    const found = await this.#find(image);
    if ('path' in found) requirePictureChannels(image, shape);
    return 'path' in found
      ? decodeImage(found.path, shape, undefined, resize)
      : reshaped(found.pixels, found.shape, shape, resize);
  }

  async #find(image: string) {
    const row = exists(image) ? undefined : parseCsvImageName(image);
    if (row) return this.#tables.image(row);
    const names = await this.#tables.namesIn(image);
    if (names)
      throw new UsageError(`${image} holds ${names.length} images: name one of them, such as ${names[0]}.`);
    const name = namedImage(image);
    return name ? this.#datasets.image(name, image) : { path: image };
  }
}

/**
 * Refuses images of which none is there, before anything long is done for them.
 * @param images as ImageReader takes them
 * @throws WorkError with a sentence an image
 */
export async function requireImages(images: readonly string[]): Promise<void> {
  const problems: string[] = [];
  for (const image of images) {
    const isNamed = namedImage(image) !== undefined || parseCsvImageName(image) !== undefined;
    if (image === STDIN || exists(image) || isNamed) return;
    problems.push((await misunderstanding(image)) ?? `${image} ${unreadable(image, 'ENOENT')}.`);
  }
  if (problems.length > 0) throw new WorkError(problems);
}

/** @throws WorkError where a network wants what no picture has */
function requirePictureChannels(image: string, [, , channels]: Shape): void {
  if (channels === 1 || channels === 3) return;
  throw new WorkError(
    `${image}: pictures have 1 or 3 channels, but the network sees ${channels}: name an image of its data set, such as NAME:test:0.`,
  );
}

/** What a name of a data set's image says; a file of that very name comes first. */
function namedImage(image: string): ImageName | undefined {
  return exists(image) ? undefined : parseImageName(image);
}

/** Where an image's name is that of something else, or nearly that of a file. */
async function misunderstanding(image: string): Promise<string | undefined> {
  const stat = statusOf(image);
  if (stat?.isDirectory())
    return `${image} is a folder: name the pictures in it, such as ${join(image, '*.png')}.`;
  if (stat !== undefined || image === STDIN || namedImage(image) || parseCsvImageName(image))
    return undefined;
  const [dataset] = image.split(':', 1);
  if (knownDatasets().some(({ name }) => name === dataset))
    return `${image} does not exist. An image of ${dataset} is named by its part and number, such as ${dataset}:test:0.`;
  const close = nearest(basename(image), await readdir(dirname(image)).catch(() => []));
  if (close === undefined || looksTheSame(close, basename(image))) return undefined;
  return `${image} does not exist. Did you mean ${join(dirname(image), close)}?`;
}

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
