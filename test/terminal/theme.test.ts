import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasLightGround } from '../../src/terminal/terminal.js';
import { pictureLines } from '../../src/terminal/terminal-picture.js';
import { createTheme, TONES_OF_256, type Tone } from '../../src/terminal/theme.js';

/** Red, green and blue of a colour of the 6x6x6 cube, 0 to 255. */
function rgbOf(colour: number): number[] {
  const place = colour - 16;
  return [Math.floor(place / 36), Math.floor(place / 6) % 6, place % 6].map((one) =>
    one === 0 ? 0 : 55 + 40 * one,
  );
}

/** Relative luminance, 0 to 1 (WCAG 2.2). */
function luminance(rgb: readonly number[]): number {
  const [r, g, b] = rgb
    .map((value) => value / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

const TONES: readonly Tone[] = [
  'plain',
  'quiet',
  'strong',
  'chosen',
  ...(Object.keys(TONES_OF_256) as Tone[]),
];

test('every tone can be read on black and on white', () => {
  for (const [tone, colour] of Object.entries(TONES_OF_256)) {
    const light = luminance(rgbOf(colour));
    assert.ok((light + 0.05) / 0.05 >= 3, `${tone} on black`);
    assert.ok(1.05 / (light + 0.05) >= 3, `${tone} on white`);
  }
  assert.is(new Set(Object.values(TONES_OF_256)).size, 5);
});

test('with 256 colours or more no tone is one of the sixteen that the terminal has its own way with', () => {
  for (const level of [2, 3] as const) {
    for (const tone of TONES) {
      const painted = createTheme(level, true).paint(tone, 'text');
      assert.not.match(painted, /\[(?:3[0-7]|9[0-7]|4[0-7]|10[0-7])m/, tone);
      if (tone in TONES_OF_256)
        assert.ok(painted.includes(`[38;5;${TONES_OF_256[tone as keyof typeof TONES_OF_256]}m`), tone);
    }
  }
  const sixteen = createTheme(1, true);
  assert.ok(sixteen.paint('warning', 'text').includes('[33m'));
  assert.ok(sixteen.paint('good', 'text').includes('[32m'));
  for (const tone of TONES) assert.is(createTheme(0, true).paint(tone, 'text'), 'text');
});

test('a light ground is known where the terminal says so, in any of its ways', () => {
  for (const light of ['0;15', '0;default;15', '0;7', '15;11'])
    assert.is(hasLightGround({ COLORFGBG: light }), true, light);
  for (const dark of ['15;0', '15;default;0', '7;8', '12;default', '', 'white', undefined])
    assert.is(hasLightGround({ COLORFGBG: dark }), false, dark);
});

test('a picture without colour is its own negative on a light ground, and what is not there stays so', () => {
  // Above a white row, below a black one; the last two columns are not there.
  const pixels = new Uint8Array(4 * 4 * 8);
  for (let y = 0; y < 8; y++)
    for (let x = 0; x < 4; x++)
      pixels.set([...(y < 4 ? [255, 255, 255] : [0, 0, 0]), x < 2 ? 255 : 0], 4 * (4 * y + x));
  const raster = { width: 4, height: 8, pixels };
  const lines = (unicode: boolean, onLight: boolean) => pictureLines(raster, { level: 0, unicode, onLight });
  assert.equal(lines(true, false), ['⣿', '']);
  assert.equal(lines(true, true), ['', '⣿']);
  assert.equal(lines(false, false), ['@@', '@@', '', '']);
  assert.equal(lines(false, true), ['', '', '@@', '@@']);
  const coloured = { level: 3, unicode: true } as const;
  assert.equal(pictureLines(raster, { ...coloured, onLight: true }), pictureLines(raster, coloured));
});

test.run();
