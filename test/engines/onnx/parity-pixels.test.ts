import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../../src/models/graph/graph.js';
import { assertParity, engines, graphOf, optimizer, outcome } from '../../support/networks/parity.js';

const TRAINED = { batchSize: 5, count: 4, optimizer: optimizer('sgd'), learningRate: 0.1, steps: 1 };
const LAYERS =
  '  - conv2d: { filters: 4, kernelSize: 3, activation: relu }\n  - flatten\n  - dense: { units: classes, activation: softmax }\n';

/** Every channel has a scale of its own, so that none can be taken for another. */
function bgrGraph(): Graph {
  const graph = graphOf(LAYERS, '[8, 8, 3]');
  return {
    ...graph,
    pixels: { scale: [0.01, 0.02, 0.03], offset: [-1, 0.5, 2], channelOrder: 'bgr' },
  };
}

test('channels the other way round: both engines, forward and backward', async () => {
  await assertParity(bgrGraph(), TRAINED);
});

test('they are those of the same pictures turned round, in an inference and in training', async () => {
  const bgr = bgrGraph();
  const { channelOrder: _, ...pixels } = bgr.pixels;
  const rgb = { ...bgr, pixels };
  const turned = await outcome(engines.onnx, bgr, TRAINED);
  const straight = await outcome(engines.onnx, rgb, TRAINED);
  assert.not.equal(turned.losses, straight.losses, 'the order makes a difference');
  const engine = await engines.onnx();
  try {
    const run = async (graph: Graph, bytes: Uint8Array) => {
      const program = await engine.inferenceProgram(graph, { batchSize: 1 });
      await program.load(turned.state.weights);
      const batch = { pixels: bytes, labels: new Int32Array(1), count: 1, masks: new Map() };
      return [...(await program.run(batch)).probabilities];
    };
    const bytes = Uint8Array.from({ length: 192 }, (_, i) => (i * 37) % 256);
    const reversed = bytes.map((_, i) => bytes[i - (i % 3) + 2 - (i % 3)]!);
    assert.equal(await run(bgr, bytes.slice()), await run(rgb, reversed));
  } finally {
    await engine.dispose();
  }
});

test.run();
