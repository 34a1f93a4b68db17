import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NUMBERS, PADDING, STRIDES } from '../../../../src/cli/windows.js';
import { convolvePicture } from '../../../../src/report/pictures/convolve.js';
import { renderPng } from '../../../../src/report/pictures/out.js';
import { openRun } from '../../../../src/runs/run-reader.js';
import { convolve } from '../../../../src/tasks/visualize/convolve/convolution.js';
import { convolvePictures } from '../../../../src/tasks/visualize/convolve/convolve.js';
import { KERNEL_NAMES, readKernels } from '../../../../src/tasks/visualize/convolve/kernels.js';
import { openRunNetwork } from '../../../../src/training/evaluation/network.js';
import { temporaryFolder } from '../../../support/folders.js';
import { plainDrawing, refusal } from '../../../support/screens/drawing.js';
import { trainHere, writeModel } from '../../../support/training.js';

const folder = temporaryFolder();

/** A noisy colour picture of a size. */
async function noise(name: string, width: number, height: number): Promise<string> {
  const path = join(folder, name);
  const pixels = Buffer.from(
    Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * i * 31 + 7 * i) % 256),
  );
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path);
  return path;
}

test('a 4x4 map with a 3x3 filter gives 15 16 / 6 15, and 4x4 with a padding of 1', () => {
  const values = Float32Array.from([1, 2, 3, 0, 0, 1, 2, 3, 3, 0, 1, 2, 2, 3, 0, 1]);
  const [kernel] = readKernels('2 0 1; 0 1 2; 1 0 2');
  const valid = convolve(values, [4, 4, 1], kernel!, { strides: 1, padding: 'valid' });
  assert.equal([...valid.values], [15, 16, 6, 15]);
  const padded = convolve(values, [4, 4, 1], kernel!, { strides: 1, padding: 1 });
  assert.equal([padded.height, padded.width], [4, 4]);
  assert.equal([...padded.values], [7, 12, 10, 2, 4, 15, 16, 10, 10, 6, 15, 6, 8, 10, 4, 3]);
});

test('strides, channels and padding: each value is the sum of its window', () => {
  const [height, width, depth] = [9, 11, 3];
  const values = Float32Array.from({ length: height * width * depth }, (_, i) => ((i * 29) % 17) - 8);
  const [kernel] = readKernels('1 2 0; 0 1 3 | -1 0 1; 2 0 0 | 0 0 5; 1 -2 1');
  assert.equal(kernel!.shape, [2, 3, 3]);
  for (const [strides, padding, rows, columns, top, left] of [
    [[2, 3], 'valid', 4, 3, 0, 0],
    [2, 1, 5, 6, 1, 1],
    [1, 'same', 9, 11, 0, 1],
  ] as const) {
    const map = convolve(values, [height, width, depth], kernel!, { strides: strides as never, padding });
    assert.equal([map.height, map.width], [rows, columns]);
    const [down, across] = typeof strides === 'number' ? [strides, strides] : strides;
    map.values.forEach((value, i) => {
      let sum = 0;
      for (let k = 0; k < kernel!.values.length; k++) {
        const [dy, dx, c] = [Math.floor(k / 9), Math.floor((k % 9) / 3), k % 3];
        const y = Math.floor(i / columns) * down - top + dy;
        const x = (i % columns) * across - left + dx;
        if (y >= 0 && y < height && x >= 0 && x < width)
          sum += kernel!.values[k]! * values[(y * width + x) * depth + c]!;
      }
      assert.is(value, sum, `${padding}, value ${i}`);
    });
  }
});

test('the named filters: slopes and the Laplacian sum to nothing, blur and sharpen keep the mean', () => {
  const sums = KERNEL_NAMES.map((name) => readKernels(name)[0]!.values.reduce((a, b) => a + b, 0));
  assert.equal(Object.fromEntries(KERNEL_NAMES.map((name, i) => [name, sums[i]])), {
    vertical: 7,
    horizontal: 7,
    'sobel-x': 0,
    'sobel-y': 0,
    laplace: 0,
    blur: 1,
    sharpen: 1,
  });
});

