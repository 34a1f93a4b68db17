import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { engines, graphOf, optimizer, randomBatch, randomWeights } from '../support/networks/parity.js';

test('micro-batches add up on the GPU too, and each step gets its own result', async () => {
  const graph = graphOf(
    '  - conv2d: { filters: 4, kernelSize: 3, activation: tanh }\n  - flatten\n  - dense: { units: classes, activation: softmax }\n',
  );
  const engine = await engines.onnx();
  const losses: number[][] = [];
  for (const microBatches of [1, 3]) {
    const options = { batchSize: 6, optimizer: optimizer('sgd', { momentum: 0.9 }), microBatches };
    const program = await engine.trainingProgram(graph, options);
    await program.load({ weights: randomWeights(graph), slots: new Map(), step: 0 });
    // More than are read at once; the fourth batch has two micro-batches of images only.
    const batches = Array.from({ length: 18 }, (_, i) => randomBatch(graph, 6, i === 3 ? 4 : 6, i));
    const results = await program.train(batches, Array<number>(18).fill(0.05));
    losses.push(results.map(({ loss }) => loss));
    assert.ok(results.every(({ correct }) => Number.isInteger(correct) && correct >= 0 && correct <= 6));
    await program.dispose();
  }
  await engine.dispose();
  const [whole, parts] = losses;
  assert.is(parts!.length, 18);
  parts!.forEach((loss, i) => {
    assert.ok(Math.abs(loss - whole![i]!) < 1e-4, `step ${i + 1}: ${loss} instead of ${whole![i]}`);
  });
});

test.run();
