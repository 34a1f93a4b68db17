import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkError } from '../../../src/base/errors.js';
import { buildGraph } from '../../../src/models/build.js';
import { initialWeights } from '../../../src/models/graph/initial-weights.js';
import { loadModel } from '../../../src/models/zoo.js';
import { parseCommandLine } from '../../../src/program/parse.js';
import { featuresPicture } from '../../../src/report/pictures/features.js';
import { filtersPicture } from '../../../src/report/pictures/filters.js';
import { historyPicture } from '../../../src/report/pictures/history.js';
import { linesPicture } from '../../../src/report/pictures/lines.js';
import { renderPng } from '../../../src/report/pictures/out.js';
import type { Picture } from '../../../src/report/pictures/picture.js';
import { columnsFor } from '../../../src/report/pictures/sheet.js';
import { openRun } from '../../../src/runs/run-reader.js';
import { featureMaps } from '../../../src/tasks/visualize/activity/features.js';
import { convolve } from '../../../src/tasks/visualize/convolve/convolution.js';
import { convolvePictures } from '../../../src/tasks/visualize/convolve/convolve.js';
import { LINE_KERNELS } from '../../../src/tasks/visualize/convolve/kernels.js';
import { firstFilters } from '../../../src/tasks/visualize/networks/filters.js';
import { runHistory } from '../../../src/tasks/visualize/runs/history.js';
import { createTheme } from '../../../src/terminal/theme.js';
import { niceTicks, tickLabel } from '../../../src/terminal/ticks.js';
import { openRunNetwork } from '../../../src/training/evaluation/network.js';
import { cnnzoo } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { engines, graphOf, relativeDifference } from '../../support/networks/parity.js';
import { trainHere, writeModel } from '../../support/training.js';

const folder = temporaryFolder();

/** A PNG's pixels, [H, W, 3] bytes. */
async function pixelsOf(png: Buffer | string) {
  const { data, info } = await sharp(png)
    .flatten()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (y: number, x: number) => [
    ...data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3),
  ];
  return { width: info.width, height: info.height, at };
}

async function png(picture: Picture) {
  return pixelsOf(await renderPng(await picture.svg(), picture.pngScale));
}

const SIDE = 40;
const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;

/** A white picture of 40x40 with a black stroke down its column 10 and another along its row 30. */
async function strokes(): Promise<string> {
  const path = join(folder, 'strokes.png');
  const pixels = Buffer.alloc(SIDE * SIDE, 255);
  for (let i = 0; i < SIDE; i++) {
    pixels[i * SIDE + 10] = 0;
    pixels[30 * SIDE + i] = 0;
  }
  await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .png()
    .toFile(path);
  return path;
}

test('the vertical line filter keeps a vertical stroke and blurs a horizontal one, the other the other way round', async () => {
  const { kernels, pictures } = await convolvePictures([await strokes()], {});
  const { maps, picture, width, height } = pictures[0]!;
  assert.equal([width, height, picture.width], [SIDE, SIDE, SIDE]);
  const grey = (name: string) => {
    const { pixels } = maps[kernels.findIndex((kernel) => kernel.name === name)]!.tile;
    return (y: number, x: number) => pixels[4 * (y * SIDE + x)]!;
  };
  const [vertical, horizontal] = [grey('vertical'), grey('horizontal')];
  // Far from the other stroke: black on the stroke, white beside it.
  assert.equal(
    [9, 10, 11].map((x) => vertical(15, x)),
    [255, 0, 255],
  );
  assert.equal(
    [29, 30, 31].map((y) => horizontal(y, 25)),
    [255, 0, 255],
  );
  // Across the line a stroke is one seventh of what the filter adds up, as far as the filter reaches.
  const blurred = Math.round((255 * 6) / 7);
  assert.equal(
    [26, 27, 30, 33, 34].map((y) => vertical(y, 25)),
    [255, blurred, blurred, blurred, 255],
  );
  assert.equal(
    [6, 7, 10, 13, 14].map((x) => horizontal(15, x)),
    [255, blurred, blurred, blurred, 255],
  );
});

