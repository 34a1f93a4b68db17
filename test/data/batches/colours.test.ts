import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeImage } from '../../../src/data/index.js';
import { pngChunk } from '../../support/files/pictures.js';

/** PNG colour types (PNG specification, 11.2.2). */
const TYPES = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgbAlpha: 6 } as const;
type Type = keyof typeof TYPES;

interface Made {
  readonly type: Type;
  readonly depth: 1 | 2 | 4 | 8 | 16;
  /** Samples, row by row, of `depth` bits. */
  readonly samples: readonly number[];
  readonly width: number;
  readonly profile?: Buffer;
  readonly palette?: readonly number[];
  readonly paletteAlpha?: readonly number[];
}

/** A PNG file of any colour type and depth, which sharp itself would not write. */
function pngOf({ type, depth, samples, width, profile, palette, paletteAlpha }: Made): Buffer {
  const channels = { grey: 1, rgb: 3, palette: 1, greyAlpha: 2, rgbAlpha: 4 }[type];
  const perRow = width * channels;
  const height = samples.length / perRow;
  const rows = Array.from({ length: height }, (_, y) => {
    const bits = samples
      .slice(y * perRow, (y + 1) * perRow)
      .map((sample) => sample.toString(2).padStart(depth, '0'))
      .join('');
    const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g)!;
    return Buffer.from([0, ...bytes.map((byte) => Number.parseInt(byte, 2))]);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = depth;
  header[9] = TYPES[type];
  const chunks = [pngChunk('IHDR', header)];
  if (profile) chunks.push(pngChunk('iCCP', Buffer.concat([Buffer.from('p\0\0'), deflateSync(profile)])));
  if (palette) chunks.push(pngChunk('PLTE', Buffer.from(palette)));
  if (paletteAlpha) chunks.push(pngChunk('tRNS', Buffer.from(paletteAlpha)));
  chunks.push(pngChunk('IDAT', deflateSync(Buffer.concat(rows))), pngChunk('IEND', Buffer.alloc(0)));
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...chunks]);
}

/** A colour profile of three primaries, or of grey, with a power law (ICC.1:2001-04). */
function profileOf(gamma: number, primaries?: readonly (readonly [number, number, number])[]): Buffer {
  const fixed = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(Math.round(value * 65536));
    return bytes;
  };
  const xyz = (values: readonly number[]): Buffer =>
    Buffer.concat([Buffer.from('XYZ \0\0\0\0'), ...values.map(fixed)]);
  const curve = Buffer.alloc(16);
  curve.write('curv');
  curve.writeUInt32BE(1, 8);
  curve.writeUInt16BE(Math.round(gamma * 256), 12);
  const name = Buffer.alloc(92 + 8);
  name.write('desc');
  name.writeUInt32BE(2, 8);
  name.write('p', 12);
  const white = [0.9642, 1, 0.8249];
  const tags: [string, Buffer][] = [
    ['desc', name],
    ['cprt', Buffer.from('text\0\0\0\0none')],
    ['wtpt', xyz(white)],
    ...(primaries
      ? primaries.flatMap((values, i): [string, Buffer][] => [
          [`${'rgb'[i]}XYZ`, xyz(values)],
          [`${'rgb'[i]}TRC`, curve],
        ])
      : ([['kTRC', curve]] as [string, Buffer][])),
  ];
  const head = Buffer.alloc(128);
  head.writeUInt32BE(0x02400000, 8);
  head.write(`mntr${primaries ? 'RGB ' : 'GRAY'}XYZ `, 12);
  head.write('acsp', 36);
  Buffer.concat(white.map(fixed)).copy(head, 68);
  const table = Buffer.alloc(4 + 12 * tags.length);
  table.writeUInt32BE(tags.length);
  let offset = head.length + table.length;
  tags.forEach(([tag, data], i) => {
    table.write(tag, 4 + 12 * i);
    table.writeUInt32BE(offset, 8 + 12 * i);
    table.writeUInt32BE(data.length, 12 + 12 * i);
    offset += data.length;
  });
  head.writeUInt32BE(offset);
  return Buffer.concat([head, table, ...tags.map(([, data]) => data)]);
}

const ADOBE_RGB = profileOf(2.19921875, [
  [0.60974, 0.31111, 0.01947],
  [0.20528, 0.62567, 0.06087],
  [0.14919, 0.06322, 0.74457],
]);
const GREY_18 = profileOf(1.8);

async function builtIn(name: 'srgb' | 'p3'): Promise<Buffer> {
  const image = sharp({ create: { width: 1, height: 1, channels: 3, background: '#888' } });
  return (await sharp(await image.withIccProfile(name).png().toBuffer()).metadata()).icc!;
}

/** Red, green, blue, white, black, and colours of all kinds. */
const COLOURS = [
  ...[255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 128, 128, 128],
  ...[200, 100, 50, 17, 34, 251, 90, 180, 3, 240, 230, 10, 5, 60, 70, 33, 200, 150],
];
const WIDTH = 6;
const HEIGHT = 2;

async function pixelsOf(file: Uint8Array): Promise<number[]> {
  return [...(await decodeImage(file, [HEIGHT, WIDTH, 3]))];
}

function assertWithin(
  actual: readonly number[],
  expected: readonly number[],
  most: number,
  what: string,
): void {
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
  assert.ok(worst <= most, `${what}: ${worst} apart; expected [${expected}], got [${actual}]`);
}

