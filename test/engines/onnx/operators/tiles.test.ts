import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  outputTiling,
  piecesOf,
  tilesIn,
} from '../../../../src/engines/onnx/operators/products/winograd/tiles.js';

/** Of 16 images by F(4x4, 3x3): so many pieces of the transformed input of a map with so many channels. */
function piecesFor(side: number, channels: number) {
  const tiling = outputTiling(1, channels / 16, [side, side], 4);
  const tileBytes = 4 * 36 * channels * 16;
  return { tiling, tileBytes, pieces: piecesOf(tiling, tileBytes) };
}

test('up to 8 MB are one piece; there are more than four only where those would be larger than 32 MB', () => {
  const counts = (
    [
      [7, 512],
      [28, 128],
      [28, 512],
      [56, 256],
      [112, 128],
      [224, 64],
    ] as const
  ).map(([side, channels]) => piecesFor(side, channels).pieces.length);
  assert.equal(counts, [1, 2, 4, 4, 8, 15]);
});

test('pieces hold every tile once and differ in length by one at most', () => {
  for (const side of [1, 5, 57, 224]) {
    const { tiling, tileBytes, pieces } = piecesFor(side, 64);
    assert.is(pieces[0]!.from, 0);
    assert.is(pieces.at(-1)!.to, tilesIn(tiling));
    for (const [i, { to }] of pieces.slice(0, -1).entries()) assert.is(pieces[i + 1]!.from, to);
    const lengths = pieces.map(({ from, to }) => to - from);
    assert.ok(Math.max(...lengths) - Math.min(...lengths) <= 1);
    assert.ok(Math.max(...lengths) * tileBytes <= 32e6);
  }
});

test('a tile that is larger than a piece is a piece', () => {
  const tiling = outputTiling(1, 1, [8, 8], 4);
  assert.is(piecesOf(tiling, 1e8).length, 4);
});

test.run();