test('two photographs of different sizes, each at its full size', async () => {
  const images = [await noise('wide.png', 1100, 900), await noise('small.png', 30, 20)];
  const result = await convolvePictures(images, { kernel: ['sobel-x', 'blur'], strides: 2 });
  assert.equal(
    result.pictures.map(({ width, height, maps }) => [width, height, maps.map(({ tile }) => tile.width)]),
    [
      [1100, 900, [550, 550]],
      [30, 20, [15, 15]],
    ],
  );
  const picture = convolvePicture(result);
  const { width, height } = await sharp(await renderPng(await picture.svg(), 1)).metadata();
  assert.ok(width! > 1100 && height! > 900 + 450, `${width}x${height}`);
  for (const line of picture.terminal(plainDrawing(70)).split('\n')) assert.ok(line.length <= 70);
  const { images: shown, filters } = picture.json as { images: object[]; filters: { kernel: number[][] }[] };
  assert.is(shown.length, 2);
  assert.equal(filters[0]!.kernel, [
    [-1, 0, 1],
    [-2, 0, 2],
    [-1, 0, 1],
  ]);
});

test('the filters of a network that pads the picture first see the picture', async () => {
  const images = [await noise('padded.png', 30, 20)];
  for (const [model, filters] of [
    ['lenet5', 6],
    ['resnet50', 16],
  ] as const) {
    const { kernels } = await convolvePictures(images, { from: model });
    assert.is(kernels.length, filters, model);
  }
});

test("a run's filters see what the network sees", async () => {
  const { dir } = await trainHere({
    model: writeModel(
      folder,
      'title: T\ninput: [28, 28, 1]\nclasses: 10\ndataset: digits\npixels: { mean: 0.5, std: 0.25 }\nlayers:\n  - conv2d: { filters: 3, kernelSize: 5 }\n  - flatten\n  - dense: { units: classes, activation: softmax }\ntraining: { epochs: 1, batchSize: 10, optimizer: { name: sgd, learningRate: 0.01 } }\n',
    ),
    limit: 50,
    runDir: join(folder, 'run'),
  });
  const image = await noise('ground.png', 40, 25);
  const { pictures, kernels, origin } = await convolvePictures([image], {
    from: dir,
    filters: [2, 0],
    padding: 'valid',
  });
  assert.equal([origin, kernels.map(({ name }) => name)], ['tiny, conv2d_1', ['filter 2', 'filter 0']]);
  const { weights } = await openRunNetwork(openRun(dir));
  const kernel = weights.get('conv2d_1/kernel')!.data;
  const { picture, maps } = pictures[0]!;
  const largest = [2, 0].map((filter) => {
    let most = Number.NEGATIVE_INFINITY;
    for (let y = 0; y <= 20; y++) {
      for (let x = 0; x <= 35; x++) {
        let sum = 0;
        for (let k = 0; k < 25; k++) {
          const byte = picture.pixels[4 * ((y + Math.floor(k / 5)) * 40 + x + (k % 5))]!;
          sum += kernel[3 * k + filter]! * ((byte / 255 - 0.5) / 0.25);
        }
        most = Math.max(most, sum);
      }
    }
    return most;
  });
  maps.forEach(({ max }, i) => assert.ok(Math.abs(max / largest[i]! - 1) < 1e-5, `${max} and ${largest[i]}`));
});

