import '../../../support/flags.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { maxOf, minOf } from '../../../../src/base/extremes.js';
import { sizeOf } from '../../../../src/base/tensor.js';
import { exportModel, prepareInt8 } from '../../../../src/engines/onnx/exchange/export.js';
import { planInt8 } from '../../../../src/engines/onnx/int8/plan.js';
import { decodeModel } from '../../../../src/engines/onnx/write/proto.js';
import type { Graph } from '../../../../src/models/graph/graph.js';
import { runReference } from '../../../support/files/qdq-reference.js';
import { networkOf, SAMPLES } from '../../../support/networks/networks.js';
import { graphOf, onnxEngine, randomBatch, zooGraph } from '../../../support/networks/parity.js';

const test = suite('an inference in int8');

const IMAGES = 3;

const NETWORKS: Readonly<Record<string, () => Graph>> = {
  ...SAMPLES,
  'convolution, pooling, dense': () =>
    graphOf(`  - conv2d: { filters: 6, kernelSize: 3, activation: relu }
  - maxPool2d: 2
  - conv2d: { filters: 5, kernelSize: 2, padding: same }
  - flatten
  - dense: { units: 9, activation: relu }
  - dense: { units: classes, activation: softmax }
`),
  'tanh between, mean pooling': () =>
    graphOf(`  - conv2d: { filters: 6, kernelSize: 3, activation: tanh }
  - avgPool2d: 2
  - conv2d: { filters: 4, kernelSize: 2, activation: tanh, useBias: false }
  - flatten
  - dense: { units: classes, activation: softmax }
`),
  'logits straight out of a convolution': () =>
    graphOf(`  - conv2d: { filters: 4, kernelSize: 3, activation: relu }
  - conv2d: { filters: 3, kernelSize: 1 }
  - globalAvgPool2d
  - activation: softmax
`),
};

/** Of a network on random images: in int8 and float32 by the engine, and what the exported graph is to give by the specification. */
async function outcomes(graph: Graph) {
  const { weights } = networkOf(graph);
  const pixels = randomBatch(graph, IMAGES, IMAGES, 1).pixels as Uint8Array;
  const batch = () => ({
    pixels: pixels.slice(),
    labels: new Int32Array(IMAGES),
    count: IMAGES,
    masks: new Map(),
  });
  const engine = await onnxEngine({ device: 'cpu' });
  const answers = async (calibration?: Uint8Array) => {
    const program = await engine.inferenceProgram(graph, {
      batchSize: IMAGES,
      ...(calibration && { calibration }),
    });
    await program.load(weights);
    const { probabilities } = await program.run(batch());
    await program.dispose();
    return probabilities;
  };
  const [int8, float32] = [await answers(pixels), await answers()];
  await engine.dispose();
  const prepared = await prepareInt8(graph, weights, pixels);
  const model = Buffer.concat([...exportModel(graph, weights, {}, undefined, prepared).parts()]);
  const image = {
    dims: [IMAGES, graph.input[2], graph.input[0], graph.input[1]],
    data: scaled(graph, pixels),
  };
  const reference = runReference(model, { image }).get('probabilities')!.data;
  return { int8, float32, reference, model };
}

