import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeImage } from '../../../src/data/index.js';
import { classOf, load, photo, png, reds } from '../../support/files/pictures.js';
import { thrown } from '../../support/files/small-data.js';
import { withFolder, writeTree } from '../../support/folders.js';

/** 3 pixels wide, 2 high: a row of BMP files is filled up to four bytes. */
const RGB = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 8, 16, 24, 200, 100, 48];
const WIDTH = 3;
const ROWS = [RGB.slice(0, 9), RGB.slice(9)];

interface BmpParts {
  readonly bitsPerPixel: number;
  /** From the top. */
  readonly rows: readonly (readonly number[])[];
  readonly palette?: readonly number[];
  readonly compression?: number;
  readonly masks?: readonly number[];
  readonly topDown?: boolean;
  readonly core?: boolean;
  readonly width?: number;
}

/** A BMP file, after Microsoft's "Bitmap storage" and, with `core`, the header of OS/2. */
function bmp(parts: BmpParts): Buffer {
  const {
    bitsPerPixel,
    rows,
    palette = [],
    compression = 0,
    masks = [],
    topDown,
    core,
    width = WIDTH,
  } = parts;
  const header = Buffer.alloc(core ? 12 : 40);
  header.writeUInt32LE(header.length);
  if (core) {
    header.writeUInt16LE(width, 4);
    header.writeUInt16LE(rows.length, 6);
    header.writeUInt16LE(1, 8);
    header.writeUInt16LE(bitsPerPixel, 10);
  } else {
    header.writeInt32LE(width, 4);
    header.writeInt32LE(topDown ? -rows.length : rows.length, 8);
    header.writeUInt16LE(1, 12);
    header.writeUInt16LE(bitsPerPixel, 14);
    header.writeUInt32LE(compression, 16);
    header.writeUInt32LE(bitsPerPixel <= 8 ? palette.length / 4 : 0, 32);
  }
  const maskBytes = Buffer.alloc(4 * masks.length);
  masks.forEach((mask, i) => {
    maskBytes.writeUInt32LE(mask, 4 * i);
  });
  const stored = (topDown ? rows : [...rows].reverse()).map((row) => {
    const padded = Buffer.alloc(Math.ceil((width * bitsPerPixel) / 32) * 4);
    Buffer.from(row).copy(padded);
    return padded;
  });
  const before = Buffer.concat([header, maskBytes, Buffer.from(palette)]);
  const file = Buffer.alloc(14);
  file.write('BM');
  file.writeUInt32LE(14 + before.length, 10);
  return Buffer.concat([file, before, ...stored]);
}

const pixelsOf = async (file: Uint8Array): Promise<number[]> => [...(await decodeImage(file, [2, WIDTH, 3]))];

const swapped = (row: readonly number[], more: readonly number[] = []): number[] =>
  Array.from({ length: row.length / 3 }, (_, i) => [
    row[3 * i + 2]!,
    row[3 * i + 1]!,
    row[3 * i]!,
    ...more,
  ]).flat();

test('uncompressed BMP files of every kind', async () => {
  const rows24 = ROWS.map((row) => swapped(row));
  assert.equal(await pixelsOf(bmp({ bitsPerPixel: 24, rows: rows24 })), RGB);
  assert.equal(await pixelsOf(bmp({ bitsPerPixel: 24, rows: rows24, topDown: true })), RGB);
  assert.equal(await pixelsOf(bmp({ bitsPerPixel: 24, rows: rows24, core: true })), RGB);
  // Without a mask the fourth byte means nothing.
  const rows32 = ROWS.map((row) => swapped(row, [0]));
  assert.equal(await pixelsOf(bmp({ bitsPerPixel: 32, rows: rows32 })), RGB);
  const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
  const seen = ROWS.map((row) => swapped(row, [255]));
  assert.equal(await pixelsOf(bmp({ bitsPerPixel: 32, rows: seen, compression: 6, masks })), RGB);
  assert.equal(
    await pixelsOf(bmp({ bitsPerPixel: 32, rows: rows32, compression: 6, masks })),
    RGB.map(() => 255),
  );
  const palette = Array.from({ length: 6 }, (_, i) => swapped(RGB.slice(3 * i, 3 * i + 3), [0])).flat();
  assert.equal(
    await pixelsOf(
      bmp({
        bitsPerPixel: 8,
        palette,
        rows: [
          [0, 1, 2],
          [3, 4, 5],
        ],
      }),
    ),
    RGB,
  );
  assert.equal(
    await pixelsOf(
      bmp({
        bitsPerPixel: 4,
        palette,
        rows: [
          [0x01, 0x20],
          [0x34, 0x50],
        ],
      }),
    ),
    RGB,
  );
  const white = [255, 255, 255];
  const black = [0, 0, 0];
  assert.equal(
    await pixelsOf(
      bmp({ bitsPerPixel: 1, palette: [...black, 0, ...white, 0], rows: [[0b01000000], [0b10100000]] }),
    ),
    [...black, ...white, ...black, ...white, ...black, ...white],
  );
});

