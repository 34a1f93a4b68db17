import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { messageOf } from '../../../src/base/errors.js';
import type { ApplyRequest } from '../../../src/tasks/apply/apply.js';
import '../../support/flags.js';
import { apply, applyText } from '../../support/networks/apply.js';

/** What a wrong command line is told: one sentence with the place and the way out. */
const WRONG: readonly (readonly [string, string, string | string[], Partial<ApplyRequest>, RegExp])[] = [
  [
    'rows of different lengths',
    'maxPool2d: 2',
    '1 2; 3',
    {},
    /^DATA: row 0 has 2 values, but row 1 has 1: all rows/,
  ],
  [
    'a letter',
    'maxPool2d: 2',
    '1 a; 3 4',
    {},
    /^DATA: row 0, column 1: "a" is no number: a matrix is numbers/,
  ],
  ['an empty row', 'maxPool2d: 2', '1 2;; 3 4', {}, /^DATA: row 1 is empty: a matrix was expected, such as/],
  [
    'channels of different sizes',
    'maxPool2d: 2',
    '1 2 | 3',
    {},
    /^DATA: channel 0 is 1x2, but channel 1 is 1x1/,
  ],
  [
    'images of different shapes',
    'maxPool2d: 2',
    ['ramp:2x2x1', 'ramp:4x4x1'],
    {},
    /^DATA 1 is 2x2x1, but DATA 2 is 4x4x1/,
  ],
  [
    'too much',
    'maxPool2d: 2',
    'random:3000x3000x3',
    {},
    /^DATA of 3000x3000x3 is too large .* Take a part of it/,
  ],
  [
    'too much that comes of it',
    'conv2d: {filters: 200, kernelSize: 1}',
    'zeros:1000x1000x1',
    {},
    /more than the .* fewer layers \(--layer\)\.$/,
  ],
  ['no data', 'maxPool2d: 2', [], {}, /^DATA is missing: give numbers such as/],
  ['empty data', 'maxPool2d: 2', ' ', {}, /^DATA is empty: give numbers such as "1 2; 3 4"/],
  [
    'no shape',
    'maxPool2d: 2',
    'ramp:4x4',
    {},
    /^DATA ramp:4x4: a shape was expected after "ramp:", HxWxC as in/,
  ],
  ['no file', 'maxPool2d: 2', 'nothing.png', {}, /^nothing\.png does not exist/],
  [
    'a layer that does not fit',
    'maxPool2d: 5',
    '1 2; 3 4',
    {},
    /^LAYERS:1:1 maxPool2d_1: a 5x5 window does not fit a 2x2 input\.$/,
  ],
  [
    'a layer of vectors',
    'dense: 3',
    '1 2; 3 4',
    {},
    /^LAYERS:1:1 dense_1: needs a vector, .*: put a flatten layer before it\.$/,
  ],
  [
    'an unknown layer',
    'maxpool2d: 2',
    '1 2',
    {},
    /^LAYERS:1:1 there is no layer "maxpool2d"\. Did you mean "maxPool2d"\?$/,
  ],
  ['an unknown setting', '[flatten, dense: {unit: 2}]', '1 2', {}, /^LAYERS:1:19 dense: .*"units"\?/],
  ['an activation', 'relu', '1 2', {}, /^LAYERS: relu is an activation: the layer is "activation: relu"\.$/],
  ['no layer', '[]', '1 2', {}, /^LAYERS:1:1 there is no layer here/],
  ['broken YAML', '{', '1 2', {}, /^LAYERS:1:1 not well-formed YAML/],
  ['an unknown model', 'lenet6', '1 2', {}, /Did you mean "lenet5"\?$/],
  [
    'a kernel of another shape',
    'conv2d: {filters: 1, kernelSize: 3}',
    'ramp:4x4x1',
    { kernel: '1 2; 3 4' },
    /^--kernel is 2x2x1x1, but the layer's is 3x3x1x1 \(rows by ;/,
  ],
  [
    'a kernel with a letter',
    'conv2d: {filters: 1, kernelSize: 1}',
    'ramp:4x4x1',
    { kernel: 'x' },
    /^--kernel: row 0, column 0: "x" is no number/,
  ],
  [
    'a bias of another length',
    'conv2d: {filters: 2, kernelSize: 1}',
    'ramp:4x4x1',
    { bias: '1 2 3' },
    /^--bias has 3 values, but the layer has 2 outputs: give 2, or one for all/,
  ],
  [
    'a kernel for none',
    'maxPool2d: 2',
    'ramp:4x4x1',
    { kernel: '1' },
    /^--kernel: none of these layers has a kernel: leave it out\.$/,
  ],
  [
    'a kernel for two',
    '[dense: 2, dense: 2]',
    '1 2',
    { kernel: '1' },
    /^--kernel sets that of one layer, but 2 have one \(dense_1, dense_2\): take one/,
  ],
  [
    'an unknown channel',
    'maxPool2d: 2',
    'ramp:4x4x1',
    { at: '0,0,3' },
    /^--at 0,0,3: maxPool2d_1 has no channel 3: it gives 2x2x1, whose only channel is 0\.$/,
  ],
  [
    'an unknown row',
    'maxPool2d: 2',
    'ramp:4x4x1',
    { at: '2,0' },
    /^--at 2,0: maxPool2d_1 has no row 2: it gives 2x2x1, rows 0 to 1\.$/,
  ],
  [
    'no place',
    'maxPool2d: 2',
    'ramp:4x4x1',
    { at: 'x' },
    /^--at must be ROW,COL or ROW,COL,CHANNEL, such as 0,1, got "x"/,
  ],
  [
    'a window of a layer without one',
    'activation: relu',
    '1 2',
    { windows: true },
    /^--windows: activation_1 slides no window over its input/,
  ],
  [
    'im2col of a layer without a window',
    'flatten',
    'ramp:2x2x1',
    { unfold: true },
    /^--unfold: flatten_1 slides no window/,
  ],
  [
    'gradients of another shape',
    'maxPool2d: 2',
    'ramp:4x4x1',
    { gradient: '1 2 3' },
    /^--gradient is 1x3x1, but the output is 2x2x1: give as many numbers/,
  ],
  [
    'a class of no classes',
    'maxPool2d: 2',
    'ramp:4x4x1',
    { gradient: 'class:1' },
    /^--gradient class:1: maxPool2d_1 gives no classes/,
  ],
  [
    'an unknown class',
    'dense: 2',
    '1 2',
    { gradient: 'class:2' },
    /^--gradient class:2: dense_1 gives 2 classes, class:0 to class:1\.$/,
  ],
  [
    'numbers of other channels than a model takes',
    'lenet5',
    'random:28x28x3',
    {},
    /^DATA is 28x28x3, but lenet5 .* takes 28x28x1: give numbers of that shape/,
  ],
  [
    'an unknown layer of a model',
    'lenet5',
    [],
    { layer: 'conv2d_9' },
    /^--layer: lenet5 has no layer "conv2d_9"\. Did you mean "conv2d_[123]"\?$/,
  ],
  [
    'a beginning after the end',
    'lenet5',
    [],
    { from: 'conv2d_2', layer: 'conv2d_1' },
    /conv2d_1 does not come after conv2d_2: turn --from and --layer around/,
  ],
  [
    'a shift of several images',
    'maxPool2d: 2',
    'ramp:2x4x4x1',
    { shift: 1 },
    /^--shift 1 shifts one picture, but DATA is 2 images\.$/,
  ],
  [
    'a shift of a vector',
    'dense: 2',
    '1 2 3',
    { shift: 1 },
    /^--shift 1 shifts one picture, but DATA is a vector of 3 values\.$/,
  ],
  [
    'a shift that leaves nothing',
    'maxPool2d: 2',
    'ramp:4x4x1',
    { shift: 4 },
    /^--shift 4: DATA is 4x4x1, so that 3 columns are the most\.$/,
  ],
  ['a bad seed', 'flatten', '1', { seed: 1.5 }, /^--seed must be a whole number/],
];

