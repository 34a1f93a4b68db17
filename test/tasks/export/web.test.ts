import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../src/base/random.js';
import { loadDataset } from '../../../src/data/load.js';
import { LAYERS } from '../../../src/models/layers/index.js';
import type { PagePayload } from '../../../src/tasks/export/page-payload.js';
import { predictImages } from '../../../src/tasks/predict/predict.js';
import { runShell } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { seriousFaults } from '../../support/screens/axe.js';
import { browserMissing } from '../../support/screens/browser.js';
import {
  answerAfter,
  closeBrowser,
  drawLines,
  everyKind,
  openFromDisk,
  pngOf,
  probabilitiesOn,
  SEVEN,
} from '../../support/screens/page.js';

if (browserMissing !== null) console.log(browserMissing);
const inBrowser = browserMissing === null ? test : test.skip;

const folder = temporaryFolder();
const run = join(folder, 'run');
const page16 = join(folder, 'page.html');
const page32 = join(folder, 'page32.html');

test.before(() => {
  const done = runShell(
    `cnnzoo train mnist-basic --dataset digits --limit 3000 --epochs 1 --run-dir ${run} --seed 1 &&
     cnnzoo export ${run} --to web --out ${page16} && cnnzoo export ${run} --to web --out ${page32} --dtype float32`,
  );
  assert.is(done.code, 0, done.stderr);
});
test.after(closeBrowser);

function payloadOf(path: string): PagePayload {
  return JSON.parse(readFileSync(path, 'utf8').match(/id="cnnzoo-payload">(.*?)<\/script>/)![1]!);
}

test('a page is one file with weights as float16 where that changes no answer, and says so', () => {
  const payload = payloadOf(page16);
  assert.is(payload.weights.dtype, 'float16');
  assert.match(
    payload.notes.join(),
    /^Weights are kept as float16, which changes no answer on 200 test pictures of digits/,
  );
  const labels = payload.pictures!.items.map(({ label }) => label);
  assert.equal(labels.join(''), '00112233445566778899');
  const weights = 93_322;
  assert.ok(statSync(page16).size - (weights * 2 * 4) / 3 < 2e6);
  assert.is(payloadOf(page32).weights.dtype, 'float32');
});

test('a network that no browser carries is refused', () => {
  const { code, stderr } = runShell(`cnnzoo export vgg16 --to web --out ${folder}/vgg16.html`);
  assert.is(code, 1);
  assert.match(
    stderr,
    /vgg16 has 138,357,544 weights, and a browser carries at most 100,000,000 in one page: take a/,
  );
});

test('a model whose data is not here gives a page without test pictures, which says why', () => {
  const path = join(folder, 'bare.html');
  const { code, stderr } = runShell(`cnnzoo export lenet5 --to web --out ${path}`, {
    CNNZOO_DATA: join(folder, 'none'),
    HOME: folder,
  });
  assert.is(code, 0, stderr);
  const { pictures, notes, weights } = payloadOf(path);
  assert.is(pictures, null);
  assert.is(weights.dtype, 'float32');
  assert.match(
    notes.join(),
    /There are no test pictures inside: mnist is not on the machine that made this page/,
  );
});

test('a run whose folder of pictures is gone: the page says so, and only whoever makes it is told where it was', async () => {
  const pictures = join(folder, 'pictures');
  for (const [i, name] of ['left', 'right', 'left', 'right'].entries()) {
    mkdirSync(join(pictures, name), { recursive: true });
    const bytes = new Uint8Array(28 * 28).map((_, at) => (at * (i + 3)) % 256);
    await pngOf(join(pictures, name, `${i}.png`), bytes, [28, 28, 1]);
  }
  const [gone, path] = [join(folder, 'gone'), join(folder, 'gone.html')];
  const trained = runShell(
    `cnnzoo train mnist-mlp --dataset ${pictures} --classes 2 --batch-size 1 --epochs 1 --run-dir ${gone}`,
  );
  assert.is(trained.code, 0, trained.stderr);
  rmSync(pictures, { recursive: true });
  const { code, stderr } = runShell(`cnnzoo export ${gone} --to web --out ${path}`);
  assert.is(code, 0, stderr);
  assert.match(stderr, new RegExp(`^notice: There are no test pictures inside: .*${pictures}`));
  assert.equal(payloadOf(path).notes, ['There are no test pictures inside: they could not be read.']);
  assert.not.ok(readFileSync(path, 'utf8').includes(folder));
});

