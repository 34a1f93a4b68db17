/**
 * Files of weights at full size against PyTorch, what reading them takes, and mutated files of every form.
 * `CNNZOO_TEST_PYTHON` names a Python with PyTorch; without one the first two skip. `CNNZOO_TEST_FILES=500`: so many
 * mutated files of each form.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { predictImages } from '../../src/tasks/predict/predict.js';
import { ROOT } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { assertAsTold, type Told, toldGraph } from '../support/networks/told-networks.js';

const test = suite('files of weights');

const folder = temporaryFolder();
const python = process.env.CNNZOO_TEST_PYTHON ?? 'python3';
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;
const SCRIPT = join(ROOT, 'scripts/fixtures/torch_weights.py');

const FULL = ['vgg16', 'resnet18', 'resnet50', 'alexnet-owt', 'googlenet-bn'];

/** Writes NAME.pth and NAME.json. */
function make(name: string): string {
  const { status, stderr } = spawnSync(python, [SCRIPT, 'full', name, folder], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return join(folder, `${name}.pth`);
}

for (const name of FULL) {
  test(`${name} with PyTorch's weights gives PyTorch's probabilities to 1e-5`, async () => {
    if (!hasTorch) return console.log(`skipped: ${python} has no PyTorch`);
    const path = make(name);
    const told = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Told;
    assert.equal(await assertAsTold(told, toldGraph(told), path), []);
    rmSync(path);
  });
}

for (const [theirs, ours] of [
  ['resnet18', 'resnet18'],
  ['alexnet', 'alexnet-owt'],
] as const) {
  test(`${theirs} on a photograph gives the probabilities of torchvision's transforms and network`, async () => {
    if (!hasTorch) return console.log(`skipped: ${python} has no PyTorch`);
    const script = join(ROOT, 'scripts/fixtures/torch_pictures.py');
    const { status, stderr } = spawnSync(python, [script, 'full', theirs, folder], { encoding: 'utf8' });
    assert.is(status, 0, stderr);
    const [weights, images] = [join(folder, `${theirs}.pth`), [join(folder, `${theirs}.jpg`)]];
    const request = { run: ours, weights, images, top: 1000, engine: 'onnx', device: 'cpu' } as const;
    const { images: found } = await predictImages(request, () => {});
    const { probabilities } = JSON.parse(readFileSync(join(folder, `${theirs}.json`), 'utf8')) as Told;
    const wanted = new Float32Array(new Uint8Array(Buffer.from(probabilities, 'base64')).buffer);
    for (const { class: number, probability } of found[0]!.predictions)
      assert.ok(Math.abs(probability - wanted[number]!) < 1e-5, `${number}: ${probability}`);
    rmSync(weights);
  });
}

interface Taken {
  readonly seconds: number;
  /** What others do on the machine is not in it. */
  readonly cpuSeconds: number;
  readonly idleBytes: number;
  readonly peakBytes: number;
}

/** What a program takes, in a process of its own; the file that it reads lies in the system's cache. */
function takenBy(what: string, script: string, args: readonly string[]): Taken {
  const path = join(ROOT, 'test/support/files', script);
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', './test/support/register.js', path, ...args],
    {
      encoding: 'utf8',
      cwd: ROOT,
    },
  );
  const taken = JSON.parse(stdout || `{"failed": ${JSON.stringify(stderr)}}`) as Taken;
  console.log(
    `${what}: ${taken.seconds} s (${taken.cpuSeconds} of CPU), at most ${taken.peakBytes} bytes, ${taken.idleBytes} before`,
  );
  return taken;
}

