import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { loadSharp } from '../../base/machine/sharp.js';
import { isPlainBmp, readBmp, readBmpHeader } from './bmp.js';
import { formatIn, MOST_PIXELS, type PictureFormat, problemIn, tooLarge, viewOf } from './picture-format.js';

/** A picture that cannot be used. The message says why and wants the picture's name in front: "is cut short". */
export class UnusablePicture extends Error {
  override readonly name = 'UnusablePicture';
}

const OPTIONS: SharpOptions = { failOn: 'error', limitInputPixels: MOST_PIXELS };

/**
 * A picture file, ready to be decoded, of 8 bits a channel with whatever colour profile it has.
 * @throws UnusablePicture where its headers, or for some formats its pixels, cannot be read
 */
export async function openPicture(bytes: Uint8Array): Promise<Sharp> {
  const view = viewOf(bytes);
  const problem = await problemIn(view);
  if (problem !== undefined) throw new UnusablePicture(problem);
  const sharp = await loadSharp();
  const format = (await formatIn(view))!;
  if (format === 'bmp') return openBmp(bytes);
  const picture = sharp(bytes, OPTIONS);
  if (!mayBeDeep(format, bytes)) return picture;
  const about = await metadataOf(bytes);
  if (about.depth === 'uchar') return picture;
  if (about.depth !== 'ushort')
    throw new UnusablePicture(`has samples of the type ${about.depth}, expected 1 to 16 bits a channel`);
  if (about.space === 'rgb16') return sharp(await tiffOf(inEightBits(picture)), OPTIONS);
  return about.space === 'grey16' ? openDeepGrey(picture, about.hasAlpha) : picture;
}

/** Where a channel of a format may have more than 8 bits; a PNG file says it at byte 24 (PNG specification, 11.2.2). */
function mayBeDeep(format: PictureFormat, bytes: Uint8Array): boolean {
  return format === 'tiff' || format === 'avif' || (format === 'png' && bytes[24] === 16);
}

async function metadataOf(bytes: Uint8Array): Promise<Metadata> {
  const sharp = await loadSharp();
  const about = await sharp(bytes, { ...OPTIONS, limitInputPixels: false })
    .metadata()
    .catch(() => {
      throw new UnusablePicture('is cut short or damaged');
    });
  if (about.width * about.height > MOST_PIXELS)
    throw new UnusablePicture(tooLarge(about.width, about.height));
  return about;
}

/**
 * Keeps the upper 8 of 16 bits a channel, as Pillow and OpenCV do, and the colour profile beside them. sharp itself
 * leaves 16-bit colours in Display P3 and passes by the profiles of 16-bit greys.
 */
function inEightBits(picture: Sharp): Sharp {
  return picture.clone().autoOrient().keepIccProfile().toColourspace('srgb');
}

/** The same for grey, whose channel is taken from the colours: of 16-bit grey, libvips makes 8-bit grey inexactly. */
async function openDeepGrey(picture: Sharp, hasAlpha: boolean): Promise<Sharp> {
  const sharp = await loadSharp();
  const channel = (number: number): Promise<Buffer> =>
    tiffOf(inEightBits(picture).extractChannel(number as 0 | 3));
  const grey = sharp(await channel(0), OPTIONS);
  if (!hasAlpha) return grey;
  const both = grey
    .keepIccProfile()
    .joinChannel(await channel(3))
    .toColourspace('b-w');
  return sharp(await tiffOf(both), OPTIONS);
}

function tiffOf(picture: Sharp): Promise<Buffer> {
  return picture
    .tiff({ compression: 'none' })
    .toBuffer()
    .catch(() => {
      throw new UnusablePicture('is cut short or damaged');
    });
}

async function openBmp(bytes: Uint8Array): Promise<Sharp> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = readBmpHeader(file);
  if (header !== undefined && !isPlainBmp(header))
    throw new UnusablePicture('is a compressed BMP file, of which only uncompressed ones are read');
  const bitmap = readBmp(file);
  if (bitmap === undefined) throw new UnusablePicture('is cut short or damaged');
  const { width, height, channels, pixels } = bitmap;
  const sharp = await loadSharp();
  return sharp(pixels, { raw: { width, height, channels } });
}
