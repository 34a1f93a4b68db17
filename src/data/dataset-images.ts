import { UsageError } from '../base/errors.js';
import { loadSharp } from '../base/machine/sharp.js';
import { formatInteger } from '../base/text/format.js';
import { listed } from '../base/text/words.js';
import type { Resize } from '../recipe/pixels.js';
import { IMAGE_PARTS, type ImageName, parseImageName } from './image-names.js';
import { knownDatasets, loadDataset } from './load.js';
import { decode } from './pictures/resize.js';
import type { Dataset, DatasetRequest, Split } from './sets/dataset.js';

type Shape = readonly [number, number, number];

/** An image of a data set, [H, W, C] bytes; or the path of the picture that it is. */
type DatasetImage = { readonly pixels: Uint8Array; readonly shape: Shape } | { readonly path: string };

interface DatasetImagesOptions extends Pick<DatasetRequest, 'notify'> {
  /** Where a data set lies, if that is known. */
  dataDirOf?(dataset: string): string | undefined;
  /** [H, W, C] of images that can be had in any size; by default what the data set itself has. */
  readonly shape?: Shape;
}

/** Gives single images of data sets by their names; each data set is loaded once. */
export class DatasetImages {
  readonly #loaded = new Map<string, Promise<Dataset>>();

  readonly #options: DatasetImagesOptions;

  constructor(options: DatasetImagesOptions) {
    this.#options = options;
  }

  /**
   * @param text the image's name as it was typed, for errors
   * @throws UsageError for a data set, a part or an image that there is not; WorkError where the data cannot be had
   */
  async image(name: ImageName, text: string): Promise<DatasetImage> {
    const dataset = await this.#load(name.dataset);
    const split = partOf(dataset, name, text);
    const { index } = name;
    if (index >= split.count)
      throw new UsageError(
        `There is no image ${text}: ${name.dataset} has ${formatInteger(split.count)} ${name.part} images` +
          `${split.count === 0 ? '' : `, ${name.dataset}:${name.part}:0 to ${split.count - 1}`}.`,
      );
    // A picture is a file, and is treated as one.
    const own = split.nameOf?.(index);
    if (own !== undefined && parseImageName(own) === undefined) return { path: own };
    const [height, width, channels] = dataset.shape;
    const pixels = new Uint8Array(height * width * channels);
    await split.read(Uint32Array.of(index), pixels);
    return { pixels, shape: dataset.shape };
  }

  #load(name: string): Promise<Dataset> {
    const known = this.#loaded.get(name);
    if (known) return known;
    const dataset = knownDatasets().find((one) => one.name === name);
    const shape = dataset?.anySize === false ? dataset.shape : (this.#options.shape ?? dataset?.shape);
    const loading = loadDataset({
      name,
      explicit: true,
      anyForm: true,
      dataDir: this.#options.dataDirOf?.(name),
      shape: shape ?? [32, 32, 3],
      classes: dataset?.classes.length ?? 1,
      notify: this.#options.notify,
    });
    this.#loaded.set(name, loading);
    return loading;
  }
}

function partOf(dataset: Dataset, { dataset: name, part }: ImageName, text: string): Split {
  const there = IMAGE_PARTS.filter((one) => dataset[one] !== undefined);
  const found = there.find((one) => one === part);
  if (found !== undefined) return dataset[found]!;
  throw new UsageError(
    `There is no image ${text}: ${name} has the parts ${listed(there, there.length)}, as in ${name}:test:0.`,
  );
}

/**
 * An image of [H, W, C] bytes as one of another shape, by the rule by which pictures are: scaled to cover, cropped at
 * its centre, grey or in colour.
 */
export async function reshaped(
  pixels: Uint8Array,
  from: Shape,
  to: Shape,
  resize?: Resize,
): Promise<Uint8Array> {
  if (from.join() === to.join()) return pixels;
  const [height, width, channels] = from;
  const sharp = await loadSharp();
  const raw = { height, width, channels: channels as 1 | 3 };
  return decode(await sharp(pixels, { raw }).png().toBuffer(), to, resize);
}