for (const [what, layers, data, flags, expected] of WRONG) {
  test(`${what} is said in a sentence`, async () => {
    let message = '';
    await apply(layers, data, flags).catch((error: unknown) => {
      message = messageOf(error);
    });
    assert.match(message, expected);
    assert.not.match(message, /\n/);
  });
}

test('a table with a letter is told by its file, row and column', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'cnnzoo-apply-')), 'numbers.csv');
  writeFileSync(file, '1,2\n3,x\n');
  const error = await apply('maxPool2d: 2', file).catch(messageOf);
  assert.is(error, `${file}: row 1, column 1: "x" is no number: a matrix is numbers, such as "1 2; 3 4".`);
});

test('a picture in colour is refused by a network of one channel, with the way out', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'cnnzoo-apply-')), 'red.png');
  await sharp({ create: { width: 30, height: 30, channels: 3, background: '#ff0000' } }).toFile(file);
  const error = await apply('lenet5', file, { layer: 'conv2d_1' }).catch(messageOf);
  assert.is(
    error,
    `${file} has 3 channels, it is in colour, but the network wants 28x28x1: --grey makes it grey.`,
  );
  const { input } = await apply('lenet5', file, { layer: 'zeroPadding2d_1', grey: true });
  assert.equal(input.shape, [1, 28, 28, 1]);
  const alone = await apply('maxPool2d: 2', file);
  assert.equal(alone.input.shape, [1, 30, 30, 3]);
  assert.equal([...alone.input.data.slice(0, 3)], [1, 0, 0]);
});

test('tables read with commas, semicolons and line ends of any kind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cnnzoo-apply-'));
  for (const text of ['1,2\n3,4\n', '1;2\r\n3;4\r\n', '1 2\n3 4', '1, 2\n3, 4']) {
    const file = join(folder, 'numbers.csv');
    writeFileSync(file, text);
    const { input } = await apply('maxPool2d: 2', file);
    assert.equal(input.shape, [1, 2, 2, 1]);
    assert.equal([...input.data], [1, 2, 3, 4]);
  }
});

test('numbers and layers may be longer than the name of a file can be', async () => {
  const row = Array.from({ length: 300 }, (_, i) => i).join(' ');
  const layers = `[${Array.from({ length: 30 }, () => 'activation: relu').join(', ')}]`;
  assert.ok(row.length > 255 && layers.length > 255);
  const { input, layers: applied } = await apply(layers, row);
  assert.equal(input.shape, [1, 300]);
  assert.is(applied.length, 30);
  assert.equal([...applied.at(-1)!.output.data], [...input.data]);
});

test('text fits terminals of 60 to 200 columns, whatever is printed', async () => {
  const layers = '[conv2d: {filters: 3, kernelSize: 3, padding: same}, flatten, dense: {units: 40}]';
  for (const width of [60, 80, 120, 200]) {
    for (const flags of [
      { at: '3' },
      { layer: 'conv2d_1', unfold: true, windows: true, at: '0,0', gradient: true },
    ]) {
      const text = await applyText([layers, 'random:2x28x28x2', flags], width);
      const wide = text.split('\n').find((line) => line.length > width);
      assert.is(wide, undefined, `${width} columns`);
    }
  }
});

test.run();
