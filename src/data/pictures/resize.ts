import { readFile, stat } from 'node:fs/promises';
import type { Sharp } from 'sharp';
import { codeOf, messageOf, WorkError } from '../../base/errors.js';
import type { Resize } from '../../recipe/pixels.js';
import { cutFor, resizeWords } from './cut.js';
import { greyOf } from './grey.js';
import { openPicture, UnusablePicture } from './picture-open.js';
import { resampled } from './resample.js';

/** Goes up with every change that changes a pixel: it is part of the identity of a folder of pictures. */
export const RESIZE_VERSION = 2;

const FIT = { fit: 'cover', position: 'centre', kernel: 'lanczos3' } as const;

/**
 * The one rule by which a picture becomes an image of [H, W, C], in training, in evaluation and in prediction:
 *
 * 1. It is turned upright, as its EXIF orientation says; of an animation only the first frame counts.
 * 2. What is transparent shows white, the colour of paper.
 * 3. It becomes sRGB by its colour profile, 8 bits a channel; of 16 bits the upper 8 count. CMYK without a profile is
 *    taken for libvips' built-in profile of printing inks.
 * 4. By a config's `pixels.resize` it is brought to size as Pillow and torchvision do. Where there is none it is scaled,
 *    keeping its proportions, until it just covers H x W (Lanczos 3, after what a JPEG decoder can
 *    shrink by itself), and what sticks out is cut off on both sides alike: the centre stays.
 * 5. For one channel it becomes grey, the luma of ITU-R BT.601 on those sRGB values (see greyOf).
 */
const UPRIGHT = 'turned upright (EXIF), flattened onto white, converted to sRGB';

/** The rule in words, for an input of [H, W, C]. */
export function resizeRule([height, width]: readonly [number, number, number], resize?: Resize): string {
  if (resize === undefined) return `${UPRIGHT}, scaled to cover, cropped to the centre`;
  return `${UPRIGHT}, ${resizeWords([height, width], resize)}`;
}

/** Node.js has four threads for such work; as many pictures again wait for them, so that none is idle. */
export const DECODES_AT_ONCE = 8;

/**
 * A picture as the network sees it, [H, W, C] bytes, made off the main thread.
 * @param picture a path, or the bytes of a picture file
 * @param name what an error calls the picture; the default is its path
 * @throws WorkError, one sentence that names the picture
 */
export async function decodeImage(
  picture: string | Uint8Array,
  shape: readonly [number, number, number],
  name = typeof picture === 'string' ? picture : 'The picture',
  resize?: Resize,
): Promise<Uint8Array> {
  try {
    return await decode(typeof picture === 'string' ? await readPicture(picture) : picture, shape, resize);
  } catch (error) {
    if (error instanceof UnusablePicture) throw new WorkError(`${name} ${error.message}.`);
    throw error;
  }
}

/** The size of a picture that is turned upright. @throws WorkError, one sentence that names the picture */
export async function readPictureSize(path: string): Promise<{ width: number; height: number }> {
  try {
    const picture = await openPicture(await readPicture(path));
    const { autoOrient } = await picture.metadata().catch(() => {
      throw new UnusablePicture('is cut short or damaged');
    });
    return autoOrient;
  } catch (error) {
    if (error instanceof UnusablePicture) throw new WorkError(`${path} ${error.message}.`);
    throw error;
  }
}

/** @throws UnusablePicture where the system does not let it be read */
export async function readPicture(path: string): Promise<Uint8Array> {
  try {
    if (await isPipeOrDevice(path))
      throw new UnusablePicture(
        'is a pipe or a device and no file; a picture from a pipe is given as - (standard input)',
      );
    return await readFile(path);
  } catch (error) {
    if (error instanceof UnusablePicture) throw error;
    throw new UnusablePicture(unreadable(path, codeOf(error) ?? messageOf(error)));
  }
}

/** Such a path may be waited for for ever. @throws what the system says */
async function isPipeOrDevice(path: string): Promise<boolean> {
  const found = await stat(path);
  return !found.isFile() && !found.isDirectory();
}

/** @param why the system's error code, or its words */
export function unreadable(path: string, why: string): string {
  if (why !== 'ENOENT') return `cannot be read (${why})`;
  // Node.js gives this for bytes that are not UTF-8, and does not find the file by it.
  return path.includes('\ufffd')
    ? 'cannot be read: a name in its path is not UTF-8 (\ufffd stands for what is not); rename it'
    : 'does not exist';
}

/**
 * @param resize how it is brought to the shape; to cover it, and cropped to its centre, where absent
 * @throws UnusablePicture
 */
export async function decode(
  bytes: Uint8Array,
  shape: readonly [number, number, number],
  resize?: Resize,
): Promise<Uint8Array> {
  const [height, width, channels] = shape;
  const picture = await openPicture(bytes);
  const data = resize ? await cutOut(picture, shape, resize) : await covered(picture, [height, width]);
  return channels === 1 ? greyOf(data) : data;
}

/** Scaled to cover and cropped to the centre, [H, W, 3]. */
async function covered(picture: Sharp, [height, width]: readonly [number, number]): Promise<Uint8Array> {
  const upright = picture.autoOrient().resize(width, height, FIT);
  const { data, info } = await pixelsOf(upright);
  if (info.width !== width || info.height !== height)
    throw new Error(
      `internal: a picture became ${info.height}x${info.width} where ${height}x${width} was asked for; please report this.`,
    );
  return data;
}

/** Pictures of more pixels are first made smaller by libvips, to so many, which is no longer exact: 100 MB a picture at once. */
const MOST_EXACT = 32e6;

/** By a config's own rule, [H, W, 3]. */
async function cutOut(
  picture: Sharp,
  [height, width]: readonly [number, number, number],
  resize: Resize,
): Promise<Uint8Array> {
  const { autoOrient: own } = await picture.metadata().catch(damaged);
  const shrink = Math.sqrt((own.width * own.height) / MOST_EXACT);
  const smaller = (extent: number): number => Math.max(1, Math.round(extent / shrink));
  const upright = picture.autoOrient();
  const { data, info } = await pixelsOf(
    shrink > 1
      ? upright.resize(smaller(own.width), smaller(own.height), { fit: 'fill', kernel: 'lanczos3' })
      : upright,
  );
  const whole = { data, width: info.width, height: info.height, channels: info.channels };
  return resampled(whole, cutFor(whole, [height, width], resize), resize.interpolation);
}

/** Of sRGB, on white where it is transparent: [H, W, 3]. */
async function pixelsOf(picture: Sharp) {
  const { data, info } = await picture
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(damaged);
  if (info.channels === 3) return { data, info };
  throw new Error(
    `internal: a picture came with ${info.channels} channels where 3 were asked for; please report this.`,
  );
}

/** Its messages are kept for all threads together, so that those of two bad pictures may be mixed up. */
function damaged(): never {
  throw new UnusablePicture('is cut short or damaged');
}