test('BMP files of 16 bits a pixel, with 5 bits a colour and with masks', async () => {
  const word = (r: number, g: number, b: number, green: number): number[] => {
    const value = (r << (5 + green)) | (g << 5) | b;
    return [value & 255, value >> 8];
  };
  const of = (bits: number, i: number) => Math.round((RGB[i]! * (2 ** bits - 1)) / 255);
  const rows = (green: number) =>
    [0, 1].map((y) =>
      [0, 1, 2].flatMap((x) => {
        const at = 9 * y + 3 * x;
        return word(of(5, at), of(green, at + 1), of(5, at + 2), green);
      }),
    );
  const expected = (green: number) =>
    RGB.map((_, i) => {
      const bits = i % 3 === 1 ? green : 5;
      return Math.round((255 * of(bits, i)) / (2 ** bits - 1));
    });
  assert.equal(await pixelsOf(bmp({ bitsPerPixel: 16, rows: rows(5) })), expected(5));
  const masks = [0xf800, 0x07e0, 0x001f];
  assert.equal(await pixelsOf(bmp({ bitsPerPixel: 16, rows: rows(6), compression: 3, masks })), expected(6));
});

test('BMP files that cannot be read are said to be what they are', async () => {
  const messageOf = async (file: Uint8Array) =>
    (await thrown(decodeImage(file, [2, WIDTH, 3], 'a.bmp'))).message;
  const whole = bmp({ bitsPerPixel: 24, rows: ROWS.map((row) => swapped(row)) });
  assert.is(await messageOf(whole.subarray(0, -1)), 'a.bmp is cut short or damaged.');
  assert.is(
    await messageOf(bmp({ bitsPerPixel: 8, rows: [[0, 0, 0]], compression: 1 })),
    'a.bmp is a compressed BMP file, of which only uncompressed ones are read.',
  );
  const huge = bmp({ bitsPerPixel: 24, rows: [[0]] });
  huge.writeInt32LE(0x7fffffff, 18);
  assert.match(await messageOf(huge), /^a\.bmp has 2147483647x1 pixels, more than the limit/);
});

test('GIF, TIFF and AVIF files give the pixels that PNG files give', async () => {
  const image = sharp(Buffer.from(RGB), { raw: { width: WIDTH, height: 2, channels: 3 } });
  assert.equal(await pixelsOf(await image.clone().gif().toBuffer()), RGB);
  assert.equal(await pixelsOf(await image.clone().tiff({ compression: 'lzw' }).toBuffer()), RGB);
  const deep = image.clone().toColourspace('rgb16').tiff({ compression: 'none' });
  assert.equal(await pixelsOf(await deep.toBuffer()), RGB);
  const avif = await pixelsOf(
    await image.clone().avif({ lossless: true, chromaSubsampling: '4:4:4' }).toBuffer(),
  );
  assert.ok(
    avif.every((value, i) => Math.abs(value - RGB[i]!) <= 1),
    `got ${avif}`,
  );
});

test('TIFF files of floating point are refused, for their numbers are no colours by themselves', async () => {
  const file = await sharp(Buffer.from(RGB), { raw: { width: WIDTH, height: 2, channels: 3 } })
    .toColourspace('scrgb')
    .tiff({ compression: 'none' })
    .toBuffer();
  assert.is((await sharp(file).metadata()).depth, 'float');
  assert.is(
    (await thrown(decodeImage(file, [2, WIDTH, 3], 'a.tiff'))).message,
    'a.tiff has samples of the type float, expected 1 to 16 bits a channel.',
  );
});

test('a folder may mix all formats, and damage of each is found', () =>
  withFolder(async (root) => {
    const colour = (red: number) =>
      sharp({ create: { width: 4, height: 4, channels: 3, background: { r: red, g: 0, b: 0 } } });
    const row = Array.from({ length: 4 }, () => [0, 0, 60]).flat();
    writeTree(root, { ...(await classOf('test/a', 1, 200)), ...(await classOf('test/b', 1, 210)) });
    writeTree(root, {
      'train/a/1.png': await png(10),
      'train/a/2.gif': await colour(20).gif().toBuffer(),
      'train/a/3.TIF': await colour(30).tiff().toBuffer(),
      'train/a/4.tiff': await colour(40).tiff({ compression: 'none' }).toBuffer(),
      'train/b/5.jfif': await colour(50).jpeg({ quality: 100 }).toBuffer(),
      'train/b/6.bmp': bmp({ bitsPerPixel: 24, rows: [row, row, row, row], width: 4 }),
      'train/b/7.avif': await colour(70).avif({ quality: 100 }).toBuffer(),
    });
    const { dataset, said } = await load(root);
    const seen = (await reds(dataset.train)).sort((a, b) => a - b);
    assert.ok(seen.length === 7 && seen.every((red, i) => Math.abs(red - 10 * (i + 1)) <= 3), `got ${seen}`);
    assert.equal(said, []);
    for (const [name, file] of [
      ['bad.gif', await photo().gif().toBuffer()],
      ['bad.tiff', await photo().tiff({ compression: 'lzw' }).toBuffer()],
      ['bad.avif', await photo().avif().toBuffer()],
      ['bad.bmp', bmp({ bitsPerPixel: 24, rows: [row, row, row, row], width: 4 })],
    ] as const) {
      writeTree(root, { [`train/a/${name}`]: file.subarray(0, file.length / 2) });
    }
    const warned = (await load(root)).said.map(({ message }) => message);
    assert.is(warned.length, 1);
    assert.match(
      warned[0]!,
      `4 of 13 pictures in ${root} cannot be used and are left out: train/a/bad.avif is `,
    );
  }));

test.run();
