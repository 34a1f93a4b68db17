import '../../support/flags.js';
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { throughHalves } from '../../../src/base/half.js';
import { exportNetwork } from '../../../src/tasks/export/export.js';
import { onnx, ownProbabilities, testImages } from '../../../src/tasks/export/onnx.js';
import { OPSETS } from '../../../src/tasks/export/targets.js';
import { tfjs } from '../../../src/tasks/export/tfjs.js';
import { readWeightsFile } from '../../../src/weights/read-weights.js';
import { peersMissing } from '../../support/files/onnx-peers.js';
import { PYTHON } from '../../support/files/python.js';
import { temporaryFolder } from '../../support/folders.js';
import { networkOf, SAMPLES, zooNetwork } from '../../support/networks/networks.js';

const test = suite('what can be asked of an export');

const folder = temporaryFolder();
const missing = peersMissing();
const NETWORKS = [
  () => zooNetwork('lenet5'),
  () => zooNetwork('lenet5-1998'),
  ...Object.values(SAMPLES).map((graph) => () => networkOf(graph())),
];
/** The newest that ONNX 1.12, the checker at hand, knows. */
const NEWEST_CHECKED = 17;

/** What onnx.checker says of files; nothing where it finds nothing wrong. */
function checked(paths: readonly string[]): string {
  const code = 'import sys, onnx\nfor p in sys.argv[1:]: onnx.checker.check_model(p, full_check=True)';
  const { status, stderr } = spawnSync(PYTHON, ['-c', code, ...paths], { encoding: 'utf8' });
  return status === 0 ? '' : stderr;
}

test('every opset gives our outputs in ONNX Runtime, and is right for onnx.checker', async () => {
  const paths: string[] = [];
  for (const [i, make] of NETWORKS.entries()) {
    for (let opset: number = OPSETS.least; opset <= OPSETS.most; opset++) {
      const path = join(folder, `net-${i}-${opset}.onnx`);
      const { form, largestDifference } = await onnx.write(make(), path, { opset });
      assert.ok(largestDifference! < 1e-5);
      assert.match(form, new RegExp(`^opset ${opset}, image`));
      if (opset <= NEWEST_CHECKED) paths.push(path);
    }
  }
  if (missing === null) assert.is(checked(paths), '');
});

test('float16 halves an ONNX file, whose weights come back as they were rounded', async () => {
  for (const [i, make] of NETWORKS.entries()) {
    const network = make();
    const [whole, half] = [join(folder, `whole-${i}.onnx`), join(folder, `half-${i}.onnx`)];
    await onnx.write(network, whole);
    const { notes, form } = await onnx.write(network, half, { dtype: 'float16' });
    assert.match(form, /weights as float16/);
    assert.match(notes[0]!, /^weights are rounded to float16: probabilities move by up to 0\.\d+|e-\d+ /);
    if (missing === null) assert.is(checked([half]), '');
    const { weights } = await readWeightsFile(half, network.graph);
    for (const [name, { data }] of weights)
      assert.equal(data, throughHalves(network.weights.get(name)!.data), name);
  }
  const sizes = ['whole', 'half'].map((kind) => statSync(join(folder, `${kind}-0.onnx`)).size);
  assert.ok(sizes[1]! < 0.55 * sizes[0]!, sizes.join());
});

test('float16 halves the shards of TensorFlow.js, and its reader takes them for float32', async () => {
  const network = zooNetwork('lenet5');
  const { files } = await tfjs.write(network, join(folder, 'tfjs'), { dtype: 'float16' });
  assert.is(files[1]!.bytes, 2 * 61_706);
  const { weights } = await readWeightsFile(files[0]!.path, network.graph);
  const rounded = { ...network, weights };
  for (const [name, { data }] of network.weights) assert.equal(weights.get(name)!.data, throughHalves(data));
  const images = testImages(network.graph);
  const moved = await ownProbabilities(rounded, images);
  const before = await ownProbabilities(network, images);
  assert.ok(moved.every((p, i) => Math.abs(p - before[i]!) < 0.01));
});

test('a weight that float16 cannot hold is refused by its name, and nothing is written', async () => {
  const network = zooNetwork('lenet5');
  network.weights.get('dense_1/kernel')!.data[7] = 70_000;
  const path = join(folder, 'large.onnx');
  const error = await onnx.write(network, path, { dtype: 'float16' }).catch(({ message }: Error) => message);
  assert.is(error, '"dense_1/kernel" holds 70000, where float16 ends at 65504: leave --dtype float16 out.');
  assert.throws(() => statSync(path));
});

test('an option that a form does not know is refused', async () => {
  const ask = (to: 'pytorch' | 'tfjs' | 'safetensors', options: object) =>
    exportNetwork({ item: 'lenet5', to, out: join(folder, 'x'), ...options }, () => {}).catch(
      ({ message }: Error) => message,
    );
  assert.is(await ask('tfjs', { opset: 13 }), '--opset 13 does not go with --to tfjs: leave it out.');
  assert.is(
    await ask('pytorch', { dtype: 'float16' }),
    '--dtype float16 does not go with --to pytorch: leave it out.',
  );
});

test.run();
