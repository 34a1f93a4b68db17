import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildResult, build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ownProbabilities, testImages } from '../../../src/tasks/export/onnx.js';
import { tfjs } from '../../../src/tasks/export/tfjs.js';
import { installPackage, ROOT } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { networkOf, SAMPLES, scaledPixels, zooNetwork } from '../../support/networks/networks.js';
import { browserMissing, pageIn, servedOver } from '../../support/screens/browser.js';

if (browserMissing !== null) console.log(browserMissing);
const site = temporaryFolder();

/** They have every layer between them that TensorFlow.js lacks. */
const NETWORKS = [zooNetwork('lenet5-1998'), ...Object.values(SAMPLES).map((make) => networkOf(make()))];

test.before(async () => {
  // The package as a project has it that installed it.
  installPackage(site);
  symlinkSync(join(ROOT, 'node_modules/@tensorflow'), join(site, 'node_modules/@tensorflow'));
  for (const [i, network] of NETWORKS.entries()) {
    await tfjs.write(network, join(site, `net-${i}`));
    const values = scaledPixels(network.graph, testImages(network.graph));
    writeFileSync(join(site, `net-${i}/input.json`), JSON.stringify([...values]));
  }
});

/** A script that loads every network and writes what it makes of its images into the page, as JSON. */
const LOAD_ALL = `
await tf.setBackend('cpu');
registerLayers(tf);
const outputs = [];
for (let i = 0; i < ${NETWORKS.length}; i++) {
  const model = await tf.loadLayersModel(\`net-\${i}/model.json\`);
  const values = await (await fetch(\`net-\${i}/input.json\`)).json();
  const [, ...shape] = model.inputs[0].shape;
  const image = tf.tensor(values, [values.length / shape.reduce((a, b) => a * b), ...shape]);
  outputs.push([...model.predict(image).dataSync()]);
}
document.querySelector('output').textContent = JSON.stringify(outputs);
`;

/** Writes \`outfile\` of the site; as a page's bundler does it. */
async function bundled(
  entry: string,
  outfile: string,
  globalName?: string,
): Promise<BuildResult<{ metafile: true }>> {
  writeFileSync(join(site, 'entry.js'), entry);
  return build({
    absWorkingDir: site,
    entryPoints: ['entry.js'],
    outfile,
    bundle: true,
    minify: true,
    platform: 'browser',
    format: globalName === undefined ? 'esm' : 'iife',
    globalName,
    metafile: true,
    logLevel: 'silent',
  });
}

const TENSORFLOW = `
export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
`;

test('cnnzoo/tfjs goes through a bundler for pages, alone, and is small', async () => {
  const { metafile } = await bundled("export { registerLayers } from 'cnnzoo/tfjs';", 'alone.js');
  assert.equal(Object.keys(metafile.inputs).sort(), ['entry.js', 'node_modules/cnnzoo/dist/tfjs.js']);
  assert.ok(metafile.outputs['alone.js']!.bytes < 20_000);
  assert.not.match(readFileSync(join(site, 'node_modules/cnnzoo/dist/tfjs.js'), 'utf8'), /node:|require\(/);
});

async function assertOutputs(page: string): Promise<void> {
  const html = await servedOver(site, (address) => pageIn(`${address}/${page}`));
  const json = html.match(/<output>(.+?)<\/output>/)?.[1];
  assert.ok(json, html);
  const outputs = JSON.parse(json) as number[][];
  for (const [i, network] of NETWORKS.entries()) {
    const ours = await ownProbabilities(network, testImages(network.graph));
    assert.is(outputs[i]!.length, ours.length);
    for (const [k, p] of ours.entries())
      assert.ok(Math.abs(p - outputs[i]![k]!) < 1e-5, `${network.name} ${i}: ${k}`);
  }
}

const inBrowser = browserMissing === null ? test : test.skip;

inBrowser('a page made by a bundler loads exported networks, and they say the same', async () => {
  writeFileSync(join(site, 'tensorflow.js'), TENSORFLOW);
  const entry = `import * as tf from './tensorflow.js';\nimport { registerLayers } from 'cnnzoo/tfjs';\n${LOAD_ALL}`;
  await bundled(entry, 'app.js');
  writeFileSync(
    join(site, 'app.html'),
    '<!doctype html><output></output><script type="module" src="app.js"></script>',
  );
  await assertOutputs('app.html');
});

inBrowser('a page without a bundler does so too: the file is a module as it is', async () => {
  // Stands for the script that TensorFlow.js has for pages.
  await bundled(TENSORFLOW, 'tf.js', 'tf');
  copyFileSync(join(site, 'node_modules/cnnzoo/dist/tfjs.js'), join(site, 'cnnzoo-tfjs.js'));
  writeFileSync(
    join(site, 'plain.html'),
    `<!doctype html><output></output><script src="tf.js"></script>
<script type="module">import { registerLayers } from './cnnzoo-tfjs.js';\n${LOAD_ALL}</script>`,
  );
  await assertOutputs('plain.html');
});

test.run();