test('what is no filter is said in a sentence', async () => {
  const image = await noise('any.png', 20, 20);
  writeFileSync(join(folder, 'ragged.csv'), '1,2,3\n4,5\n');
  const run = join(folder, 'run');
  const cases: readonly [readonly string[], string][] = [
    [['--kernel', 'sobel'], '2 --kernel sobel: there is no such filter. Did you mean "sobel-x"?'],
    [
      ['--kernel', 'gabor'],
      '2 --kernel gabor: there is no such filter. There are vertical, horizontal, sobel-x, sobel-y, laplace, blur, sharpen; values are written as "0 1 0; 1 -4 1; 0 1 0".',
    ],
    [['--kernel', '1 2; 3'], '2 --kernel: row 2 has 1 values, but row 1 has 2: all need as many.'],
    [
      ['--kernel', '1 2; 3 x'],
      '2 --kernel: row 2 has "x", which is no number; values are written as "0 1 0; 1 -4 1; 0 1 0".',
    ],
    [
      ['--kernel', '1 | 2'],
      '2 --kernel: it has 2 channels, but a picture has 3: give one, for all of them, or three.',
    ],
    [
      ['--kernel', join(folder, 'ragged.csv')],
      '2 ragged.csv: row 2 has 2 values, but row 1 has 3: all need as many.',
    ],
    [['--kernel', join(folder, 'no.csv')], '2 --kernel no.csv: there is no such file.'],
    [['--filters', '1'], "2 --filters are numbers of a network's filters: add --from RUN."],
    [['--from', run, '--kernel', 'blur'], '2 --kernel and --from both say which filters: give one of them.'],
    [['--from', run, '--filters', '0,3'], '2 --filters 3: conv2d_1 of run has 3 filters, numbers 0 to 2.'],
    [
      ['--from', 'mnist-mlp'],
      '2 mnist-mlp has no convolution that sees the picture itself: take another network.',
    ],
    [['--strides', '0'], '2 --strides must be a whole number of at least 1, or two such as 2,1, got "0".'],
    [
      ['--layer', 'conv2d_1'],
      '2 --layer goes with visualize features, responses and gradcam, not with convolve.',
    ],
    [['--kernel', 'vertical', '--padding', 'valid'], 'was accepted'],
  ];
  for (const [args, sentence] of cases)
    assert.is(await refusal(folder, ['visualize', 'convolve', image, ...args]), sentence);
  const tiny = await noise('tiny.png', 3, 3);
  assert.is(
    await refusal(folder, ['visualize', 'convolve', tiny, '--padding', 'valid']),
    '1 tiny.png: a 7x7 window does not fit a 3x3 input: take a larger picture, or --padding same.',
  );
});

test('a network of other channels than pictures have', async () => {
  const model = writeModel(
    folder,
    'title: Two\ninput: [8, 8, 2]\nclasses: 2\ndataset: digits\nlayers:\n  - conv2d: { filters: 2, kernelSize: 3 }\n  - flatten\n  - dense: { units: classes, activation: softmax }\n',
    'two.yaml',
  );
  const image = await noise('two.png', 20, 20);
  assert.is(
    await refusal(folder, ['visualize', 'convolve', image, '--from', model]),
    '2 two.yaml sees pictures of 2 channels, but a picture has 1 or 3: take another network.',
  );
  assert.is(
    await refusal(folder, ['visualize', 'features', model, image, '--engine', 'onnx', '--device', 'cpu']),
    '1 two.png: pictures have 1 or 3 channels, but the network sees 2: name an image of its data set, such as NAME:test:0.',
  );
});

test('numbers, strides and paddings as they are typed', () => {
  assert.equal(NUMBERS.parse('0,3,8..10', '--channels'), [0, 3, 8, 9, 10]);
  assert.equal([STRIDES.parse('2', ''), STRIDES.parse('2,1', ''), PADDING.parse('3', '')], [2, [2, 1], 3]);
  assert.throws(
    () => NUMBERS.parse('3..1', '--channels'),
    '--channels must be numbers from 0 on, such as 0,3,8..12, got "3..1".',
  );
  assert.throws(
    () => PADDING.parse('full', '--padding'),
    '--padding must be same, valid or a whole number of zeros on every side, got "full".',
  );
});

test.run();
