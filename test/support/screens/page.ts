import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { buildGraph } from '../../../src/models/build.js';
import { loadModel } from '../../../src/models/zoo.js';
import { safetensors } from '../../../src/tasks/export/safetensors.js';
import { networkOf } from '../networks/networks.js';
import { CHROMIUM } from './browser.js';

/** A page that is open, and what it asked of the world outside. */
export interface OpenPage {
  readonly page: Page;
  /** Addresses other than the page's own. */
  readonly requests: string[];
  /** Errors, and what the browser refused. */
  readonly complaints: string[];
}

/** One browser for all tests of a file; several files run in one process, each with a browser of its own. */
let started: Promise<Browser> | undefined;

/** Opens a page from the disk. */
export async function openReport(path: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  started ??= chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
  const context = await (await started).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const [requests, complaints]: [string[], string[]] = [[], []];
  const address = pathToFileURL(path).href;
  page.on('request', (request) => {
    if (request.url() !== address) requests.push(request.url());
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(address);
  return { page, requests, complaints };
}

/** The same of a page that computes: it waits until the page shows its first answer. */
export async function openFromDisk(path: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const opened = await openReport(path, options);
  await opened.page.waitForFunction(() => document.body.dataset.painted !== undefined, null, {
    timeout: 60_000,
  });
  return opened;
}

export async function closeBrowser(): Promise<void> {
  const browser = started;
  started = undefined;
  await (await browser)?.close();
}

/** Does something that brings a new answer, and waits until the page shows it. @returns the probabilities in the order of classes */
export async function answerAfter(page: Page, act: () => Promise<unknown>): Promise<number[]> {
  const before = await page.evaluate(() => Number(document.body.dataset.answers));
  await act();
  await page.waitForFunction(
    (count) =>
      Number(document.body.dataset.answers) > count &&
      document.body.dataset.painted === document.body.dataset.answers,
    before,
  );
  return probabilitiesOn(page);
}

export function probabilitiesOn(page: Page): Promise<number[]> {
  return page.$$eval('#bars li', (rows) =>
    rows
      .toSorted((a, b) => Number(a.dataset.class) - Number(b.dataset.class))
      .map((row) => Number(row.dataset.probability)),
  );
}

/** An image of [H, W, C] bytes as a PNG file, whose pixels are the same. */
export async function pngOf(
  path: string,
  bytes: Uint8Array,
  [height, width, channels]: readonly number[],
): Promise<string> {
  await sharp(bytes, { raw: { height: height!, width: width!, channels: channels as 1 | 3 } })
    .png()
    .toFile(path);
  return path;
}

/** Draws lines on the pad with the mouse; places are shares of its sides. */
export async function drawLines(
  page: Page,
  lines: readonly (readonly (readonly [number, number])[])[],
): Promise<void> {
  const box = (await page.locator('canvas.pad').boundingBox())!;
  for (const [first, ...others] of lines) {
    await page.mouse.move(box.x + first![0] * box.width, box.y + first![1] * box.height);
    await page.mouse.down();
    for (const [x, y] of others)
      await page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 12 });
    await page.mouse.up();
  }
}

export const SEVEN = [
  [
    [0.28, 0.25],
    [0.72, 0.25],
    [0.45, 0.82],
  ],
] as const;

/** Has every kind of layer; its title and labels would be markup if they were not text. */
const EVERY_KIND = `title: "Every </title></script><script>alert(1)</script> kind"
input: [18, 18, 3]
classes: 3
labels: ["<script>alert(2)</script>", "a & \\"b\\"", "</script>"]
pixels: { range: [-1, 1] }
layers:
  - zeroPadding2d: 1
  - conv2d: { filters: 8, kernelSize: 3, padding: same, activation: relu }
  - lrn: { alpha: 0.1 }
  - batchNorm
  - activation: tanh
  - maxPool2d: { poolSize: 3, strides: 2, padding: 1 }
  - subsampling2d: { activation: scaledTanh }
  - constantPadding2d: { padding: 1, value: -0.1 }
  - residual: { filters: 8 }
  - inception: { name: a, filters: [2, 3, 5, 2, 4, 3] }
  - depthMaxPool: { poolSize: 2 }
  - partialConv2d: { kernelSize: 3, connections: [[0, 1], [1, 2, 3], [0, 5]], activation: sigmoid, padding: same }
  - branches:
      paths: [[flatten], [avgPool2d: { poolSize: 3, strides: 2, padding: 1 }, flatten], [globalAvgPool2d]]
      join: concatenate
  - dropout: 0.4
  - dense: { units: 84, activation: scaledTanh }
  - rbf: { units: classes, activation: softmin }
`;

/** Writes that network, and random weights for it. @returns what `export` takes */
export async function everyKind(
  folder: string,
): Promise<{ model: string; weights: string; kinds: Set<string> }> {
  const model = join(folder, 'every-kind.yaml');
  writeFileSync(model, EVERY_KIND);
  const weights = join(folder, 'every-kind.safetensors');
  const spec = loadModel(model);
  const graph = buildGraph(spec);
  const classes = ['<script>alert(2)</script>', 'a & "b"', '</script>'];
  const network = { ...networkOf(graph), spec, classes };
  await safetensors.write(network, weights);
  return { model, weights, kinds: new Set(graph.nodes.map(({ kind }) => kind)) };
}