test("the filters are a conv2d layer's: 'same' padding, stride 1, on every channel", async () => {
  const graph = graphOf(
    '  - conv2d: { filters: 2, kernelSize: 7, padding: same }\n  - flatten\n  - dense: { units: classes, activation: softmax }\n',
    '[12, 9, 3]',
  );
  const weights = new Map(initialWeights(graph, 1));
  const kernel = Float32Array.from(
    { length: 7 * 7 * 3 * 2 },
    (_, i) => LINE_KERNELS[i % 2]!.values[Math.floor(i / 6)]!,
  );
  weights.set('conv2d_1/kernel', { shape: [7, 7, 3, 2], data: kernel });
  const pixels = Uint8Array.from({ length: 12 * 9 * 3 }, (_, i) => (i * 37) % 256);
  const values = Float32Array.from(pixels, (byte) => byte / 255);
  const engine = await engines.onnx();
  try {
    const program = await engine.inferenceProgram(graph, { batchSize: 1, watch: 'conv2d_1' });
    await program.load(weights);
    const { activations } = await program.run({
      pixels,
      labels: new Int32Array(1),
      count: 1,
      masks: new Map(),
    });
    LINE_KERNELS.forEach((kernel, f) => {
      const expected = convolve(values, [12, 9, 3], kernel, { strides: 1, padding: 'same' });
      const actual = activations!.filter((_, i) => i % 2 === f);
      assert.ok(relativeDifference(actual, expected.values) < 1e-5, kernel.name);
    });
  } finally {
    await engine.dispose();
  }
});

test('the photograph stands beside its two maps, pixel by pixel', async () => {
  const { width, height, at } = await png(linesPicture(await convolvePictures([await strokes()], {})));
  assert.ok(width > 3 * SIDE && height > SIDE, `${width}x${height}`);
  // Three black strokes: in the photograph, in either map one.
  const row = Array.from({ length: width }, (_, x) => at(height - 16 - SIDE + 15, x));
  assert.is(row.filter(([r, g, b]) => r! + g! + b! === 0).length, 2);
  assert.equal(at(0, 0), [255, 255, 255]);
});

test('filters before training are the initial weights from black to white, after it the trained ones', async () => {
  const { dir } = await trainHere({
    model: writeModel(folder),
    limit: 100,
    seed: 7,
    runDir: join(folder, 'run'),
  });
  const filters = await firstFilters(dir);
  assert.equal([filters.layer, filters.shape, filters.seed, filters.run], ['conv2d_1', [3, 3, 1], 7, dir]);
  assert.is(filters.after!.origin, 'of epoch 2');
  const kernel = initialWeights(buildGraph(loadModel(join(folder, 'tiny.yaml'))), 7).get(
    'conv2d_1/kernel',
  )!.data;
  const { width, height, at } = await png(filtersPicture(filters));
  // Two grids of 2x2 filters of 39x39 pixels, 6 apart.
  const [side, left, top] = [13, 16, height - 16 - 84];
  for (let f = 0; f < 4; f++) {
    const values = Array.from({ length: 9 }, (_, i) => kernel[4 * i + f]!);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const [y, x] = [top + 45 * Math.floor(f / 2), left + 45 * (f % 2)];
    values.forEach((value, i) => {
      const grey = Math.round((255 * (value - low)) / (high - low));
      const pixel = at(y + side * Math.floor(i / 3) + 6, x + side * (i % 3) + 6);
      assert.ok(Math.abs(pixel[0]! - grey) <= 1, `filter ${f}, weight ${i}: ${pixel[0]} instead of ${grey}`);
    });
  }
  assert.equal(at(top + 41, left + 20), [255, 255, 255], 'a white margin');
  assert.ok(width > 4 * 45, `${width}`);
  const { before, after } = filters;
  assert.not.equal(before[0]!.tile.pixels, after!.filters[0]!.tile.pixels);
});

test('filters of a run that began with weights of a file are those before training', async () => {
  const weights = join(folder, 'run/weights.safetensors');
  const { dir } = await trainHere({
    model: writeModel(folder),
    weights,
    limit: 50,
    epochs: 1,
    runDir: join(folder, 'further'),
  });
  const { before, beforeOrigin } = await firstFilters(dir);
  assert.is(beforeOrigin, 'weights.safetensors');
  const { after } = await firstFilters(join(folder, 'run'));
  assert.equal(before[0]!.tile.pixels, after!.filters[0]!.tile.pixels);
});

