import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { physicalCores } from '../../../src/base/machine/cores.js';
import { startEngine } from '../../../src/engines/host/index.js';
import { createOnnxEngine } from '../../../src/engines/onnx/index.js';
import { engineOn, loadPlainLibrary } from '../../../src/engines/tensorflow/index.js';
import { measure } from '../../../src/tasks/bench/measure.js';
import { optimizer, zooGraph } from '../../support/networks/parity.js';

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
