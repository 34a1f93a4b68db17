import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { build } from 'esbuild';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadPlainLibrary } from '../../../src/engines/tensorflow/index.js';
import { openRun } from '../../../src/runs/run-reader.js';
import { ownProbabilities, testImages } from '../../../src/tasks/export/onnx.js';
import { TARGETS } from '../../../src/tasks/export/targets.js';
import { tfjs } from '../../../src/tasks/export/tfjs.js';
import { registerLayers } from '../../../src/tfjs.js';
import type { Network } from '../../../src/training/evaluation/network.js';
import { openRunNetwork } from '../../../src/training/evaluation/network.js';
import { cnnzoo, installPackage, ROOT } from '../../support/cli.js';
import { PYTHON } from '../../support/files/python.js';
import { temporaryFolder } from '../../support/folders.js';
import { networkOf, SAMPLES, scaledPixels } from '../../support/networks/networks.js';
import { browserMissing, pageIn, servedOver } from '../../support/screens/browser.js';
import { trainHere } from '../../support/training.js';

const DOCUMENT = readFileSync(join(ROOT, 'docs/export.md'), 'utf8');
const folder = temporaryFolder();
/** What the recipes read: a coloured picture of the size of the input, [28, 28, 3]. */
const colours = Uint8Array.from({ length: 28 * 28 * 3 }, (_, i) => {
  const [channel, place] = [i % 3, Math.floor(i / 3)];
  const [x, y] = [place % 28, Math.floor(place / 28)];
  // A seven in blue and red on black.
  const isStroke =
    (y > 4 && y < 8 && x > 6 && x < 21) || (y >= 8 && y < 24 && Math.abs(x - (23 - y / 1.7)) < 2);
  return isStroke ? [240, 20, 250][channel]! : [60, 0, 0][channel]!;
});
let network: Network;

/** The document's blocks of a language. */
function blocks(language: string): string[] {
  return [...DOCUMENT.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text!);
}

/** The one that has these words. */
function block(language: string, words: string): string {
  const found = blocks(language).filter((text) => text.includes(words));
  assert.is(found.length, 1, `blocks of ${language} with "${words}"`);
  return found[0]!;
}

test.before(async () => {
  const run = {
    model: 'lenet5',
    dataset: 'digits',
    limit: 2000,
    epochs: 2,
    runDir: join(folder, 'runs/lenet5'),
  };
  const { dir } = await trainHere(run);
  network = await openRunNetwork(openRun(dir));
  const picture = sharp(colours, { raw: { width: 28, height: 28, channels: 3 } });
  await picture.png().toFile(join(folder, 'seven.png'));
});

/** Grey bytes of the picture, [28, 28, 1], by shares of red, green and blue. */
const greyBy = (...shares: number[]): Uint8Array =>
  Uint8Array.from({ length: 28 * 28 }, (_, place) =>
    Math.round(shares.reduce((sum, share, c) => sum + share * colours[3 * place + c]!, 0)),
  );

/** The answer that is right for a grey picture: its label and probability. */
async function answerTo(grey: Uint8Array): Promise<{ label: string; probability: number }> {
  const images = new Uint8Array(3 * grey.length);
  for (const i of [0, 1, 2]) images.set(grey, i * grey.length);
  const row = [...(await ownProbabilities(network, images)).subarray(0, 10)];
  const best = row.indexOf(Math.max(...row));
  return { label: network.classes[best]!, probability: row[best]! };
}

/** One answer: a label and its probability. */
async function assertAnswer(text: string): Promise<void> {
  const right = await answerTo(greyBy(0.299, 0.587, 0.114));
  // The picture is one for which the luminance of linear light, or red alone, would be another answer.
  for (const other of [greyBy(0.2126, 0.7152, 0.0722), greyBy(1, 0, 0)])
    assert.ok(Math.abs((await answerTo(other)).probability - right.probability) > 0.002);
  const [label, probability] = text.trim().split(' ');
  assert.is(label, right.label, text);
  // Fixed-point arithmetic may round a byte the other way.
  assert.ok(Math.abs(Number(probability) - right.probability) < 0.0005, `${text}, not ${right.probability}`);
}

