import { readFile } from 'node:fs/promises';
import { codeOf, messageOf, WorkError } from '../errors.js';
import { loadSharp } from '../sharp.js';
import { MOST_PIXELS, problemIn, viewOf } from './picture-format.js';

/** Goes up with every change that changes a pixel: it is part of the identity of a folder of pictures. */
export const RESIZE_VERSION = 1;

/**
 * The one rule by which a picture becomes an image of [H, W, C], in training, in evaluation and in prediction:
 *
 * 1. It is turned upright, as its EXIF orientation says; of an animation only the first frame counts.
 * 2. What is transparent shows white, the colour of paper.
 * 3. It becomes sRGB by its colour profile (CMYK, palettes, 16 bits and all), or for one channel grey of the same
 *    luminance; 8 bits a channel.
 * 4. It is scaled, keeping its proportions, until it just covers H x W (Lanczos 3, after what a JPEG decoder can
 *    shrink by itself), and what sticks out is cut off on both sides alike: the centre stays.
 */
export const RESIZE_RULE =
  'turned upright (EXIF), flattened onto white, converted to sRGB or grey, scaled to cover, cropped to the centre';

/** A picture that cannot be used. The message says why and wants the picture's name in front: "is cut short". */
export class UnusablePicture extends Error {
  override readonly name = 'UnusablePicture';
}

/** Node.js has four threads for such work; as many pictures again wait for them, so that none is idle. */
export const DECODES_AT_ONCE = 8;

/**
 * A picture as the network sees it, [H, W, C] bytes, made off the main thread.
 * @param picture a path, or the bytes of a JPEG, PNG or WebP file
 * @param name what an error calls the picture; the default is its path
 * @throws WorkError, one sentence that names the picture
 */
export async function decodeImage(
  picture: string | Uint8Array,
  shape: readonly [number, number, number],
  name = typeof picture === 'string' ? picture : 'The picture',
): Promise<Uint8Array> {
  try {
    return await decode(typeof picture === 'string' ? await readPicture(picture) : picture, shape);
  } catch (error) {
    if (error instanceof UnusablePicture) throw new WorkError(`${name} ${error.message}.`);
    throw error;
  }
}

/** The size of a picture that is turned upright. @throws WorkError, one sentence that names the picture */
export async function readPictureSize(path: string): Promise<{ width: number; height: number }> {
  try {
    const bytes = await readPicture(path);
    const problem = await problemIn(viewOf(bytes));
    if (problem !== undefined) throw new UnusablePicture(problem);
    const sharp = await loadSharp();
    const { autoOrient } = await sharp(bytes, { limitInputPixels: MOST_PIXELS })
      .metadata()
      .catch(() => {
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
    return await readFile(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') throw new UnusablePicture('does not exist');
    throw new UnusablePicture(`cannot be read (${code ?? messageOf(error)})`);
  }
}

/** @throws UnusablePicture */
export async function decode(
  bytes: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
): Promise<Uint8Array> {
  const problem = await problemIn(viewOf(bytes));
  if (problem !== undefined) throw new UnusablePicture(problem);
  const sharp = await loadSharp();
  const { data, info } = await sharp(bytes, { failOn: 'error', limitInputPixels: MOST_PIXELS })
    .autoOrient()
    .resize(width, height, { fit: 'cover', position: 'centre', kernel: 'lanczos3' })
    .flatten({ background: '#ffffff' })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(() => {
      // Its messages are kept for all threads together, so that those of two bad pictures may be mixed up.
      throw new UnusablePicture('is cut short or damaged');
    });
  if (info.width === width && info.height === height && info.channels === channels) return data;
  throw new Error(
    `internal: a picture became ${info.height}x${info.width}x${info.channels} where ${height}x${width}x${channels} ` +
      'was asked for; please report this.',
  );
}