test('feature maps are what the layer gives, each from black to white', async () => {
  const image = await strokes();
  const maps = await featureMaps(join(folder, 'run'), image, { ...CPU, layer: 'conv2d_1', invert: true });
  assert.equal([maps.layer, maps.kind, maps.shape], ['conv2d_1', 'conv2d', [5, 5, 4]]);
  // By hand: max pooling by 4, then the trained filters and ReLU.
  const { graph, weights } = await openRunNetwork(openRun(join(folder, 'run')));
  const kernel = weights.get('conv2d_1/kernel')!.data;
  const bias = weights.get('conv2d_1/bias')!.data;
  const [{ pixels }, { scale }] = [maps.input, graph.pixels];
  const pooled = (y: number, x: number) =>
    Math.max(
      ...Array.from(
        { length: 16 },
        (_, i) => pixels[4 * ((4 * y + (i >> 2)) * 28 + 4 * x + (i & 3))]! * scale[0]!,
      ),
    );
  maps.maps.forEach(({ min, max }, f) => {
    const values = Array.from({ length: 25 }, (_, i) => {
      let sum = bias[f]!;
      for (let k = 0; k < 9; k++) {
        sum += kernel[4 * k + f]! * pooled(Math.floor(i / 5) + Math.floor(k / 3), (i % 5) + (k % 3));
      }
      return Math.max(0, sum);
    });
    assert.ok(
      Math.abs(min - Math.min(...values)) < 1e-5 && Math.abs(max - Math.max(...values)) < 1e-5,
      `map ${f}`,
    );
  });
  const { width, height } = await png(featuresPicture(maps));
  // 28 pixels three times, and 2x2 maps of 5 pixels fourteen times.
  assert.is(height, 16 + 30 + 22 + 2 * 70 + 6 + 16);
  assert.ok(width >= 16 + 84 + 32 + 146 + 16, `${width}`);
});

test('feature maps: the first convolution unless a layer is named, vectors too, and no other layers', async () => {
  const [run, image] = [join(folder, 'run'), await strokes()];
  assert.is((await featureMaps(run, image, CPU)).layer, 'conv2d_1');
  const { maps, shape } = await featureMaps(run, image, { ...CPU, layer: 'dense_1' });
  assert.equal(shape, [10]);
  const sum = maps.reduce((total, { max }) => total + max, 0);
  assert.ok(Math.abs(sum - 1) < 1e-5, 'probabilities');
  const greys = maps.map(({ tile }) => tile.pixels[0]);
  assert.equal([Math.min(...(greys as number[])), Math.max(...(greys as number[]))], [0, 255]);
  const message = await featureMaps(run, image, { ...CPU, layer: 'conv2d_3' }).catch(
    (error: Error) => error.message,
  );
  assert.is(
    message,
    'tiny has no layer "conv2d_3". Did you mean "conv2d_1"? Its layers are maxPool2d_1, conv2d_1, flatten_1, dropout_1, dense_1.',
  );
});

test('some maps alone, each in its own range or all in one', async () => {
  const [run, image] = [join(folder, 'run'), await strokes()];
  const all = await featureMaps(run, image, CPU);
  // The two that are excited most, the weaker first.
  const channels = [...all.maps]
    .sort((a, b) => a.max - b.max)
    .map(({ index }) => index)
    .slice(2);
  const own = await featureMaps(run, image, { ...CPU, channels });
  assert.equal(
    own.maps,
    channels.map((channel) => all.maps[channel]),
  );
  const shared = await featureMaps(run, image, { ...CPU, channels, scale: 'shared' });
  const low = Math.min(...shared.maps.map(({ min }) => min));
  const high = Math.max(...shared.maps.map(({ max }) => max));
  for (const { min, max, tile } of shared.maps) {
    const greys = tile.pixels.filter((_, i) => i % 4 === 0);
    const expected = [min, max].map((value) => Math.round((255 * (value - low)) / (high - low)));
    assert.equal([Math.min(...greys), Math.max(...greys)], expected);
  }
  assert.match(
    await featuresPicture(shared).svg(),
    `4 maps of 5x5, of them ${channels.join(' and ')}, all from `,
  );
  const message = await featureMaps(run, image, { ...CPU, channels: [4] }).catch(
    (error: Error) => error.message,
  );
  assert.is(message, `--channels 4: conv2d_1 of ${run} has 4 channels, numbers 0 to 3.`);
});

test('of a model the maps are those of the weights that training would begin with', async () => {
  const maps = await featureMaps('lenet5', await strokes(), CPU);
  assert.equal([maps.run, maps.origin, maps.shape], [null, 'untrained, of seed 1', [28, 28, 6]]);
  assert.match(await featuresPicture(maps).svg(), 'makes of an image (untrained, of seed 1)');
});

