import '../../support/flags.js';
import { spawnSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { maxOf } from '../../../src/base/extremes.js';
import type { Graph } from '../../../src/models/graph/graph.js';
import { exportNetwork } from '../../../src/tasks/export/export.js';
import { onnx, ownProbabilities } from '../../../src/tasks/export/onnx.js';
import { OPSETS } from '../../../src/tasks/export/targets.js';
import { readWeightsFile } from '../../../src/weights/read-weights.js';
import { peersMissing } from '../../support/files/onnx-peers.js';
import { PYTHON } from '../../support/files/python.js';
import { temporaryFolder } from '../../support/folders.js';
import { networkOf, SAMPLES, zooNetwork } from '../../support/networks/networks.js';
import { randomBatch } from '../../support/networks/parity.js';
import { smallDigits } from '../../support/networks/small-digits.js';

const test = suite('ONNX files in int8');

const folder = temporaryFolder();
const missing = peersMissing();
const IMAGES = 20;
/** The newest that ONNX 1.12, the checker at hand, knows. */
const NEWEST_CHECKED = 17;

const NETWORKS = {
  lenet5: () => zooNetwork('lenet5'),
  'lenet5-1998': () => zooNetwork('lenet5-1998'),
  'mnist-basic': () => zooNetwork('mnist-basic'),
  'vgg-small': () => zooNetwork('vgg-small'),
  ...Object.fromEntries(Object.entries(SAMPLES).map(([name, graph]) => [name, () => networkOf(graph())])),
};

const calibrationOf = (graph: Graph) => ({
  count: IMAGES,
  images: randomBatch(graph, IMAGES, IMAGES, 5).pixels as Uint8Array,
});

for (const [name, make] of Object.entries(NETWORKS)) {
  test(`${name}: every opset gives in ONNX Runtime what our own int8 does, and is right for onnx.checker`, async () => {
    const network = make();
    const calibration = calibrationOf(network.graph);
    const paths: string[] = [];
    for (const opset of [OPSETS.least, NEWEST_CHECKED, OPSETS.most]) {
      const path = join(folder, `${name}-${opset}.onnx`);
      const { form, largestDifference, notes } = await onnx.write(network, path, { opset, calibration });
      // A value that the last bit of a float moves to another step moves a probability by less than this.
      assert.ok(largestDifference! < 0.01, String(largestDifference));
      assert.match(form, `opset ${opset}, int8 (QDQ), image [batch, `);
      assert.match(
        notes[0]!,
        /^int8 moves probabilities by up to \d\S* on 20 training images, and changes \d+ answers? of them\.$/,
      );
      assert.match(
        notes[1]!,
        /^computed in float32 in int8 too( \(in brackets: of a layer its activation alone\))?: .*\.$/,
      );
      if (opset <= NEWEST_CHECKED) paths.push(path);
    }
    if (missing === null) assert.is(checked(paths), '');
  });
}

/** What onnx.checker says of files; nothing where it finds nothing wrong. */
function checked(paths: readonly string[]): string {
  const code = 'import sys, onnx\nfor p in sys.argv[1:]: onnx.checker.check_model(p, full_check=True)';
  const { status, stderr } = spawnSync(PYTHON, ['-c', code, ...paths], { encoding: 'utf8' });
  return status === 0 ? '' : stderr;
}

test('a file is about a quarter as large, and its answers are near those of float32', async () => {
  const network = zooNetwork('mnist-basic');
  const [whole, int8] = [join(folder, 'whole.onnx'), join(folder, 'int8.onnx')];
  await onnx.write(network, whole);
  const calibration = calibrationOf(network.graph);
  await onnx.write(network, int8, { calibration });
  const [before, after] = [whole, int8].map((path) => statSync(path).size);
  assert.ok(after! < 0.3 * before!, `${before} ${after}`);
  const { images } = calibration;
  const float32 = await ownProbabilities(network, images);
  const moved = (await ownProbabilities(network, images, images)).map((p, i) => Math.abs(p - float32[i]!));
  assert.ok(maxOf(moved) < 0.15, String(maxOf(moved)));
  assert.ok(maxOf(moved) > 0);
});

test('weights in int8 are no weights to begin with: reading them says so', async () => {
  const network = zooNetwork('lenet5');
  const path = join(folder, 'no-weights.onnx');
  await onnx.write(network, path, { calibration: calibrationOf(network.graph) });
  const error = await readWeightsFile(path, network.graph).then(
    () => '',
    ({ message }: Error) => message,
  );
  assert.is(
    error,
    `${path} holds a network in int8, whose weights are rounded to whole numbers: take a file of it in float32.`,
  );
});

test('a model is exported by images of its data set, and other forms refuse int8', async () => {
  const out = join(folder, 'model.onnx');
  const model = join(folder, 'digits.yaml');
  writeFileSync(model, smallDigits(1, 0.001));
  const ask = (to: 'onnx' | 'pytorch' | 'tfjs' | 'web' | 'safetensors', path: string) =>
    exportNetwork({ item: model, to, out: path, dtype: 'int8' }, () => {});
  const { notes, files } = await ask('onnx', out);
  assert.match(notes[0]!, 'on 50 training images');
  assert.ok(files[0]!.bytes > 0);
  writeFileSync(model, smallDigits(1, 0.001).replace('dataset: digits\n', ''));
  assert.is(
    await ask('onnx', out).catch(({ message }: Error) => message),
    `${model}:1:1 calibration of int8 needs a data set: add "dataset: mnist", or leave --dtype int8 out.`,
  );
  const refused = (to: Parameters<typeof ask>[0]) =>
    ask(to, join(folder, 'refused')).then(
      () => '',
      ({ message }: Error) => message,
    );
  assert.is(
    await refused('web'),
    '--dtype int8 does not go with --to web: take float32 or float16, or --to onnx.',
  );
  assert.is(
    await refused('tfjs'),
    '--dtype int8 does not go with --to tfjs: take float32 or float16, or --to onnx.',
  );
  assert.is(await refused('pytorch'), '--dtype int8 does not go with --to pytorch: leave it out.');
  assert.is(await refused('safetensors'), '--dtype int8 does not go with --to safetensors: leave it out.');
  assert.not.ok(existsSync(join(folder, 'refused')));
});

test.run();
