import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { physicalCores } from '../../../src/base/machine/cores.js';
import { startEngine } from '../../../src/engines/host/index.js';
import { createOnnxEngine } from '../../../src/engines/onnx/index.js';
import { engineOn, loadPlainLibrary } from '../../../src/engines/tensorflow/index.js';
import { type BenchResult, measure } from '../../../src/tasks/bench/measure.js';
import { readRecord } from '../../../src/tasks/bench/record.js';
import { cnnzoo } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { optimizer, zooGraph } from '../../support/networks/parity.js';
import { writeModel } from '../../support/training.js';

for (const mode of ['train', 'infer'] as const) {
  test(`bench measures steps of ${mode} and says what it measured`, async () => {
    const engine = await createOnnxEngine({ device: 'cpu', threads: 1 });
    const options = {
      mode,
      batchSize: 4,
      microBatches: mode === 'train' ? 2 : 1,
      steps: 6,
      seconds: 1,
      optimizer: optimizer('adam'),
    };
    const result = await measure(engine, zooGraph('lenet5'), options);
    await engine.dispose();
    const {
      model,
      engine: name,
      device,
      threads,
      batchSize,
      steps,
      msPerStep,
      imagesPerSecond,
      msPerStepRange,
    } = result;
    assert.equal(
      { model, name, device, threads, batchSize, steps, mode: result.mode },
      {
        model: 'lenet5',
        name: 'onnx',
        device: 'cpu',
        threads: 1,
        batchSize: 4,
        steps: 6,
        mode,
      },
    );
    const [shortest, longest] = msPerStepRange;
    assert.ok(0 < shortest && shortest <= msPerStep && msPerStep <= longest);
    assert.is(imagesPerSecond, 4000 / msPerStep);
    assert.ok(result.compileMs > 0);
    assert.ok(result.peakMemoryBytes > 50e6);
  });
}

test('inference in int8 is measured by the command, whose rows say so', async () => {
  const folder = temporaryFolder();
  writeModel(folder);
  const args = ['bench', './tiny.yaml', './tiny.yaml', '--mode', 'infer', '--steps', '3', '--threads', '1'];
  const [int8, float32] = [
    await cnnzoo(folder, [...args, '--dtype', 'int8', '--out', 'int8.json', '--json']),
    await cnnzoo(folder, [...args, '--json']),
  ];
  assert.is(int8.code, 0, int8.stderr);
  const dtypes = ({ stdout }: typeof int8) => (JSON.parse(stdout) as BenchResult[]).map(({ dtype }) => dtype);
  assert.equal(dtypes(int8), ['int8', 'int8']);
  assert.equal(dtypes(float32), ['float32', 'float32']);
  const one = await cnnzoo(folder, [...args.slice(0, 2), ...args.slice(3), '--dtype', 'int8', '--verbose']);
  assert.is(one.code, 0, one.stderr);
  assert.match(one.stdout, /tiny +infer +int8/);
  assert.match(
    one.stderr,
    'notice: computed in float32 in int8 too (in brackets: of a layer its activation alone): maxPool2d_1 and dense_1 (softmax).',
  );
  // Records from before there was int8 are of float32.
  const path = join(folder, 'int8.json');
  const record = JSON.parse(readFileSync(path, 'utf8')) as { results: Record<string, unknown>[] };
  for (const row of record.results) delete row.dtype;
  writeFileSync(path, JSON.stringify(record));
  assert.is(readRecord(path).results[0]!.dtype, 'float32');
});

test('int8 is refused where there is none, with the way out', async () => {
  const folder = temporaryFolder();
  writeModel(folder);
  const refused: readonly [readonly string[], string][] = [
    [[], '--dtype int8 is for inference, training is in float32: add --mode infer.'],
    [['--mode', 'train'], '--dtype int8 is for inference, training is in float32: add --mode infer.'],
    [
      ['--mode', 'infer', '--scaling'],
      '--scaling is about float32, whose threads it chooses: leave --dtype int8 out.',
    ],
    [
      ['--mode', 'infer', '--engine', 'tensorflow'],
      '--dtype int8 is computed by the onnx engine on the CPU alone: leave --engine tensorflow out.',
    ],
    [
      ['--mode', 'infer', '--device', 'cuda'],
      '--dtype int8 is computed by the onnx engine on the CPU alone: leave --device cuda out.',
    ],
    [['--with-data'], '--with-data and --dtype do not go together.'],
  ];
  for (const [words, sentence] of refused) {
    const { code, stderr } = await cnnzoo(folder, ['bench', './tiny.yaml', '--dtype', 'int8', ...words]);
    assert.equal([code, stderr], [2, `${sentence}\n`]);
  }
});

test('without a number of steps a bench goes on for the time it is given', async () => {
  const engine = await createOnnxEngine({ device: 'cpu', threads: 1 });
  const options = {
    mode: 'infer' as const,
    batchSize: 4,
    microBatches: 1,
    steps: undefined,
    seconds: 0.2,
    optimizer: optimizer('adam'),
  };
  const { steps, msPerStepRange } = await measure(engine, zooGraph('lenet5'), options);
  await engine.dispose();
  assert.ok(steps >= 5 && steps * msPerStepRange[1] >= 200);
});

test('bench tells how many threads really compute where none were asked for, of both engines', async () => {
  const engines = [
    [await startEngine({ engine: 'onnx', device: 'cpu' }), physicalCores()],
    [await startEngine({ engine: 'onnx', device: 'cpu', threads: 1 }), 1],
    [engineOn(await loadPlainLibrary()), 1],
  ] as const;
  const options = { mode: 'infer', batchSize: 1, microBatches: 1, steps: 1, seconds: 1 } as const;
  for (const [engine, threads] of engines) {
    const result = await measure(engine, zooGraph('mnist-mlp'), { ...options, optimizer: optimizer('adam') });
    await engine.dispose();
    assert.is(result.threads, threads, engine.name);
  }
});

test.run();
