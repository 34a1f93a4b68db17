import sharp from 'sharp';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../../src/base/random.js';
import { decodeImage } from '../../../../src/data/pictures/resize.js';
import { centred, pictureBytes, scaledInk } from '../../../../src/ui/web/input/prepare.js';

const test = suite('what pictures become in a page');

/** A picture with smooth colours and some noise, as a browser gives it and as a file. */
async function picture(width: number, height: number) {
  const random = randomStream(3, 'picture');
  const data = new Uint8ClampedArray(width * height * 4).map((_, i) => {
    const [x, y, channel] = [Math.floor(i / 4) % width, Math.floor(i / 4 / width), i % 4];
    if (channel === 3) return 255;
    return 128 + 80 * Math.sin((x * (channel + 1)) / 17) * Math.cos(y / 13) + random.below(30);
  });
  const file = await sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
  return { image: { data, width, height }, file };
}

test('by a rule of the config they are those of training, byte by byte, in grey and in colour', async () => {
  const { image, file } = await picture(150, 97);
  const resize = { shorter: 40, interpolation: 'bicubic' } as const;
  for (const channels of [1, 3]) {
    const shape = [32, 32, channels] as const;
    assert.equal(pictureBytes(image, shape, resize), await decodeImage(file, shape, undefined, resize));
  }
});

test('by the rule of the program they are nearly those of training', async () => {
  const { image, file } = await picture(150, 97);
  const shape = [28, 28, 1] as const;
  const [ours, theirs] = [pictureBytes(image, shape, null), await decodeImage(file, shape)];
  const far = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
  assert.ok(far <= 12, `${far} of 255`);
});

test('a picture of the size of the input stays as it is; what is transparent shows white', () => {
  const data = Uint8ClampedArray.of(10, 20, 30, 255, 0, 0, 0, 0);
  assert.equal(
    pictureBytes({ data, width: 2, height: 1 }, [1, 2, 3], null),
    Uint8Array.of(10, 20, 30, 255, 255, 255),
  );
});

/** A rectangle of ink. */
function ink(left: number, top: number, width: number, height: number, side = 280) {
  const data = new Uint8Array(side * side).map((_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    return x >= left && x < left + width && y >= top && y < top + height ? 255 : 0;
  });
  return { data, width: side, height: side };
}

test('ink fills a box of 20 pixels with its proportions, its centre of mass in the middle of 28, wherever it was drawn', () => {
  for (const drawn of [ink(10, 10, 50, 100), ink(200, 150, 60, 120)]) {
    const found = centred(drawn, [28, 28]);
    const rows = [...Array(28).keys()].filter((row) =>
      found.subarray(row * 28, (row + 1) * 28).some((value) => value > 0),
    );
    const columns = [...Array(28).keys()].filter((column) =>
      rows.some((row) => found[row * 28 + column]! > 0),
    );
    assert.equal([rows[0], rows.at(-1), columns[0], columns.at(-1)], [4, 23, 9, 18]);
    assert.is(found.filter((value) => value === 255).length, 200);
  }
});

test('no ink gives an empty input, and ink that is not centred stays where it is', () => {
  assert.is(
    centred(ink(0, 0, 0, 0), [28, 28]).some((value) => value > 0),
    false,
  );
  const found = scaledInk(ink(0, 0, 140, 280), [28, 28]);
  assert.equal([found[0], found[10], found[20], found[27]], [255, 255, 0, 0]);
});

test.run();
