import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { foldScale } from '../../../../src/engines/onnx/plan/fold-scale.js';
import { planInference } from '../../../../src/engines/onnx/plan/plan.js';
import { traceGraph } from '../../../../src/engines/onnx/plan/trace.js';
import type { Graph } from '../../../../src/models/graph/graph.js';
import {
  engines,
  graphOf,
  randomBatch,
  randomWeights,
  relativeDifference,
} from '../../../support/networks/parity.js';

const TAIL = '  - flatten\n  - dense: { units: classes, activation: softmax }\n';
const PADDED = '  - conv2d: { filters: 4, kernelSize: 3, padding: same, activation: tanh }\n';

/** Every channel has a scale of its own, so that none can be taken for another. */
const SCALE = [0.01, 0.02, 0.03];

function graphWith(pixels: Graph['pixels'], layers = PADDED): Graph {
  return { ...graphOf(layers + TAIL, '[8, 8, 3]'), pixels };
}

const CASES: Record<string, { readonly graph: Graph; readonly folded: boolean }> = {
  'a scale each channel': { graph: graphWith({ scale: SCALE, offset: [0, 0, 0] }), folded: true },
  'the channels the other way round': {
    graph: graphWith({ scale: SCALE, offset: [0, 0, 0], channelOrder: 'bgr' }),
    folded: true,
  },
  'a number added as well': { graph: graphWith({ scale: SCALE, offset: [0, -1, 0] }), folded: false },
  'two convolutions that read the image': {
    graph: graphWith(
      { scale: SCALE, offset: [0, 0, 0] },
      '  - branches: { join: concatenate, paths: [[conv2d: { filters: 3, kernelSize: 1 }], [conv2d: { filters: 17, kernelSize: 3, padding: same, useBias: false }]] }\n  - activation: tanh\n',
    ),
    folded: true,
  },
  'pooling that reads the image': {
    graph: graphWith(
      { scale: SCALE, offset: [0, 0, 0] },
      '  - branches: { join: concatenate, paths: [[conv2d: { filters: 3, kernelSize: 2, strides: 2 }], [maxPool2d: 2]] }\n',
    ),
    folded: false,
  },
};

for (const [name, { graph, folded }] of Object.entries(CASES)) {
  test(`${name}: ${folded ? 'within the kernels' : 'on its own'}, with the probabilities of TensorFlow.js`, async () => {
    const { graph: used } = foldScale(graph, planInference(traceGraph(graph)));
    assert.equal(used.pixels.scale, folded ? [1, 1, 1] : SCALE);
    const batch = randomBatch(graph, 4, 4, 5);
    const [onnx, tensorflow] = [await engines.onnx(), await engines.tensorflow()];
    const [ours, theirs] = await Promise.all(
      [onnx, tensorflow].map(async (engine) => {
        const program = await engine.inferenceProgram(graph, { batchSize: 4 });
        await program.load(randomWeights(graph));
        const { probabilities } = await program.run(batch);
        await program.dispose();
        return probabilities;
      }),
    );
    const difference = relativeDifference(ours!, theirs!);
    assert.ok(difference <= 2e-6, `differs by ${difference}`);
    await Promise.all([onnx.dispose(), tensorflow.dispose()]);
  });
}

test.run();