test('the history of one run has its two curves, that of several a colour each', async () => {
  const { dir } = await trainHere({
    model: writeModel(folder),
    limit: 100,
    epochs: 3,
    validationSplit: 0.2,
    runDir: join(folder, 'other'),
  });
  const histories = [join(folder, 'run'), dir].map(runHistory);
  assert.equal(
    histories.map(({ epochs }) => epochs.length),
    [2, 3],
  );
  assert.equal(
    histories.map(({ steps }) => steps.length),
    [20, 24],
  );
  assert.is(histories[1]!.steps.at(-1)!.at, 3);
  const one = await historyPicture([histories[1]!]).svg();
  assert.match(one, '>training<');
  assert.match(one, '>validation<');
  // Two charts, each with faint steps, training and validation.
  assert.is(one.match(/<polyline/g)!.length, 6);
  // Training in circles, validation dashed and in squares, in both charts and in the legend.
  assert.is(one.match(/<circle/g)!.length, 2 * 3 + 1);
  assert.is(one.match(/<rect [^>]*fill="#d55e00"/g)!.length, 2 * 3 + 1);
  assert.is(one.match(/<polyline[^>]*stroke="#d55e00"[^>]*stroke-dasharray/g)!.length, 2);
  assert.not.match(one, /<polyline[^>]*stroke="#0072b2"[^>]*stroke-dasharray/);
  const both = await historyPicture(histories).svg();
  for (const { run } of histories) assert.match(both, `>${run}<`);
  assert.equal([...both.matchAll(/<polyline[^>]*stroke="(#\w+)"/g)].map(([, color]) => color).slice(0, 3), [
    '#0072b2',
    '#d55e00',
    '#d55e00',
  ]);
  const { width, height } = await png(historyPicture(histories));
  assert.equal([width, height], [2 * 848, 2 * 326]);
  const text = historyPicture(histories).terminal({
    columns: 60,
    level: 0,
    unicode: true,
    theme: createTheme(0, true),
  });
  for (const line of text.split('\n')) assert.ok(line.length <= 60, line);
  assert.match(text, /\nloss\n +[\d.]+ .*[\u2800-\u28ff]/);
  assert.match(text, /\n {2}epoch 1\.0 .* 3\.0\n|\n {2}epoch 1 .* 3\n/);
  // Without colours each run has its marks, which the legend names.
  const [curves] = text.split('accuracy\n');
  assert.match(text, /\n⠒⠒o⠒⠒ .*run\n⠒⠒x⠒⠒ .*other\n⠒ ⠒ ⠒ validation\n/);
  for (const mark of 'ox') assert.ok(curves!.slice(curves!.indexOf('\nloss\n')).includes(mark), mark);
  const single = historyPicture([histories[1]!]).terminal({
    columns: 60,
    level: 0,
    unicode: true,
    theme: createTheme(0, true),
  });
  assert.match(single, /\n⠒⠒o⠒⠒ training {2}⠒ x ⠒ validation\n/);
});

test('a run without a history does not hide the others, and is named', async () => {
  const good = join(folder, 'run');
  const bad = ['torn', 'none'].map((name) => join(folder, name));
  cpSync(good, bad[0]!, { recursive: true });
  writeFileSync(join(bad[0]!, 'run.json'), '{');
  mkdirSync(bad[1]!);
  const { code, stdout, stderr } = await cnnzoo(folder, [
    'visualize',
    'history',
    bad[0]!,
    good,
    bad[1]!,
    '--json',
  ]);
  assert.is(code, 1);
  assert.equal(
    (JSON.parse(stdout) as { runs: { run: string }[] }).runs.map(({ run }) => run),
    [good],
  );
  assert.match(stderr, /torn\/run\.json is damaged: .*\n.*none is not a run folder: /);
  for (const dir of bad) rmSync(dir, { recursive: true });
});

test('ticks are round and hold the figures between them', () => {
  assert.equal(niceTicks(0.943, 0.9966, 6), [0.94, 0.96, 0.98, 1]);
  assert.equal(niceTicks(0, 5, 6), [0, 1, 2, 3, 4, 5]);
  assert.equal(niceTicks(2, 2, 3), [2, 3]);
  assert.equal(niceTicks(0.002, 2.31, 6), [0, 0.5, 1, 1.5, 2, 2.5]);
  assert.equal(
    [0, 0.5, 1].map((tick, _, ticks) => tickLabel(tick, ticks)),
    ['0.0', '0.5', '1.0'],
  );
});