for (const [file, tolerance] of [
  [page16, 1e-3],
  [page32, 1e-5],
] as const)
  inBrowser(`100 test pictures give what predict says, to ${tolerance}`, async () => {
    const { page, requests, complaints } = await openFromDisk(file);
    const names = Array.from({ length: 100 }, (_, i) => `digits:test:${i}`);
    const { images } = await predictImages(
      { run, images: names, top: 10, engine: 'onnx', device: 'cpu' },
      () => {},
    );
    const { test: split, shape } = await loadDataset({
      name: 'digits',
      explicit: true,
      shape: [28, 28, 1],
      classes: 10,
      notify: () => {},
    });
    for (const [i, { predictions }] of images.entries()) {
      const bytes = new Uint8Array(28 * 28);
      await split.read(Uint32Array.of(i), bytes);
      const png = await pngOf(join(folder, 'picture.png'), bytes, shape);
      const found = await answerAfter(page, () => page.setInputFiles('#file', png));
      for (const { class: label, probability } of predictions)
        assert.ok(
          Math.abs(found[label]! - probability) < tolerance,
          `${names[i]} ${label}: ${found[label]} ${probability}`,
        );
    }
    assert.equal([requests, complaints], [[], []]);
    await page.close();
  });

const best = (probabilities: readonly number[]) => probabilities.indexOf(Math.max(...probabilities));

inBrowser('a seven drawn with the mouse is a seven; undo and clear take it away', async () => {
  const { page } = await openFromDisk(page16);
  await answerAfter(page, () => drawLines(page, [[[0.5, 0.5]]]));
  const blank = await answerAfter(page, () => page.click('#clear'));
  const drawn = await answerAfter(page, () => drawLines(page, SEVEN));
  assert.is(best(drawn), 7);
  await answerAfter(page, () =>
    drawLines(page, [
      [
        [0.3, 0.5],
        [0.7, 0.5],
      ],
    ]),
  );
  const undone = await answerAfter(page, () => page.click('#undo'));
  assert.equal(undone, drawn);
  const cleared = await answerAfter(page, () => page.click('#clear'));
  assert.equal(cleared, blank);
  assert.ok(await page.isDisabled('#undo'));
  assert.match((await page.textContent('#state'))!, /^An empty picture\./);
  await page.close();
});

inBrowser('the pad is drawn on by the keyboard and by a finger', async () => {
  const { page } = await openFromDisk(page16, { hasTouch: true, viewport: { width: 360, height: 740 } });
  const press = async (keys: string, times = 1) => {
    for (let i = 0; i < times; i++) await page.keyboard.press(keys);
  };
  await page.focus('canvas.pad');
  await press('ArrowLeft', 6);
  await press('ArrowUp', 8);
  const keyed = await answerAfter(page, async () => {
    await press('Space');
    await press('ArrowRight', 12);
    await press('ArrowDown', 16);
    await press('Space');
  });
  assert.ok([7, 9, 4].includes(best(keyed)), `by keys: ${best(keyed)}`);
  await answerAfter(page, () => press('Control+z'));
  const box = (await page.locator('canvas.pad').boundingBox())!;
  const client = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x?: number, y?: number) =>
    client.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: x === undefined ? [] : [{ x: box.x + x * box.width, y: box.y + y! * box.height }],
    });
  const touched = await answerAfter(page, async () => {
    await touch('touchStart', ...SEVEN[0][0]);
    for (let i = 1; i <= 10; i++) await touch('touchMove', 0.28 + i * 0.044, 0.25);
    for (let i = 1; i <= 12; i++) await touch('touchMove', 0.72 - i * 0.0225, 0.25 + i * 0.0475);
    await touch('touchEnd');
  });
  assert.is(best(touched), 7);
  assert.is(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  await page.close();
});

