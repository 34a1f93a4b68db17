import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProgramState } from '../../src/engines/engine.js';
import { createOnnxEngine } from '../../src/engines/onnx/index.js';
import type { Graph } from '../../src/models/graph/graph.js';
import { optimizerOf } from '../../src/models/trainable.js';
import { loadModel, modelNames } from '../../src/models/zoo.js';
import { randomBatch, randomWeights, zooGraph } from '../support/networks/parity.js';
import { profiled } from '../support/profile.js';

/** Every network of the zoo, at its size: nothing of a program may be computed on the CPU. */
for (const name of modelNames()) {
  test(`${name}: ONNX Runtime places all of a training step on the GPU`, async () => {
    const engine = await createOnnxEngine({ device: 'webgpu', whole: true });
    const spec = loadModel(name);
    const { batchSize, labelSmoothing } = spec.config.training;
    const optimizer = optimizerOf(spec);
    const program = await engine.trainingProgram(zooGraph(name), { batchSize, optimizer, labelSmoothing });
    await program.dispose();
    await engine.dispose();
  });
}

/** Networks that a software adapter can run, on small images: between them they have every operator of the zoo. */
const SMALL: Record<string, [number, number, number] | undefined> = {
  'mnist-basic': undefined,
  lenet5: undefined,
  'lenet5-1998': undefined,
  'resnet18-small': [8, 8, 3],
  'googlenet-small': [8, 8, 3],
  'vgg-small': [16, 16, 3],
};

for (const [name, input] of Object.entries(SMALL)) {
  test(`${name}: where every operator of training and inference ran`, async () => {
    const nodes = await profiled((path) => runAll(zooGraph(name, input), name, path));
    const elsewhere = nodes.filter(({ provider }) => provider !== 'WebGpuExecutionProvider');
    assert.equal(elsewhere, []);
    assert.ok(nodes.length > 50, `only ${nodes.length} operators were seen`);
  });
}

/** Trains a step, reads the state, and infers. */
async function runAll(graph: Graph, name: string, profile: string): Promise<void> {
  const engine = await createOnnxEngine({ device: 'webgpu', profile });
  const optimizer = optimizerOf(loadModel(name));
  const program = await engine.trainingProgram(graph, { batchSize: 2, optimizer });
  await program.load({ weights: randomWeights(graph), slots: new Map(), step: 0 });
  const [result] = await program.train([randomBatch(graph, 2)], [0.001]);
  assert.ok(Number.isFinite(result!.loss));
  const state: ProgramState = await program.save();
  await program.dispose();
  const inference = await engine.inferenceProgram(graph, { batchSize: 2 });
  await inference.load(state.weights);
  await inference.run(randomBatch(graph, 2));
  await inference.dispose();
  await engine.dispose();
}

test.run();
