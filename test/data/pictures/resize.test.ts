import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkError } from '../../../src/base/errors.js';
import { decodeImage } from '../../../src/data/index.js';
import { hugePng, photo, pixels, plain } from '../../support/files/pictures.js';
import { thrown } from '../../support/files/small-data.js';
import { withFolder } from '../../support/folders.js';

const ORANGE = [200, 100, 50] as const;
const COLOUR = [2, 2, 3] as const;
const GREY = [2, 2, 1] as const;

/** The colour of all pixels, which must be the same. */
async function colourOf(
  file: Uint8Array,
  shape: readonly [number, number, number] = COLOUR,
): Promise<number[]> {
  const image = await decodeImage(file, shape);
  const colour = [...image.subarray(0, shape[2])];
  assert.equal([...image], Array.from({ length: shape[0] * shape[1] }, () => colour).flat());
  return colour;
}

function assertNear(actual: readonly number[], expected: readonly number[], most: number): void {
  assert.is(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) <= most, `expected [${expected}], got [${actual}]`);
  });
}

test('JPEG, PNG and WebP files give the same pixels, from a path or from bytes', () =>
  withFolder(async (root) => {
    const png = await plain(ORANGE).png().toBuffer();
    assert.equal(await colourOf(png), [...ORANGE]);
    assert.equal(await colourOf(await plain(ORANGE).webp({ lossless: true }).toBuffer()), [...ORANGE]);
    assertNear(await colourOf(await plain(ORANGE).jpeg({ quality: 100 }).toBuffer()), ORANGE, 1);
    // The content tells what it is, not the name.
    writeFileSync(join(root, 'orange.jpg'), png);
    assert.equal(await decodeImage(join(root, 'orange.jpg'), COLOUR), await decodeImage(png, COLOUR));
  }));

test('a picture is scaled to cover the image and cut to its middle', async () => {
  const [red, green, blue] = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
  ] as const;
  const wide = await pixels([red, green, green, blue, red, green, green, blue].flat(), 4, 2).png().toBuffer();
  assert.equal([...(await decodeImage(wide, [2, 2, 3]))], [...green, ...green, ...green, ...green]);
  const high = await pixels(
    [red, green, green, blue].flatMap((row) => [...row, ...row]),
    2,
    4,
  )
    .png()
    .toBuffer();
  assert.equal([...(await decodeImage(high, [2, 2, 3]))], [...green, ...green, ...green, ...green]);
  // Height and width of the image may differ; what has its proportions is taken whole.
  assert.equal(
    [...(await decodeImage(wide, [2, 4, 3]))],
    [red, green, green, blue, red, green, green, blue].flat(),
  );
  // Smaller ones are enlarged, larger ones made smaller.
  assert.equal(await colourOf(await plain(ORANGE, 1, 1).png().toBuffer(), [5, 7, 3]), [...ORANGE]);
  assert.equal(await colourOf(await plain(ORANGE, 500, 300).png().toBuffer(), [5, 7, 3]), [...ORANGE]);
});

test('pictures are turned upright as their EXIF orientation says', async () => {
  const image = pixels([255, 0, 0, 0, 0, 255], 2, 1);
  const upright = await image.clone().png().toBuffer();
  assert.equal([...(await decodeImage(upright, [1, 2, 3]))], [255, 0, 0, 0, 0, 255]);
  const turned = await image.clone().withMetadata({ orientation: 6 }).png().toBuffer();
  assert.equal([...(await decodeImage(turned, [2, 1, 3]))], [255, 0, 0, 0, 0, 255]);
  const mirrored = await image.clone().withMetadata({ orientation: 2 }).png().toBuffer();
  assert.equal([...(await decodeImage(mirrored, [1, 2, 3]))], [0, 0, 255, 255, 0, 0]);
});

test('grey pictures, palettes, 16 bits a channel and colour profiles become sRGB', async () => {
  const grey = await plain([90, 90, 90]).toColourspace('b-w').png().toBuffer();
  assert.is((await sharp(grey).metadata()).channels, 1);
  assert.equal(await colourOf(grey), [90, 90, 90]);
  const palette = await plain(ORANGE).png({ palette: true }).toBuffer();
  assert.ok((await sharp(palette).metadata()).isPalette);
  assert.equal(await colourOf(palette), [...ORANGE]);
  const deep = await plain(ORANGE).toColourspace('rgb16').png().toBuffer();
  assert.is((await sharp(deep).metadata()).depth, 'ushort');
  assert.equal(await colourOf(deep), [...ORANGE]);
  const deepGrey = await plain([90, 90, 90]).toColourspace('grey16').png().toBuffer();
  assert.equal(await colourOf(deepGrey), [90, 90, 90]);
  const wideGamut = await plain(ORANGE).withIccProfile('p3').png().toBuffer();
  assert.ok((await sharp(wideGamut).metadata()).hasProfile);
  assertNear(await colourOf(wideGamut), ORANGE, 1);
});