/** Brings a file in as the system does, by an event that has it. */
function give(page: Page, kind: 'drop' | 'paste', png: string): Promise<void> {
  const base64 = readFileSync(png).toString('base64');
  return page.evaluate(
    ([type, text]) => {
      const data = new DataTransfer();
      data.items.add(
        new File([Uint8Array.from(atob(text!), (letter) => letter.charCodeAt(0))], 'given.png', {
          type: 'image/png',
        }),
      );
      const event =
        type === 'drop'
          ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
          : new ClipboardEvent('paste', { clipboardData: data, bubbles: true });
      document.body.dispatchEvent(event);
    },
    [kind, base64] as const,
  );
}

inBrowser('pictures are chosen, dropped, pasted, inverted; what is none is told', async () => {
  const { page, complaints } = await openFromDisk(page16);
  const items = payloadOf(page16).pictures!.items;
  const bytes = Buffer.from(items[14]!.data, 'base64');
  const inside = await answerAfter(page, () => page.click('[data-picture="14"]'));
  assert.match((await page.textContent('#state'))!, /^Test picture digits:test:\d+: 7\. The answer is/);
  assert.is(await page.locator('#bars li').nth(7).locator('.bar-name').textContent(), '7 ✓');
  const png = await pngOf(join(folder, 'seven.png'), bytes, [28, 28, 1]);
  for (const act of [
    () => page.setInputFiles('#file', png),
    () => give(page, 'drop', png),
    () => give(page, 'paste', png),
  ])
    assert.equal(await answerAfter(page, act), inside);
  const negative = await pngOf(
    join(folder, 'negative.png'),
    bytes.map((value) => 255 - value),
    [28, 28, 1],
  );
  await answerAfter(page, () => page.setInputFiles('#file', negative));
  assert.match(
    (await page.textContent('#state'))!,
    /^negative\.png, which has a light ground .* \(try to invert it\)\./,
  );
  assert.equal(await answerAfter(page, () => page.check('#invert')), inside);
  const text = join(folder, 'run/config.yaml');
  await page.setInputFiles('#file', {
    name: 'no picture.png',
    mimeType: 'image/png',
    buffer: readFileSync(text),
  });
  await page.waitForFunction(() =>
    document.getElementById('state')!.textContent!.startsWith('no picture.png is no picture'),
  );
  assert.equal(await probabilitiesOn(page), inside);
  assert.equal(complaints, []);
  await page.close();
});

inBrowser('layers are gone through by keys, by mouse and by taps', async () => {
  const { page } = await openFromDisk(page16, { hasTouch: true });
  await page.focus('[data-layer="conv2d_1"]');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  assert.is(await page.textContent('#detail-heading'), 'maxPool2d_1: map 1 of 32');
  await page.keyboard.press('Enter');
  assert.is(await page.evaluate(() => document.activeElement?.id), 'detail-heading');
  await page.focus('#map');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('PageDown');
  assert.is(await page.textContent('#detail-heading'), 'maxPool2d_1: map 2 of 32');
  assert.equal([await page.inputValue('#field-row'), await page.inputValue('#field-column')], ['7', '6']);
  await page.hover('[data-layer="conv2d_2"] canvas', { position: { x: 5, y: 5 } });
  assert.match((await page.textContent('.tip'))!, /conv2d_2, map 0 from maxPool2d_1/);
  await page.tap('[data-layer="conv2d_2"] canvas', { position: { x: 5, y: 5 } });
  assert.is(await page.textContent('#detail-heading'), 'conv2d_2: map 0 of 64');
  await page.click('#map canvas', { position: { x: 3, y: 3 } });
  assert.equal([await page.inputValue('#field-row'), await page.inputValue('#field-column')], ['0', '0']);
  await page.close();
});