/** As Pillow and OpenCV take 16 bits to 8 whatever the lower ones are. */
const deep = (samples: readonly number[]): number[] => samples.map((v, i) => v * 256 + ((i * 67) & 255));

test('16 bits a channel give what 8 bits give, with and without profile and alpha', async () => {
  const profiles = [undefined, await builtIn('srgb'), await builtIn('p3'), ADOBE_RGB];
  for (const [number, profile] of profiles.entries()) {
    const rgb = { type: 'rgb', width: WIDTH, profile } as const;
    const expected = await pixelsOf(pngOf({ ...rgb, depth: 8, samples: COLOURS }));
    // Without a profile, and with that of sRGB itself, colours stay as they are.
    if (number < 2) assertWithin(expected, COLOURS, 1, `profile ${number}`);
    const actual = await pixelsOf(pngOf({ ...rgb, depth: 16, samples: deep(COLOURS) }));
    assertWithin(actual, expected, 1, `profile ${number}`);
    const samples = COLOURS.flatMap((v, i) => (i % 3 === 2 ? [v, (i * 21) & 255] : [v]));
    const alpha = { ...rgb, type: 'rgbAlpha' } as const;
    const blended = await pixelsOf(pngOf({ ...alpha, depth: 8, samples }));
    assertWithin(
      await pixelsOf(pngOf({ ...alpha, depth: 16, samples: deep(samples) })),
      blended,
      1,
      `profile ${number} with alpha`,
    );
  }
});

test('colours of a wider gamut become those of sRGB', async () => {
  // Pillow's ImageCms.profileToProfile to sRGB, of Display P3 and of Adobe RGB (1998).
  const colours = [100, 150, 200, 150, 120, 90, 60, 60, 60, 180, 190, 170, 128, 100, 128, 90, 110, 70];
  const expected = {
    p3: [84, 152, 205, 156, 119, 85, 60, 60, 60, 178, 190, 168, 133, 99, 130, 85, 111, 65],
    adobe: [66, 151, 203, 162, 121, 88, 57, 57, 57, 177, 191, 171, 139, 100, 130, 79, 110, 66],
  };
  for (const [name, profile] of [
    ['p3', await builtIn('p3')],
    ['adobe', ADOBE_RGB],
  ] as const) {
    for (const depth of [8, 16] as const) {
      const samples = depth === 8 ? colours : deep(colours);
      const file = pngOf({ type: 'rgb', depth, samples, width: WIDTH, profile });
      const image = [...(await decodeImage(file, [1, WIDTH, 3]))];
      assertWithin(image, expected[name], 1, `${name}, ${depth} bits`);
    }
  }
});

test('grey of every depth, with and without profile and alpha', async () => {
  for (const profile of [undefined, GREY_18]) {
    const grey = { type: 'grey', width: WIDTH, profile } as const;
    const levels = [0, 36, 73, 109, 128, 146, 182, 219, 233, 250, 254, 255];
    const eight = await pixelsOf(pngOf({ ...grey, depth: 8, samples: levels }));
    // A power law of 1.8 is lighter than sRGB's curve; by its profile 128 is 146 (Pillow's ImageCms).
    assertWithin([eight[12]!], [profile ? 146 : 128], 1, 'grey of 128');
    assertWithin(await pixelsOf(pngOf({ ...grey, depth: 16, samples: deep(levels) })), eight, 1, '16 bits');
    const samples = levels.flatMap((v, i) => [v, i * 23]);
    const alpha = { ...grey, type: 'greyAlpha' } as const;
    const blended = await pixelsOf(pngOf({ ...alpha, depth: 8, samples }));
    assertWithin(
      await pixelsOf(pngOf({ ...alpha, depth: 16, samples: deep(samples) })),
      blended,
      1,
      '16 bits with alpha',
    );
    for (const depth of [1, 2, 4] as const) {
      const most = 2 ** depth - 1;
      const few = levels.map((level) => Math.round((level * most) / 255));
      const same = few.map((level) => (level * 255) / most);
      const wanted = await pixelsOf(pngOf({ ...grey, depth: 8, samples: same }));
      assertWithin(await pixelsOf(pngOf({ ...grey, depth, samples: few })), wanted, 1, `${depth} bits`);
    }
  }
});

test('palettes of every depth, with and without profile and alpha', async () => {
  for (const profile of [undefined, await builtIn('p3')]) {
    for (const depth of [1, 2, 4, 8] as const) {
      const palette = COLOURS.slice(0, 3 * Math.min(12, 2 ** depth));
      const colours = palette.length / 3;
      const samples = Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i * 5) % colours);
      const rgb = samples.flatMap((index) => palette.slice(3 * index, 3 * index + 3));
      const wanted = await pixelsOf(pngOf({ type: 'rgb', depth: 8, samples: rgb, width: WIDTH, profile }));
      const about = { type: 'palette', depth, samples, width: WIDTH, palette, profile } as const;
      assertWithin(await pixelsOf(pngOf(about)), wanted, 1, `${depth} bits`);
      const paletteAlpha = Array.from({ length: colours }, (_, i) => (i * 77) & 255);
      const rgba = samples.flatMap((i) => [...palette.slice(3 * i, 3 * i + 3), paletteAlpha[i]!]);
      const blended = await pixelsOf(
        pngOf({ type: 'rgbAlpha', depth: 8, samples: rgba, width: WIDTH, profile }),
      );
      assertWithin(await pixelsOf(pngOf({ ...about, paletteAlpha })), blended, 1, `${depth} bits, alpha`);
    }
  }
});

test.run();
