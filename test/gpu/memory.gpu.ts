import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createOnnxEngine } from '../../src/engines/onnx/index.js';
import { graphOf, optimizer, randomBatch, randomWeights } from '../helpers/parity.js';

const STEPS = 2000;
/** Steps after which every buffer that a step needs has been made. */
const SETTLED = 1000;
/** What a leak of the state alone, 36 KB a step, would exceed four times over. */
const MOST_GROWTH = 8e6;

test('a thousand steps take no more memory than the thousand before them', async () => {
  const graph = graphOf(
    '  - maxPool2d: 2\n  - flatten\n  - dense: { units: 64, activation: relu }\n  - dense: { units: classes, activation: softmax }\n',
    '[16, 16, 1]',
  );
  const engine = await createOnnxEngine({ device: 'webgpu' });
  const program = await engine.trainingProgram(graph, {
    batchSize: 4,
    optimizer: optimizer('sgd', { momentum: 0.9 }),
  });
  await program.load({ weights: randomWeights(graph), slots: new Map(), step: 0 });
  const batch = () => randomBatch(graph, 4);
  let settled = 0;
  for (let step = 0; step < STEPS; step += 20) {
    await program.train(Array.from({ length: 20 }, batch), Array<number>(20).fill(0.01));
    if (step + 20 === SETTLED) settled = process.memoryUsage.rss();
  }
  const growth = process.memoryUsage.rss() - settled;
  const { step } = await program.save();
  await program.dispose();
  await engine.dispose();
  assert.is(step, STEPS);
  assert.ok(
    growth < MOST_GROWTH,
    `${(growth / 1e6).toFixed(1)} MB more after ${STEPS} steps than after ${SETTLED}`,
  );
});

test.run();