interface Shown {
  readonly kind: string;
  readonly rule: string;
  readonly sum: number;
  readonly value: number;
  readonly map: number;
  readonly parts: number[];
}

function shownOn(page: Page): Promise<Shown> {
  return page.$eval('#explanation', (element: HTMLElement) => ({
    kind: element.dataset.kind!,
    rule: element.dataset.rule!,
    sum: Number(element.dataset.sum),
    value: Number(element.dataset.value),
    map: Number(element.dataset.map),
    parts: [...element.querySelectorAll<HTMLElement>('[data-part]')].map((row) => Number(row.dataset.part)),
  }));
}

const close = (a: number, b: number, tolerance: number) =>
  Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));

inBrowser(
  'the arithmetic of 200 places over all kinds of layers adds up to the values on the maps',
  async () => {
    const { model, weights, kinds } = await everyKind(folder);
    assert.equal([...kinds].sort(), Object.keys(LAYERS).sort());
    const path = join(folder, 'every-kind.html');
    const done = runShell(`cnnzoo export ${model} --weights ${weights} --to web --out ${path}`);
    assert.is(done.code, 0, done.stderr);
    const { page, requests, complaints } = await openFromDisk(path);
    const random = randomStream(1, 'places');
    const noise = Uint8Array.from({ length: 18 * 18 * 3 }, () => random.below(256));
    const png = await pngOf(join(folder, 'noise.png'), noise, [18, 18, 3]);
    await answerAfter(page, () => page.setInputFiles('#file', png));
    const { nodes } = payloadOf(path).graph;
    let [sums, strange] = [0, 0];
    for (let i = 0; i < 200; i++) {
      const node = nodes[i % nodes.length]!;
      await page.locator(`[data-layer="${node.name}"]`).press('Home');
      await page.locator(`[data-layer="${node.name}"]`).press('Enter');
      const extents = [node.outputShape.at(-1)!, ...node.outputShape.slice(0, -1)];
      const names = extents.length === 3 ? ['map', 'row', 'column'] : ['value'];
      for (const [axis, name] of names.entries())
        await page.fill(`#field-${name}`, String(random.below(extents[axis]!)));
      const shown = await shownOn(page);
      assert.is(shown.kind, node.kind);
      assert.ok(close(shown.value, shown.map, 1e-4), `${node.name}: ${shown.value}, on the map ${shown.map}`);
      if (Math.abs(shown.map) > 1e-3) strange++;
      if (shown.parts.length === 0) continue;
      sums++;
      const sum = shown.parts.reduce((total, part) => total + part, 0);
      assert.ok(close(sum, shown.sum, 1e-9), `${node.name}: the parts make ${sum}, the sum is ${shown.sum}`);
    }
    assert.ok(sums > 60 && strange > 120, `${sums} sums, ${strange} values that are not 0`);
    assert.is(await page.textContent('h1'), 'Every </title></script><script>alert(1)</script> kind');
    assert.is(await page.title(), 'Every </title></script><script>alert(1)</script> kind');
    assert.is(await page.locator('#bars .bar-name').first().textContent(), '<script>alert(2)</script>');
    assert.equal([requests, complaints], [[], []]);
    await page.close();
  },
);

for (const colorScheme of ['light', 'dark'] as const)
  inBrowser(`axe finds no fault of weight in the page, ${colorScheme}`, async () => {
    for (const width of [360, 1280]) {
      const { page } = await openFromDisk(page16, {
        colorScheme,
        viewport: { width, height: 800 },
        bypassCSP: true,
      });
      assert.equal(await seriousFaults(page), []);
      await page.close();
    }
  });

test.run();