test('the commands that export a run do so', async () => {
  const lines = block('sh', 'cnnzoo export runs/lenet5 --to onnx').split('\n');
  const exports = lines.filter((line) => line.startsWith('cnnzoo export runs/lenet5 '));
  assert.is(exports.length, TARGETS.length);
  for (const line of exports) {
    const args = line.replace(/#.*/, '').trim().split(/\s+/).slice(1);
    const { code, stderr } = await cnnzoo(folder, args);
    assert.equal([code, stderr], [0, '']);
  }
});

const hasModules = (...modules: string[]): boolean =>
  spawnSync(PYTHON, ['-c', `import ${modules.join(', ')}`]).status === 0;

for (const modules of [
  ['onnxruntime', 'PIL', 'numpy'],
  ['cv2', 'onnx', 'numpy'],
]) {
  const isThere = hasModules(...modules);
  if (!isThere)
    console.log(`skipped: ${PYTHON} has no ${modules.join(', ')} (CNNZOO_TEST_PYTHON names another one)`);
  (isThere ? test : test.skip)(`the Python recipe with ${modules[0]} says what cnnzoo says`, async () => {
    const code = block(
      'python',
      modules[0] === 'cv2' ? 'import json, cv2' : 'import json, numpy as np, onnxruntime',
    );
    const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', code], { cwd: folder, encoding: 'utf8' });
    assert.is(status, 0, stderr);
    await assertAnswer(stdout);
  });
}

test('no block of Python or JavaScript is left out; one needs torchvision', () => {
  assert.equal([blocks('python').length, blocks('html').length, blocks('js').length], [3, 1, 2]);
  block('python', 'torchvision.models.resnet18');
});

test('the layers that TensorFlow.js lacks are all described', async () => {
  const { tf } = await loadPlainLibrary();
  const described = [...DOCUMENT.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(([, name]) => name);
  // An export has TensorFlow.js's own dropout.
  const exported = registerLayers(tf).filter((name) => name !== 'MaskedDropout');
  assert.equal(described.sort(), exported.sort());
});

test('a layer that a page defines itself does what is said', async () => {
  const { tf } = await loadPlainLibrary();
  const lrn = networkOf(SAMPLES['lrn, inception, auxiliary classifier']!());
  await tfjs.write(lrn, join(folder, 'lrn'));
  const values = scaledPixels(lrn.graph, testImages(lrn.graph));
  const code = block('js', 'class LocalResponseNormalization');
  const model = await servedOver(folder, (address) => {
    new Function('tf', code)({ ...core, layers: layers.layers, serialization: core.serialization });
    return tf.loadLayersModel(`${address}/lrn/model.json`);
  });
  const outputs = await (model.predict(tf.tensor(values, [3, ...lrn.graph.input])) as core.Tensor).data();
  const ours = await ownProbabilities(lrn, testImages(lrn.graph));
  for (const [i, p] of ours.entries()) assert.ok(Math.abs(p - outputs[i]!) < 1e-5, `${i}`);
});

if (browserMissing !== null) console.log(browserMissing);
const inBrowser = browserMissing === null ? test : test.skip;

/** TensorFlow.js as one script or module, as its package for pages is. */
async function writeTensorflow(outfile: string, format: 'iife' | 'esm'): Promise<void> {
  const contents = `export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';`;
  const stdin = { contents, resolveDir: ROOT };
  await build({
    stdin,
    outfile,
    bundle: true,
    format,
    globalName: 'tf',
    platform: 'browser',
    logLevel: 'silent',
  });
}

inBrowser('the page shows what cnnzoo says', async () => {
  const html = block('html', '<!doctype html>');
  const address = /https:\/\/cdn\.jsdelivr\.net\/npm\/@tensorflow\/tfjs@4/;
  assert.match(html, address);
  await writeTensorflow(join(folder, 'tf.js'), 'iife');
  writeFileSync(join(folder, 'page.html'), html.replace(address, 'tf.js'));
  const shown = await servedOver(folder, (root) => pageIn(`${root}/page.html`));
  await assertAnswer(shown.match(/<output>(.*?)<\/output>/)?.[1] ?? shown);
});

inBrowser('the script for a bundler loads a model with layers that TensorFlow.js lacks', async () => {
  installPackage(folder);
  mkdirSync(join(folder, 'node_modules/@tensorflow/tfjs'), { recursive: true });
  await writeTensorflow(join(folder, 'node_modules/@tensorflow/tfjs/index.js'), 'esm');
  symlinkSync(join(folder, 'lrn'), join(folder, 'alexnet-web'));
  const code = `${block('js', 'registerLayers')}
document.querySelector('output').textContent = model.layers.map((layer) => layer.getClassName()).join();`;
  const stdin = { contents: code, resolveDir: folder };
  await build({ stdin, outfile: join(folder, 'app.js'), bundle: true, format: 'esm', logLevel: 'silent' });
  writeFileSync(join(folder, 'app.html'), '<output></output><script type="module" src="app.js"></script>');
  const shown = await servedOver(folder, (root) => pageIn(`${root}/app.html`));
  assert.match(shown, /<output>InputLayer,Conv2D,[^<]*LocalResponseNormalization/);
});

test.run();
