import '../support/flags.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inPictureOrder, seenValues } from '../../src/models/pixels.js';
import { configOf, graphOf, headWith } from '../support/networks/yaml.js';

const pixelsOf = (pixels: string, input = '[4, 4, 3]') =>
  graphOf(configOf([], { head: `${headWith('[28, 28, 1]', input)}pixels: ${pixels}\n` })).pixels;
const refusal = (pixels: string, input?: string): string => {
  try {
    pixelsOf(pixels, input);
  } catch (error) {
    return (error as Error).message;
  }
  return 'taken';
};
/** Of a byte in each channel. */
const seen = (pixels: string, bytes: readonly number[]) => [
  ...seenValues(pixelsOf(pixels), Uint8Array.from(bytes)),
];
const near = (actual: readonly number[], wanted: readonly number[]) =>
  wanted.forEach((value, i) => {
    assert.ok(Math.abs(actual[i]! - value) < 1e-5, `${actual}, not ${wanted}`);
  });

test('what a network sees, computed by hand', () => {
  near(seen('{ range: [-1, 1] }', [0, 255, 51]), [-1, 1, -0.6]);
  near(seen('{ mean: 0.5, std: 0.25 }', [0, 255, 51]), [-2, 2, -1.2]);
  near(seen('{ scale: 1/255 }', [0, 255, 51]), [0, 1, 0.2]);
  near(seen('{ scale: 1, mean: [1, 2, 3] }', [10, 20, 30]), [9, 18, 27]);
  near(seen('{ scale: 0.5, mean: 1, std: 2 }', [10, 20, 30]), [2, 4.5, 7]);
  // Mean and std are in the order of the channels: blue first.
  near(seen('{ scale: 1, mean: [1, 2, 3], channelOrder: bgr }', [10, 20, 30]), [29, 18, 7]);
});

test('filters of blue first are shown in the colours of pictures', () => {
  assert.equal([...inPictureOrder(Float32Array.of(1, 2, 3, 4, 5, 6), 3, 'bgr')], [3, 2, 1, 6, 5, 4]);
  assert.equal([...inPictureOrder(Float32Array.of(1, 2, 3), 3)], [1, 2, 3]);
});

test('what does not go together is refused at its place', () => {
  assert.match(
    refusal('{ range: [0, 1], mean: 1 }'),
    /^my\.yaml:\d+:\d+ pixels\.mean and pixels\.range both say what bytes become: leave one out\.$/,
  );
  assert.match(
    refusal('{ channelOrder: bgr }', '[4, 4, 1]'),
    /pixels\.channelOrder bgr is of pictures in colour, but the input has 1 channel\.$/,
  );
  assert.match(
    refusal('{ resize: { shorter: 200, crop: 224 } }'),
    /pixels\.resize\.shorter must be at least crop, 224, got 200: what is cut out must be there\.$/,
  );
  assert.match(
    refusal('{ mean: [1, 2] }'),
    /pixels\.mean must be one number or a list of 3, one a channel, got 2\.$/,
  );
  assert.match(
    refusal('{ channelOrder: grb }'),
    /pixels\.channelOrder must be "rgb" or "bgr", got "grb"\.( Did you mean "rgb"\?)?$/,
  );
  assert.match(
    refusal('{ chanelOrder: bgr }'),
    /there is no setting "chanelOrder"\. Did you mean "channelOrder"\?$/,
  );
});

test.run();