test('a model shows what it is drawn with; of three channels the filters have colours', async () => {
  const { after, before } = await firstFilters('alexnet');
  assert.is(after, null);
  assert.is(before.length, 96);
  const { pixels } = before[0]!.tile;
  assert.ok(
    pixels.some((value, i) => i % 4 < 2 && value !== pixels[i + 1]),
    'in colour',
  );
});

test('grids are full where that can be', () => {
  assert.equal([1, 2, 3, 4, 6, 10, 16, 20, 32, 64, 96].map(columnsFor), [1, 2, 3, 2, 3, 5, 4, 5, 8, 8, 12]);
  assert.is(columnsFor(13), 4);
});

test('the command: files by their ending, JSON, rows', async () => {
  const run = join(folder, 'run');
  const json = await cnnzoo(folder, ['visualize', 'filters', run, '--json', '--out', 'filters.png']);
  assert.is(json.code, 0, json.stderr);
  const result = JSON.parse(json.stdout) as Record<string, unknown>;
  assert.equal(Object.keys(result), [
    'picture',
    'model',
    'run',
    'seed',
    'layer',
    'kernelShape',
    'filters',
    'out',
  ]);
  const { width, height } = await pixelsOf(join(folder, 'filters.png'));
  assert.equal(result.out, { file: 'filters.png', format: 'png', width, height });
  assert.is(json.stderr, `filters.png: ${width}x${height} pixels\n`);
  const svg = await cnnzoo(folder, [
    'visualize',
    'lines',
    'strokes.png',
    '--out',
    'lines.svg',
    '--format',
    'csv',
  ]);
  assert.is(svg.code, 0, svg.stderr);
  assert.match(svg.stdout, /^filter,kernel\nvertical,0001000 0001000 .*\nhorizontal,0000000 /);
  const text = await cnnzoo(folder, ['visualize', 'lines', 'strokes.png']);
  assert.match(
    text.stdout,
    /^Two filters of 7x7 on a photograph\n\nthe photograph, 40x40\n[\u2800-\u28ff ]+\n/,
  );
});

/** The exit code and sentence with which a command line is refused. */
async function refusal(...args: string[]): Promise<string> {
  const request = await parseCommandLine(['visualize', ...args]);
  try {
    if (request.kind === 'command') await request.run();
  } catch (error) {
    if (error instanceof WorkError) return `${error.exitCode} ${error.message.replaceAll(`${folder}/`, '')}`;
    throw error;
  }
  return 'was accepted';
}

test('what cannot be shown is said in a sentence', async () => {
  mkdirSync(join(folder, 'folder.png'));
  writeFileSync(join(folder, 'text.png'), 'no picture');
  const inside = (name: string) => join(folder, name);
  const cases: readonly [readonly string[], string][] = [
    [['filtres', 'lenet5'], '2 There is no picture "filtres". Did you mean "filters"?'],
    [['lines', 'a.png', 'b.png'], '2 visualize lines takes IMAGE, got 2 arguments.'],
    [
      ['filters', 'lenet5', '--out', 'a.jpg'],
      '2 --out a.jpg: a name that ends in .png or .svg was expected.',
    ],
    [
      ['filters', 'lenet5', '--out', inside('missing/a.png')],
      '2 --out missing/a.png: there is no folder missing. Make it first: mkdir -p missing',
    ],
    [['filters', 'lenet5', '--out', inside('folder.png')], '2 --out folder.png: that is a folder.'],
    [
      ['filters', 'lenet5', '--layer', 'conv2d_1'],
      '2 --layer goes with visualize features, responses and gradcam, not with filters.',
    ],
    [
      ['history', inside('folder.png')],
      '2 folder.png is not a run folder: it has no run.json. The latest run here is other.',
    ],
    [['filters', 'mnist-mlp'], '2 mnist-mlp has no convolution, and so no filters to show.'],
    [['filters', 'lenet6'], '2 There is neither a model nor a run folder "lenet6". Did you mean "lenet5"?'],
    [['lines', inside('text.png')], '1 text.png is no JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP file.'],
    [['lines', inside('missing.png')], '1 missing.png does not exist.'],
  ];
  for (const [args, sentence] of cases) {
    // A folder's own name, without the slash of what is in it.
    assert.is((await refusal(...args)).replaceAll(inside('missing'), 'missing'), sentence);
  }
});

test.run();
