import '../../../support/flags.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { maxOf, minOf } from '../../../../src/base/extremes.js';
import { sizeOf } from '../../../../src/base/tensor.js';
import { planInt8 } from '../../../../src/engines/onnx/int8/plan.js';
import { measureRanges } from '../../../../src/engines/onnx/programs/value-ranges.js';
import { networkOf } from '../../../support/networks/networks.js';
import { engines, graphOf, randomBatch } from '../../../support/networks/parity.js';

const test = suite('the ranges of values');

/** More than are computed at a time, and no multiple of that. */
const IMAGES = 45;

test('they are those of the layers in TensorFlow.js, of all images, to 1e-5 of the range', async () => {
  const graph = graphOf(`  - conv2d: { filters: 3, kernelSize: 3, useBias: false }
  - batchNorm
  - activation: relu
  - maxPool2d: 2
  - conv2d: { filters: 4, kernelSize: 2, activation: tanh }
  - flatten
  - dropout: 0.5
  - dense: { units: 5, activation: relu }
  - dense: { units: classes, activation: softmax }
`);
  const { weights } = networkOf(graph);
  const pixels = randomBatch(graph, IMAGES, IMAGES, 3).pixels as Uint8Array;
  // The extremes are among the last images.
  pixels.fill(255, pixels.length - sizeOf(graph.input));
  const plan = planInt8(graph);
  const ranges = await measureRanges(graph, plan, weights, pixels, { provider: 'cpu', threads: 1 });

  const { scale, offset } = graph.pixels;
  const channels = graph.input[2];
  const data = Float32Array.from(pixels, (value, i) => value * scale[i % channels]! + offset[i % channels]!);
  const engine = await engines.tensorflow();
  const program = await engine.layersProgram(graph, IMAGES);
  await program.load(weights);
  const layers = await program.run({ shape: [IMAGES, ...graph.input], data });
  await engine.dispose();

  const nameOf = (id: number) => plan.trace.operations.find(({ output }) => output.id === id)?.layer;
  const found = [...ranges].map(([id, range]) => [nameOf(id) ?? 'input', range] as const);
  // The pooled map has the range of what it was made of, of conv2d_2 what goes into tanh is kept, and the logits have none.
  assert.equal(
    found.map(([name]) => name),
    ['input', 'activation_1', 'conv2d_2', 'flatten_1', 'dense_1'],
  );
  for (const [name, range] of found) {
    const [low, high] = name === 'conv2d_2' ? range.map(Math.tanh) : range;
    const values = name === 'input' ? data : layers.get(name)!.data;
    const [least, most] = [Math.min(0, minOf(values)), Math.max(0, maxOf(values))];
    const near = 1e-5 * (most - least);
    assert.ok(Math.abs(low! - least) <= near && Math.abs(high! - most) <= near, `${name}: ${low}, ${high}`);
  }
});

test.run();
