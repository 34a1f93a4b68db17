import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCommandLine } from '../src/cli/parse.js';
import { WorkError } from '../src/errors.js';
import { buildGraph } from '../src/models/build.js';
import { initialWeights } from '../src/models/initializers.js';
import { loadModel } from '../src/models/zoo.js';
import { filtersPicture } from '../src/report/pictures/filters.js';
import { linesPicture } from '../src/report/pictures/lines.js';
import { renderPng } from '../src/report/pictures/out.js';
import type { Picture } from '../src/report/pictures/picture.js';
import { columnsFor } from '../src/report/pictures/sheet.js';
import { firstFilters } from '../src/visualize/filters.js';
import { convolve, LINE_FILTERS, lineMaps } from '../src/visualize/lines.js';
import { engines, graphOf, relativeDifference } from './helpers/parity.js';
import { cnnzoo, temporaryFolder, trainHere, writeModel } from './training.helper.js';

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
  const { maps, picture, width, height } = await lineMaps(await strokes());
  assert.equal([width, height, picture.width], [SIDE, SIDE, SIDE]);
  const grey = (name: string) => {
    const { pixels } = maps.find(({ filter }) => filter.name === name)!.tile;
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
    (_, i) => LINE_FILTERS[i % 2]!.kernel[Math.floor(i / 6)]!,
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
    LINE_FILTERS.forEach((filter, f) => {
      const expected = convolve(values, [12, 9, 3], filter.kernel);
      const actual = activations!.filter((_, i) => i % 2 === f);
      assert.ok(relativeDifference(actual, expected) < 1e-5, filter.name);
    });
  } finally {
    await engine.dispose();
  }
});

test('the photograph stands beside its two maps, pixel by pixel', async () => {
  const { width, height, at } = await png(linesPicture(await lineMaps(await strokes())));
  assert.ok(width > 3 * SIDE && height > SIDE, `${width}x${height}`);
  // Three black strokes: in the photograph, in either map one.
  const row = Array.from({ length: width }, (_, x) => at(height - 16 - SIDE + 15, x));
  assert.is(row.filter(([r, g, b]) => r! + g! + b! === 0).length, 2);
  assert.equal(at(0, 0), [255, 255, 255]);
});

test('filters before training are the initial weights from black to white, after it the trained ones', async () => {
  const { dir } = await trainHere({
    model: writeModel(folder),
    limit: '100',
    seed: '7',
    runDir: join(folder, 'run'),
  });
  const filters = await firstFilters(dir);
  assert.equal([filters.layer, filters.shape, filters.seed, filters.run], ['conv2d_1', [3, 3, 1], 7, dir]);
  assert.is(filters.after!.when, 'after epoch 2');
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
    [['filters', 'mnist-mlp'], '2 mnist-mlp has no convolution, and so no filters to show.'],
    [['filters', 'lenet6'], '2 There is neither a model nor a run folder "lenet6". Did you mean "lenet5"?'],
    [['lines', inside('text.png')], '1 text.png is no JPEG, PNG or WebP file.'],
    [['lines', inside('missing.png')], '1 missing.png does not exist.'],
  ];
  for (const [args, sentence] of cases) {
    // A folder's own name, without the slash of what is in it.
    assert.is((await refusal(...args)).replaceAll(inside('missing'), 'missing'), sentence);
  }
});

test.run();
