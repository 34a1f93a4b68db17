import type * as Ort from 'onnxruntime-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ort } from '../../../src/engines/onnx/library/onnxruntime.js';
import { createSession, runSession } from '../../../src/engines/onnx/library/session.js';
import { imageTensors, weightTensors } from '../../../src/engines/onnx/programs/batch-tensors.js';
import { gpuFeeds, type StepPorts, stepGraph } from '../../../src/engines/onnx/programs/carriers/gpu.js';
import { gpuPorts, latestResults, uploads } from '../../../src/engines/onnx/programs/carriers/gpu-ports.js';
import { METRICS } from '../../../src/engines/onnx/programs/names.js';
import { packTensor, stateTensors } from '../../../src/engines/onnx/programs/state.js';
import { trainingStepOf } from '../../../src/engines/onnx/programs/training-step.js';
import { graphOf, optimizer, randomBatch, randomWeights } from '../../support/networks/parity.js';

/** Each feed an input by its name, loss and number of correct images outputs. */
const PLAIN_PORTS: StepPorts = {
  feeds: (g, feeds) => new Map(feeds.map(({ name, dims, type }) => [name, g.input(name, dims, type)])),
  results(g, loss, correct) {
    g.output(loss, 'loss');
    g.output(correct, 'correct');
  },
};

test('a step computes the same from two uploads as from an input a feed', async () => {
  const graph = graphOf(
    '  - conv2d: { filters: 3, kernelSize: 3, activation: relu }\n  - dropout: 0.3\n  - flatten\n  - dropout: 0.5\n  - dense: { units: classes, activation: softmax }\n',
  );
  const step = trainingStepOf(
    graph,
    { batchSize: 5, optimizer: optimizer('sgd') },
    { channelBlock: null },
    2,
  );
  assert.equal(
    step.groups.map(({ members }) => members.length),
    [2, 2],
  );
  const weights = randomWeights(graph);
  const state = Object.fromEntries(
    stateTensors(step).map((one) => [
      one.name,
      new ort.Tensor('float32', packTensor(one, { weights, slots: new Map() }), one.group.dims),
    ]),
  );
  const values = {
    ...imageTensors(graph, [randomBatch(graph, 5, 4)], [5]),
    ...weightTensors([4], [5]),
    stepSize: new ort.Tensor('float32', Float32Array.of(0.1), [1]),
  };
  const settings = { provider: 'cpu', threads: 1 } as const;
  const plain = await createSession(stepGraph(step, PLAIN_PORTS), settings);
  const packed = await createSession(stepGraph(step, gpuPorts(4)), settings);
  const expected = await runSession(plain, { ...state, ...values });
  const sent = uploads(gpuFeeds(graph, 5, 1), values);
  assert.equal(Object.keys(sent), ['bytes', 'numbers']);
  const before = new ort.Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [8]);
  const actual = await runSession(packed, { ...state, ...sent, [METRICS]: before });
  const dataOf = (values: Ort.InferenceSession.OnnxValueMapType, name: string) => [
    ...((values[name] as Ort.Tensor).data as Float32Array),
  ];
  for (const name of Object.keys(state)) {
    assert.equal(dataOf(actual, `next:${name}`), dataOf(expected, `next:${name}`), name);
  }
  assert.equal(dataOf(actual, `next:${METRICS}`), [
    3,
    4,
    5,
    6,
    7,
    8,
    ...dataOf(expected, 'loss'),
    ...dataOf(expected, 'correct'),
  ]);
  await plain.release();
  await packed.release();
});

test('the latest results are at the end, those of micro-batches added up', () => {
  const metrics = Float32Array.of(9, 9, 0.5, 1, 0.25, 2, 1.5, 3);
  assert.equal(latestResults(metrics, [2, 1]), [
    { loss: 0.75, correct: 3 },
    { loss: 1.5, correct: 3 },
  ]);
});

test.run();