/** Bytes [N, H, W, C] as the network sees them, [N, C, H, W]. */
function scaled(
  { input: [height, width, channels], pixels: { scale, offset } }: Graph,
  pixels: Uint8Array,
): Float64Array {
  const places = height * width;
  return Float64Array.from({ length: pixels.length }, (_, i) => {
    const [image, channel, place] = [
      Math.floor(i / (places * channels)),
      Math.floor(i / places) % channels,
      i % places,
    ];
    return pixels[(image * places + place) * channels + channel]! * scale[channel]! + offset[channel]!;
  });
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  maxOf(Array.from(a, (value, i) => Math.abs(value - b[i]!)));

/** Logits up to a constant, of which there is one an image. */
function logitsOf(probabilities: ArrayLike<number>, classes: number): number[] {
  const logs = Array.from(probabilities, Math.log);
  return logs.map((value, i) => {
    const row = logs.slice(i - (i % classes), i - (i % classes) + classes);
    return value - row.reduce((sum, one) => sum + one, 0) / classes;
  });
}

for (const [name, make] of Object.entries(NETWORKS)) {
  test(`${name}: as QuantizeLinear and DequantizeLinear are specified, to a step of 1/255 of the logits' range`, async () => {
    const graph = make();
    const { int8, float32, reference } = await outcomes(graph);
    const [own, wanted, before] = [int8, reference, float32].map((values) => logitsOf(values, graph.classes));
    const range = maxOf(wanted!) - minOf(wanted!);
    assert.ok(largest(own!, wanted!) <= range / 255, `${largest(own!, wanted!)} of ${range}`);
    // And what is specified is the network: some rounding away from float32, and not the same.
    assert.ok(largest(wanted!, before!) < 0.1 * range, `${largest(wanted!, before!)} of ${range}`);
    assert.ok(largest(wanted!, before!) > 1e-6 * range);
  });
}

test('weights are signed bytes with a scale a filter, values unsigned bytes, and 0 is kept exactly', async () => {
  const { model } = await outcomes(NETWORKS['convolution, pooling, dense']!());
  const { node, initializer } = decodeModel(model).graph!;
  const found = (tensor: string) => initializer.find(({ name }) => name === tensor)!;
  assert.is(found('conv2d_1/kernel').dataType, 3);
  assert.is(found('conv2d_1/bias').dataType, 6);
  assert.equal(found('conv2d_1/kernel/scale').dims!.map(Number), [6]);
  assert.equal(found('dense_1/kernel/scale').dims!.map(Number), [9]);
  const kinds = node.map(({ opType }) => opType!);
  // The image, two convolutions, pooling, flattening, the first dense layer; the logits are floats.
  assert.is(kinds.filter((kind) => kind === 'QuantizeLinear').length, 6);
  const bytes = found('conv2d_1/kernel').rawData!;
  const kernel = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assert.is(maxOf(Array.from(kernel, Math.abs)), 127);
});

test('what int8 does not suit stays float32, and is named', () => {
  assert.equal(planInt8(zooGraph('lenet5')).floats, [
    'conv2d_1 (tanh)',
    'avgPool2d_1',
    'conv2d_2 (tanh)',
    'avgPool2d_2',
    'conv2d_3 (tanh)',
    'flatten_1',
    'dense_1 (tanh)',
    'dense_2 (softmax)',
  ]);
  assert.equal(planInt8(zooGraph('alexnet')).floats, [
    'lrn_1',
    'maxPool2d_1',
    'lrn_2',
    'maxPool2d_2',
    'dense_3 (softmax)',
  ]);
  assert.equal(planInt8(zooGraph('resnet50')).floats, ['dense_1 (softmax)']);
});

test('a network without a convolution or a dense layer is refused', () => {
  const graph = graphOf('  - globalAvgPool2d\n  - activation: softmax\n', '[8, 8, 3]');
  assert.throws(
    () => planInt8(graph),
    'test has no convolution and no dense layer that could be computed in int8: leave --dtype int8 out.',
  );
});

test('weights that are, or give, no finite numbers are refused by their name or layer', async () => {
  const graph = NETWORKS['convolution, pooling, dense']!();
  const { weights } = networkOf(graph);
  weights.get('conv2d_2/kernel')!.data[3] = Number.NaN;
  const pixels = new Uint8Array(2 * sizeOf(graph.input)).fill(200);
  const error = await prepareInt8(graph, weights, pixels).catch(({ message }: Error) => message);
  assert.is(
    error,
    '"conv2d_2/kernel" holds a value that is no finite number, which bytes cannot stand for: these weights are of no use.',
  );
  weights.get('conv2d_2/kernel')!.data.fill(3e38);
  const overflow = await prepareInt8(graph, weights, pixels).catch(({ message }: Error) => message);
  assert.match(
    String(overflow),
    /^(conv2d_2|dense_1) gives values that are no finite numbers, which bytes cannot stand for/,
  );
});

test.run();
