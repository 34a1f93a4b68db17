import { formatInteger } from '../../base/text/format.js';
import { bmpFileBytes, isPlainBmp, readBmpHeader } from './bmp.js';

/** The most pixels that a picture may have, 16,383 x 16,383: sharp's own limit, against pictures made to fill memory. */
export const MOST_PIXELS = 0x3fff * 0x3fff;

/** Any part of a file, without reading the rest. */
export interface FileView {
  readonly size: number;
  /** The bytes from `offset` on, fewer than asked for where the file ends. */
  bytes(offset: number, length: number): Promise<Buffer>;
}

/** What can be told from a picture file without decoding it. */
interface Sketch {
  readonly width: number;
  readonly height: number;
  /** Whether its end is there; a file of which this cannot be told is not whole. */
  readonly whole: boolean;
}

/** How far from its end the mark of a picture's end is looked for: some programs add bytes of their own. */
export const TAIL_BYTES = 4096;

/** Far more than any honest JPEG file has before its scan. */
const MOST_SEGMENTS = 4096;

/** The kinds of pictures that are read, for people. */
export const PICTURE_KINDS = 'JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP';
/** What their files' names end in. */
export const PICTURE_ENDING = /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp|dib)$/i;

export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif' | 'bmp';

const JPEG = Buffer.of(0xff, 0xd8, 0xff);
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
/** Of how much of a file's beginning its format shows. */
const SIGNATURE_BYTES = 64;

export function viewOf(bytes: Uint8Array): FileView {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return { size: buffer.length, bytes: async (offset, length) => buffer.subarray(offset, offset + length) };
}

/**
 * Why a file is no picture that can be used, as far as its beginning tells: "is empty". What its name ends in does
 * not matter. There is more that sharp can read, but SVG, for one, does not look the same everywhere.
 */
export async function problemIn(file: FileView): Promise<string | undefined> {
  if (file.size === 0) return 'is empty';
  if ((await formatIn(file)) === undefined) return `is no ${PICTURE_KINDS} file`;
  const { width = 0, height = 0 } = (await sketch(file)) ?? {};
  if (width * height <= MOST_PIXELS) return undefined;
  return tooLarge(width, height);
}

export function tooLarge(width: number, height: number): string {
  return `has ${width}x${height} pixels, more than the limit of ${formatInteger(MOST_PIXELS)}`;
}

/** @returns nothing for what is no picture of a kind that is read */
export async function formatIn(file: FileView): Promise<PictureFormat | undefined> {
  return formatOf(await file.bytes(0, SIGNATURE_BYTES));
}

function formatOf(beginning: Buffer): PictureFormat | undefined {
  const text = (from: number, to: number): string => beginning.toString('latin1', from, to);
  if (beginning.subarray(0, 3).equals(JPEG)) return 'jpeg';
  if (beginning.subarray(0, 8).equals(PNG)) return 'png';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'webp';
  if (/^GIF8[79]a$/.test(text(0, 6))) return 'gif';
  // The last two are BigTIFF.
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(text(0, 4))) return 'tiff';
  if (text(4, 8) === 'ftyp' && /avi[fs]/.test(text(8, SIGNATURE_BYTES))) return 'avif';
  return readBmpHeader(beginning) === undefined ? undefined : 'bmp';
}

/** Reads the header and looks for the end. @returns nothing where the header makes no sense or does not tell. */
export async function sketch(file: FileView): Promise<Sketch | undefined> {
  const format = await formatIn(file);
  return format && SKETCHES[format](file);
}

const SKETCHES: Readonly<Record<PictureFormat, (file: FileView) => Promise<Sketch | undefined>>> = {
  jpeg: sketchJpeg,
  png: sketchPng,
  webp: sketchWebp,
  gif: sketchGif,
  bmp: sketchBmp,
  // Their sizes may lie anywhere in the file.
  tiff: async () => undefined,
  avif: async () => undefined,
};

/** ITU-T T.81, annex B: segments up to the scan, then coded data in which no end mark can occur, then the end mark. */
async function sketchJpeg(file: FileView): Promise<Sketch | undefined> {
  let size: Pick<Sketch, 'width' | 'height'> | undefined;
  let offset = 2;
  for (let segment = 0; segment < MOST_SEGMENTS; segment++) {
    const head = await file.bytes(offset, 9);
    if (head.length < 9 || head[0] !== 0xff) return undefined;
    const marker = head[1]!;
    if (marker === 0xff) {
      offset += 1;
    } else if (marker === 0xda) {
      return size && { ...size, whole: await endsWith(file, Buffer.of(0xff, 0xd9), offset) };
    } else {
      if (isFrame(marker)) size = { height: head.readUInt16BE(5), width: head.readUInt16BE(7) };
      offset += 2 + head.readUInt16BE(2);
    }
  }
  return undefined;
}

/** SOF0 to SOF15 without DHT, JPG and DAC, which lie among them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** PNG specification, 11.2.2 and 11.2.5. */
async function sketchPng(file: FileView): Promise<Sketch | undefined> {
  const head = await file.bytes(0, 24);
  if (head.length < 24 || head.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  const whole = await endsWith(file, Buffer.from('IEND'), 24);
  return { width: head.readUInt32BE(16), height: head.readUInt32BE(20), whole };
}

/** RFC 9649, sections 2.3 to 2.7: the first chunk has the size, the container's header its length. */
async function sketchWebp(file: FileView): Promise<Sketch | undefined> {
  const head = await file.bytes(0, 30);
  if (head.length < 30) return undefined;
  const whole = head.readUInt32LE(4) + 8 <= file.size;
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff, whole };
    case 'VP8L': {
      const bits = head.readUInt32LE(21);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff), whole };
    }
    case 'VP8X':
      return { width: 1 + head.readUIntLE(24, 3), height: 1 + head.readUIntLE(27, 3), whole };
    default:
      return undefined;
  }
}

/** CompuServe, "Graphics Interchange Format, version 89a", sections 18 and 27. */
async function sketchGif(file: FileView): Promise<Sketch | undefined> {
  const head = await file.bytes(0, 10);
  if (head.length < 10) return undefined;
  const whole = await endsWith(file, Buffer.of(0x3b), 13);
  return { width: head.readUInt16LE(6), height: head.readUInt16LE(8), whole };
}

async function sketchBmp(file: FileView): Promise<Sketch | undefined> {
  const header = readBmpHeader(await file.bytes(0, SIGNATURE_BYTES));
  // What cannot be decoded is to be found by decoding it.
  if (header === undefined || !isPlainBmp(header)) return undefined;
  const { width, height } = header;
  return { width, height, whole: file.size >= bmpFileBytes(header) };
}

async function endsWith(file: FileView, mark: Buffer, after: number): Promise<boolean> {
  const from = Math.max(after, file.size - TAIL_BYTES);
  return (await file.bytes(from, file.size - from)).includes(mark);
}