test('CMYK pictures become sRGB, with and without a profile', async () => {
  for (const profile of [undefined, 'cmyk']) {
    const image = plain([180, 120, 90]).toColourspace('cmyk');
    const file = await (profile ? image.withIccProfile(profile) : image).jpeg({ quality: 100 }).toBuffer();
    assert.is((await sharp(file).metadata()).space, 'cmyk');
    // What a printer's inks can show of the colour, and back.
    assertNear(await colourOf(file), [180, 120, 90], 20);
  }
});

test('what is transparent shows white', async () => {
  const clear = { r: 200, g: 100, b: 50, alpha: 0 };
  const see = (alpha: number) =>
    sharp({ create: { width: 4, height: 4, channels: 4, background: { ...clear, alpha } } });
  assert.equal(await colourOf(await see(0).png().toBuffer()), [255, 255, 255]);
  assert.equal(await colourOf(await see(1).png().toBuffer()), [...ORANGE]);
  assertNear(await colourOf(await see(0.5).png().toBuffer()), [227, 177, 152], 1);
  assertNear(await colourOf(await see(0.5).webp({ lossless: true }).toBuffer()), [227, 177, 152], 1);
  assertNear(await colourOf(await see(0.5).png({ palette: true }).toBuffer()), [227, 177, 152], 1);
  const grey = await see(0).toColourspace('b-w').png().toBuffer();
  assert.is((await sharp(grey).metadata()).channels, 2);
  assert.equal(await colourOf(grey, GREY), [255]);
});

test('for a model of one channel pictures become grey', async () => {
  assert.equal(await colourOf(await plain([90, 90, 90]).png().toBuffer(), GREY), [90]);
  assert.equal(await colourOf(await plain([255, 255, 255]).png().toBuffer(), GREY), [255]);
  // Pillow's Image.new('RGB', (1, 1), colour).convert('L').
  for (const [colour, luma] of [
    [[255, 0, 0], 76],
    [[0, 255, 0], 150],
    [[0, 0, 255], 29],
    [[200, 100, 50], 124],
    [[1, 254, 3], 150],
  ] as const)
    assert.equal(await colourOf(await plain(colour).png().toBuffer(), GREY), [luma]);
  const clear = { r: 255, g: 0, b: 0, alpha: 0.5 };
  const half = sharp({ create: { width: 4, height: 4, channels: 4, background: clear } });
  // Half of red on white is [255, 127, 127].
  assertNear(await colourOf(await half.png().toBuffer(), GREY), [165], 1);
});

test('of an animation the first picture counts', async () => {
  const frames = Buffer.concat([
    await plain(ORANGE).raw().toBuffer(),
    await plain([0, 0, 0]).raw().toBuffer(),
  ]);
  const animation = await sharp(frames, { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } })
    .webp({ lossless: true })
    .toBuffer();
  assert.is((await sharp(animation).metadata()).pages, 2);
  assert.equal(await colourOf(animation), [...ORANGE]);
});

test('what cannot be decoded is an error of one sentence that names it', () =>
  withFolder(async (root) => {
    const messageOf = async (content: Uint8Array | string, name?: string): Promise<string> => {
      writeFileSync(join(root, 'a.jpg'), content);
      const error = await thrown(decodeImage(join(root, 'a.jpg'), COLOUR, name));
      assert.instance(error, WorkError);
      return error.message;
    };
    const jpeg = await photo().jpeg().toBuffer();
    const png = await photo().png().toBuffer();
    const webp = await photo().webp().toBuffer();
    const path = join(root, 'a.jpg');
    assert.is(await messageOf(''), `${path} is empty.`);
    assert.is(await messageOf('hello'), `${path} is no JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP file.`);
    assert.is(
      await messageOf('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      `${path} is no JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP file.`,
    );
    for (const file of [jpeg, png, webp])
      assert.is(await messageOf(file.subarray(0, file.length / 2)), `${path} is cut short or damaged.`);
    assert.is(
      await messageOf(hugePng(20_000, 20_000)),
      `${path} has 20000x20000 pixels, more than the limit of 268,402,689.`,
    );
    assert.is(await messageOf('', 'Standard input'), 'Standard input is empty.');
    assert.is(
      (await thrown(decodeImage(join(root, 'none.png'), COLOUR))).message,
      `${root}/none.png does not exist.`,
    );
    assert.is((await thrown(decodeImage(new Uint8Array(), COLOUR))).message, 'The picture is empty.');
  }));

test.run();
