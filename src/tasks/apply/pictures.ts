import { UsageError, WorkError } from '../../base/errors.js';
import type { Tensor } from '../../base/tensor.js';
import { setting } from '../../base/text/settings.js';
import type { DataNotice } from '../../data/sets/dataset.js';
import type { PixelScaling } from '../../models/graph/graph.js';
import { seenValues } from '../../models/pixels.js';
import type { Resize } from '../../recipe/pixels.js';
import { requireSize } from './matrix.js';

export interface PictureRequest {
  /** [H, W, C] of a network's pictures; any where absent. */
  readonly pictures: readonly [number, number, number] | undefined;
  /** How bytes of a picture become numbers. */
  scaling(channels: number): PixelScaling;
  /** Whether pictures in colour become grey. */
  readonly grey: boolean;
  readonly dataDir: string | undefined;
  readonly trainedOn: { readonly name: string; readonly dataDir: string | null } | undefined;
  notify(notice: DataNotice): void;
}

/**
 * A picture, or the picture of a data set, as numbers [H, W, C].
 * @throws WorkError for what is no picture; UsageError where a network wants other channels
 */
export async function readPicture(item: string, request: PictureRequest): Promise<Tensor> {
  const { ImageReader } = await import('../../data/image-reader.js');
  const { dataDir, trainedOn, notify } = request;
  const resize = resizeOf(request);
  const reader = new ImageReader(request.pictures, { dataDir, resize, trainedOn, notify });
  const problem = async () => {
    const read = await new ImageReader([1, 1, 3], { dataDir, trainedOn, notify }).read(item);
    return 'problem' in read ? read.problem : [];
  };
  try {
    return await picture(
      item,
      request,
      () => reader.size(item),
      (shape) => reader.pixels(item, shape),
    );
  } catch (error) {
    // What a name was perhaps meant for is known to the reader of pictures.
    const found = error instanceof WorkError && !(error instanceof UsageError) ? await problem() : [];
    if (found.length > 0) throw new WorkError(found);
    throw error;
  }
}

/** The same of the bytes of a picture's file. */
export async function readPictureBytes(
  bytes: Uint8Array,
  what: string,
  request: PictureRequest,
): Promise<Tensor> {
  const { decodeImage } = await import('../../data/pictures/resize.js');
  const { openPicture, UnusablePicture } = await import('../../data/pictures/picture-open.js');
  const size = async () => {
    try {
      return (await (await openPicture(bytes)).metadata()).autoOrient;
    } catch (error) {
      if (error instanceof UnusablePicture) throw new WorkError(`${what} ${error.message}.`);
      throw new WorkError(`${what} is cut short or damaged.`);
    }
  };
  return picture(what, request, size, (shape) => decodeImage(bytes, shape, what, resizeOf(request)));
}

/** A picture as numbers, in a network's size or in its own. */
async function picture(
  item: string,
  { pictures, scaling, grey }: PictureRequest,
  size: () => Promise<{ readonly width: number; readonly height: number }>,
  pixels: (shape: readonly [number, number, number]) => Promise<Uint8Array>,
): Promise<Tensor> {
  const { width, height } = pictures ? { height: pictures[0], width: pictures[1] } : await size();
  requireSize([height, width, 3], item);
  const colours = await pixels([height, width, 3]);
  const channels = grey || !isInColour(colours) ? 1 : 3;
  const wanted = pictures?.[2] ?? channels;
  if (wanted < channels || (wanted > 1 && wanted !== 3)) {
    const way = wanted === 1 ? `${setting('grey')} makes it grey` : `give numbers of ${wanted} channels`;
    throw new UsageError(
      `${item} has ${channels === 3 ? '3 channels, it is in colour' : '1 channel'}, but the network wants ${pictures!.join('x')}: ${way}.`,
    );
  }
  const bytes = wanted === 3 ? colours : await pixels([height, width, 1]);
  return { shape: [height, width, wanted], data: seenValues(scaling(wanted), bytes) };
}

function isInColour(colours: Uint8Array): boolean {
  for (let i = 0; i < colours.length; i += 3) {
    if (colours[i] !== colours[i + 1] || colours[i] !== colours[i + 2]) return true;
  }
  return false;
}

/** How a network's pictures are brought to its size; those in their own size stay as they are. */
function resizeOf({ pictures, scaling }: PictureRequest): Resize | undefined {
  return pictures && scaling(pictures[2]).resize;
}
