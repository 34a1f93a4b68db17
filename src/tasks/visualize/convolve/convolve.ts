import { UsageError, WorkError } from '../../../base/errors.js';
import { opaqueRaster, type Raster } from '../../../base/raster.js';
import { setting } from '../../../base/text/settings.js';
import { ImageReader, requireImages, STDIN } from '../../../data/image-reader.js';
import type { DataNotice } from '../../../data/sets/dataset.js';
import { type Graph, INPUT, type Shape } from '../../../models/graph/graph.js';
import { ShapeError } from '../../../models/graph/shape-error.js';
import { seenValues } from '../../../models/pixels.js';
import { findFirstKernel } from '../../../rasters/filter-tiles.js';
import { type Range, rangeOf, strided, tileOf } from '../../../rasters/tiles.js';
import { openNetwork } from '../../../training/evaluation/network.js';
import { requireChannels } from '../channels.js';
import { convolve, type Sliding } from './convolution.js';
import { type Kernel, LINE_KERNELS, readKernels } from './kernels.js';

/** What `visualize convolve` was asked for. */
export interface ConvolveRequest extends Partial<Sliding> {
  /** Names, values or CSV files; the two line filters where there are none. */
  readonly kernel?: readonly string[];
  /** A RUN or MODEL whose first convolution's filters are taken. */
  readonly from?: string;
  /** Which of them, from 0 on. */
  readonly filters?: readonly number[];
  /** Where data sets lie. */
  readonly dataDir?: string;
}

/** A picture and what each filter makes of it. */
export interface ConvolvedPicture {
  readonly image: string;
  readonly height: number;
  readonly width: number;
  readonly picture: Raster;
  /** One for each filter. */
  readonly maps: readonly (Range & { readonly tile: Raster })[];
}

export interface Convolved extends Sliding {
  readonly kernels: readonly Kernel[];
  /** Whose filters they are: "lenet5, conv2d_1"; null of those made by hand. */
  readonly origin: string | null;
  readonly pictures: readonly ConvolvedPicture[];
}

/** Filters, and the values that they see in place of a picture's bytes. */
interface Bank {
  readonly kernels: readonly Kernel[];
  readonly origin: string | null;
  readonly channels: number;
  seen(bytes: Uint8Array): Float32Array;
}

/** Of a network's filters so many are shown where none are named. */
const MOST_FILTERS = 16;

/**
 * Slides filters over pictures, each at its full size.
 * @throws UsageError for filters that there are not or do not fit; WorkError for what is no picture
 */
export async function convolvePictures(
  images: readonly string[],
  request: ConvolveRequest,
  notify: (notice: DataNotice) => void = () => {},
): Promise<Convolved> {
  const { strides = 1, padding = 'same', dataDir } = request;
  if (images.filter((image) => image === STDIN).length > 0)
    throw new UsageError(
      'Pictures are shown at their own size here, so each needs a file: save what "-" stands for.',
    );
  await requireImages(images);
  const bank = await bankOf(request, notify);
  const reader = new ImageReader(undefined, { dataDir, notify });
  const pictures: ConvolvedPicture[] = [];
  for (const image of images) pictures.push(await convolved(image, reader, bank, { strides, padding }));
  const { kernels, origin } = bank;
  return { kernels, origin, strides, padding, pictures };
}

async function bankOf(
  { kernel, from, filters }: ConvolveRequest,
  notify: (notice: DataNotice) => void,
): Promise<Bank> {
  if (from !== undefined && kernel !== undefined)
    throw new UsageError(
      `${setting('kernel')} and ${setting('from')} both say which filters: give one of them.`,
    );
  if (from !== undefined) return trainedBank(from, filters, notify);
  if (filters !== undefined)
    throw new UsageError(
      `${setting('filters')} are numbers of a network's filters: add ${setting('from', 'RUN')}.`,
    );
  const kernels = kernel?.flatMap((text) => readKernels(text)) ?? LINE_KERNELS;
  const odd = kernels.find(({ shape: [, , depth] }) => depth !== 1 && depth !== 3);
  if (odd)
    throw new UsageError(
      `${setting('kernel')}: it has ${odd.shape[2]} channels, but a picture has 3: give one, for all of them, or three.`,
    );
  return {
    kernels,
    origin: null,
    channels: 3,
    seen: (bytes) => Float32Array.from(bytes, (byte) => byte / 255),
  };
}

/** The filters of the first convolution of a network, which see pixels as the network does. */
async function trainedBank(
  argument: string,
  filters: readonly number[] | undefined,
  notify: (notice: DataNotice) => void,
): Promise<Bank> {
  const { graph, weights } = await openNetwork(argument, undefined, notify);
  const first = findFirstKernel(graph);
  if (first === undefined || !seesPicture(graph, first.name))
    throw new UsageError(
      `${argument} has no convolution that sees the picture itself: take another network.`,
    );
  const [height, width, depth, count] = first.shape as [number, number, number, number];
  if (depth !== 1 && depth !== 3)
    throw new UsageError(
      `${argument} sees pictures of ${depth} channels, but a picture has 1 or 3: take another network.`,
    );
  const wanted = filters ?? Array.from({ length: Math.min(count, MOST_FILTERS) }, (_, i) => i);
  requireChannels(wanted, count, 'filters', `${first.name} of ${argument}`);
  const { data } = weights.get(`${first.name}/kernel`)!;
  return {
    kernels: wanted.map((filter) => ({
      name: `filter ${filter}`,
      shape: [height, width, depth],
      values: strided(data, filter, count),
    })),
    origin: `${graph.name}, ${first.name}`,
    channels: depth,
    seen: (bytes) => seenValues(graph.pixels, bytes),
  };
}

/** Whether a layer's input is the picture, at most with something around it. */
function seesPicture(graph: Graph, layer: string): boolean {
  const { inputs } = graph.nodes.find(({ name }) => name === layer)!;
  if (inputs[0] === INPUT) return true;
  const before = graph.nodes.find(({ name }) => name === inputs[0])!;
  return PADDING.includes(before.kind) && seesPicture(graph, before.name);
}

const PADDING: readonly string[] = ['zeroPadding2d', 'constantPadding2d'];

async function convolved(
  image: string,
  reader: ImageReader,
  { kernels, channels, seen }: Bank,
  sliding: Sliding,
): Promise<ConvolvedPicture> {
  const { width, height } = await reader.size(image);
  const shape = [height, width, channels] as const;
  const pixels = await reader.pixels(image, shape);
  const values = seen(pixels);
  const maps = kernels.map((kernel) => slide(image, values, shape, kernel, sliding));
  return {
    image,
    height,
    width,
    picture: opaqueRaster(pixels, width, height),
    maps: maps.map((map) => ({ ...rangeOf(map.values), tile: tileOf(map.values, map.height, map.width) })),
  };
}

function slide(image: string, values: Float32Array, shape: Shape, kernel: Kernel, sliding: Sliding) {
  try {
    return convolve(values, shape, kernel, sliding);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new WorkError(
      `${image}: ${error.message}: take a larger picture, or ${setting('padding', 'same')}.`,
    );
  }
}