test("vgg19's weights take at most 1.3 times their size in memory, and under 5 s", async () => {
  if (!hasTorch) return console.log(`skipped: ${python} has no PyTorch`);
  const { openNetwork } = await import('../../src/training/evaluation/network.js');
  const { LOAD_TARGET } = await import('../../src/tasks/export/targets.js');
  const pth = make('vgg19');
  const network = await openNetwork('vgg19', pth, () => {});
  const others = ['safetensors', 'onnx'] as const;
  for (const form of others) await (await LOAD_TARGET[form]()).write(network, join(folder, `vgg19.${form}`));
  const picture = fileURLToPath(new URL('../fixtures/pictures/photograph.jpg', import.meta.url));
  for (const form of ['pth', ...others]) {
    const path = join(folder, `vgg19.${form}`);
    const { size } = statSync(path);
    const reading = takenBy(`reading vgg19.${form}`, 'read-weights.ts', [path, 'vgg19']);
    assert.ok(reading.peakBytes - reading.idleBytes < 1.3 * size, `${form}: ${reading.peakBytes} bytes`);
    assert.ok(reading.cpuSeconds < 5, `${form}: ${reading.cpuSeconds} s`);
    const whole = takenBy(`predict with vgg19.${form}`, 'predict-weights.ts', [path, 'vgg19', picture]);
    // The engine lays the weights out anew for itself.
    assert.ok(whole.peakBytes - whole.idleBytes < 2.3 * size, `${form}: ${whole.peakBytes} bytes`);
    assert.ok(whole.cpuSeconds < 5, `${form}: ${whole.cpuSeconds} s`);
    rmSync(path);
  }
});

const FIXTURES = fileURLToPath(new URL('../fixtures/weights/', import.meta.url));
const ONNX = fileURLToPath(new URL('../fixtures/torch-onnx/', import.meta.url));
const COUNT = Number(process.env.CNNZOO_TEST_FILES ?? 500);

/** A file of each form, and the network that takes it. */
const FORMS: readonly (readonly [file: string, network: string])[] = [
  [`${FIXTURES}vgg.pth`, `${FIXTURES}vgg.json`],
  [`${FIXTURES}vgg-bn.pth`, `${FIXTURES}vgg-bn.json`],
  [`${FIXTURES}vgg-timm.safetensors`, `${FIXTURES}vgg-timm.json`],
  [`${FIXTURES}keras-vgg.h5`, `${FIXTURES}keras-vgg.json`],
  [`${FIXTURES}keras-resnet.weights.h5`, `${FIXTURES}keras-resnet.json`],
  [`${FIXTURES}keras-resnet.keras`, `${FIXTURES}keras-resnet.json`],
  [`${ONNX}plain.onnx`, `${ONNX}plain.json`],
  // These are exported first; in the ONNX file values are long enough to be left in it.
  [join(folder, 'onnx/model.onnx'), `${FIXTURES}keras-resnet.json`],
  [join(folder, 'tfjs/model.json'), `${FIXTURES}vgg.json`],
];

for (const [file, network] of FORMS) {
  test(`${COUNT} mutated files like ${basename(dirname(file))}/${basename(file)}: no crash, no hang`, async () => {
    if (file.startsWith(folder)) await writeExport(file, network);
    const place = join(folder, 'mutated');
    const mutator = join(ROOT, 'test/support/files/mutated-weights.ts');
    const args = ['--import', 'tsx', mutator, file, network, String(COUNT), place];
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      cwd: ROOT,
      // Each file with HDF5 in it is tried in a process of its own first.
      timeout: 1_800_000,
    });
    assert.is(status, 0, `${signal} ${stderr}`);
    console.log(`${basename(file)}: ${stdout.trim()}`);
    rmSync(place, { recursive: true });
  });
}

async function writeExport(file: string, network: string): Promise<void> {
  const { networkOf } = await import('../support/networks/networks.js');
  const { LOAD_TARGET } = await import('../../src/tasks/export/targets.js');
  const told = networkOf(toldGraph(JSON.parse(readFileSync(network, 'utf8')) as Told));
  mkdirSync(dirname(file), { recursive: true });
  if (file.endsWith('.onnx')) await (await LOAD_TARGET.onnx()).write(told, file);
  else await (await LOAD_TARGET.tfjs()).write(told, dirname(file));
}

test.run();
