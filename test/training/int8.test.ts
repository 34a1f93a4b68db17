import '../support/flags.js';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type EvaluationRequest, evaluateRun } from '../../src/training/evaluation/evaluate-run.js';
import { cnnzoo } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { smallDigits } from '../support/networks/small-digits.js';
import { trainHere, writeModel } from '../support/training.js';

const test = suite('a run evaluated in int8');

const folder = temporaryFolder();
const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;
/** Of the 1,000 test images of a network that tells some 19 of 20 of them apart. */
const MOST_LOST = 0.005;

let run: string;

function evaluate(request: Partial<EvaluationRequest> = {}) {
  return evaluateRun({ run, split: 'test', ...CPU, dtype: 'int8', ...request }, () => {});
}

test.before(async () => {
  const model = writeModel(folder, smallDigits(3, 0.003), 'small.yaml');
  run = (await trainHere({ model, limit: [6000, 1000], runDir: join(folder, 'run') })).dir;
});

test('int8 costs less than half a percent of the images, and float32 stands beside it', async () => {
  const { int8: compared, evaluation, predictions, gap } = await evaluate({ limit: 1000 });
  const { int8, float32, differing, calibrationImages, float32Layers } = compared!;
  const before = await evaluate({ limit: 1000, dtype: 'float32' });
  assert.equal([float32.accuracy, float32.loss], [before.evaluation.accuracy, before.evaluation.loss]);
  assert.is(before.int8, null);
  assert.ok(float32.accuracy > 0.9, String(float32.accuracy));
  assert.ok(float32.accuracy - int8.accuracy < MOST_LOST, `${float32.accuracy} ${int8.accuracy}`);
  assert.ok(Math.abs(float32.loss - int8.loss) < 0.02);
  // It is another computation, and all other figures are its own.
  assert.is.not(int8.loss, float32.loss);
  assert.equal([evaluation.accuracy, evaluation.loss], [int8.accuracy, int8.loss]);
  const others = predictions.predicted.filter((one, i) => one !== before.predictions.predicted[i]).length;
  assert.is(differing, others);
  assert.is(calibrationImages, 300);
  assert.equal(float32Layers, ['dense_2 (softmax)']);
  assert.is(gap, null);
  assert.ok(int8.imagesPerSecond > 0 && float32.imagesPerSecond > 0);
});

test('the same images calibrate it each time: the figures are the same, bit by bit', async () => {
  const [first, second] = [await evaluate({ limit: 200 }), await evaluate({ limit: 200, batchSize: 64 })];
  assert.is(first.evaluation.loss, second.evaluation.loss);
});

test('another data set is looked at with what the run was trained on', async () => {
  const others = await evaluate({ dataset: 'digits', limit: 200 });
  assert.is(others.evaluation.loss, (await evaluate({ limit: 200 })).evaluation.loss);
});

test('as JSON: what computed, and both figures', async () => {
  const args = ['evaluate', run, '--dtype', 'int8', '--json', '--engine', 'onnx', '--verbose'];
  const { code, stdout, stderr } = await cnnzoo(folder, args);
  assert.is(code, 0);
  assert.match(
    stderr,
    'notice: computed in float32 in int8 too (in brackets: of a layer its activation alone): dense_2 (softmax).',
  );
  const { dtype, accuracy, loss, int8 } = JSON.parse(stdout);
  assert.is(dtype, 'int8');
  assert.equal([int8.accuracy, int8.loss], [accuracy, loss]);
  assert.equal(Object.keys(int8), [
    'accuracy',
    'loss',
    'imagesPerSecond',
    'float32',
    'differing',
    'calibrationImages',
    'float32Layers',
  ]);
  assert.equal(Object.keys(int8.float32), ['accuracy', 'loss', 'imagesPerSecond']);
});

test('as a table', async () => {
  const { stdout } = await cnnzoo(folder, ['evaluate', run, '--dtype', 'int8']);
  assert.match(stdout, /\nint8 {6}[\d,]+ images\/s, \d+\.\d\d times those of float32\n/);
  assert.match(stdout, /\n {10}[\d,]+ answers? of 10,000 differs? from float32\n/);
  assert.match(stdout, '\n          calibrated with 300 training images\n');
  assert.match(stdout, /\nfloat32 {3}accuracy \d\d\.\d\d %, loss 0\.\d+, [\d,]+ images\/s\n/);
});

test('another engine, a GPU and a report are refused', async () => {
  const said = async (request: Partial<EvaluationRequest>) =>
    evaluate(request).then(
      () => '',
      ({ message }: Error) => message,
    );
  assert.is(
    await said({ engine: 'tensorflow' }),
    '--dtype int8 is computed by the onnx engine on the CPU alone: leave --engine tensorflow out.',
  );
  assert.is(
    await said({ device: 'webgpu' }),
    '--dtype int8 is computed by the onnx engine on the CPU alone: leave --device webgpu out.',
  );
  const { code, stderr } = await cnnzoo(folder, [
    'evaluate',
    run,
    '--dtype',
    'int8',
    '--html',
    'report.html',
  ]);
  assert.is(code, 2);
  assert.match(stderr, '--html tells of what a run has trained, in float32: leave out --dtype int8.');
});

test.run();
