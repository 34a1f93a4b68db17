import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { exportModel } from '../src/engines/onnx/export.js';
import type { Likenesses } from '../src/engines/onnx/import/graph.js';
import { weightsFromOnnx } from '../src/engines/onnx/import/match.js';
import { ownGraph, ownModel } from '../src/engines/onnx/import/own-graph.js';
import { readGraph } from '../src/engines/onnx/import/read-graph.js';
import { matchSteps } from '../src/engines/onnx/import/search.js';
import { createOnnxEngine } from '../src/engines/onnx/index.js';
import type { AttributeFields, NodeFields, ReadModel } from '../src/engines/onnx/proto.js';
import { buildGraph } from '../src/models/build.js';
import { type Graph, withoutAuxiliaries } from '../src/models/graph.js';
import { loadModel, modelNames } from '../src/models/zoo.js';
import { type Random, randomStream } from '../src/random.js';
import { sizeOf } from '../src/tensor.js';
import { networkOf, SAMPLES, zooNetwork } from './helpers/networks.js';
import {
  bytesOf,
  type FileGraph,
  floats,
  graphIn,
  image,
  node,
  result,
  runFile,
  shuffled,
  Weights,
} from './helpers/onnx-files.js';
import { graphOf } from './helpers/parity.js';

const refusal = (graph: Graph, bytes: Uint8Array): string => {
  try {
    weightsFromOnnx('file.onnx', bytes, graph);
  } catch (error) {
    return (error as Error).message.replace('file.onnx does not fit: ', '').replace(/\.$/, '');
  }
  return 'taken';
};

/** What the network makes of the weights in a file agrees with what ONNX Runtime makes of the file. */
async function assertTaken(
  graph: Graph,
  bytes: Uint8Array,
  what: string,
  isChannelsLast = false,
): Promise<readonly string[]> {
  const { weights, notes } = weightsFromOnnx('file.onnx', bytes, graph);
  const [height, width, channels] = graph.input;
  const random = randomStream(5, 'pixels');
  const pixels = new Uint8Array(sizeOf(graph.input)).map(() => random.below(256));
  const places = height * width;
  const values = Float32Array.from({ length: pixels.length }, (_, i) => {
    if (isChannelsLast) return pixels[i]! / 255;
    return pixels[(i % places) * channels + Math.floor(i / places)]! / 255;
  });
  const dims = isChannelsLast ? [1, height, width, channels] : [1, channels, height, width];
  const theirs = probabilitiesOf(await runFile(bytes, values, dims));
  const engine = await createOnnxEngine({ device: 'cpu', threads: 1 });
  const program = await engine.inferenceProgram(graph, { batchSize: 1 });
  await program.load(weights);
  const batch = { pixels, labels: new Int32Array(1), count: 1, masks: new Map() };
  const { probabilities } = await program.run(batch);
  await engine.dispose();
  for (const [i, p] of theirs.entries())
    assert.ok(Math.abs(probabilities[i]! - p) < 1e-5, `${what} ${i}: ${probabilities[i]}, not ${p}`);
  return notes;
}

/** Of logits or of probabilities. */
function probabilitiesOf(values: Float32Array): Float32Array {
  const sum = values.reduce((a, b) => a + b, 0);
  if (Math.abs(sum - 1) < 1e-4 && values.every((value) => value >= 0)) return values;
  const powers = values.map((value) => Math.exp(value - Math.max(...values)));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

const exported = (name: string): readonly [Graph, Uint8Array] => {
  const network = name in SAMPLES ? networkOf(SAMPLES[name]!()) : zooNetwork(name);
  return [network.graph, exportModel(network.graph, network.weights, {})];
};

for (const name of modelNames()) {
  test(`the order and names of nodes mean nothing: ${name}`, () => {
    const graph = withoutAuxiliaries(buildGraph(loadModel(name)));
    const { model, slots } = ownModel(graph);
    for (const seed of [1, 2, 3]) {
      const other = shuffled(model.graph as unknown as FileGraph, randomStream(seed, name));
      const likenesses: Likenesses = new Map();
      const own = ownGraph(graph, likenesses);
      const source = {
        path: 'file',
        model: { graph: other.graph } as unknown as ReadModel,
        input: graph.input,
        likenesses,
      };
      const matching = matchSteps(own.outputs[0]!.step, readGraph(source).outputs[0]!.step);
      assert.ok(matching, `${name} is itself`);
      const wanted = new Map([...slots].map(([tensor, slot]) => [other.names.get(tensor)!, slot]));
      const found = new Set<string>();
      for (const [step, theirs] of matching!) {
        for (const [i, { slot }] of step.constants.entries()) {
          if (slot === undefined) continue;
          assert.is(wanted.get(theirs.constants[i]!.name), slot);
          found.add(slot);
        }
      }
      assert.equal(found, new Set(own.layouts.keys()));
    }
  });
}

const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  Relu: ['Tanh', 'Sigmoid'],
  Tanh: ['Relu', 'Sigmoid'],
  Sigmoid: ['Relu', 'Tanh'],
  MaxPool: ['AveragePool'],
  AveragePool: ['MaxPool'],
  Add: ['Mul', 'Sub'],
  Mul: ['Add'],
};

/** One operator or attribute made another. */
function mutated(graph: FileGraph, random: Random): FileGraph {
  const at = random.below(graph.node.length);
  const others = ATTRIBUTES[graph.node[at]!.opType ?? ''] ?? [];
  const change = (n: NodeFields): NodeFields => {
    if (others.length > 0 && random.below(2) === 0) {
      const attribute = n.attribute?.filter(({ name }) => name !== 'count_include_pad');
      return { ...n, opType: others[random.below(others.length)]!, attribute };
    }
    const which = random.below(Math.max(1, n.attribute?.length ?? 0));
    return { ...n, attribute: n.attribute?.map((a, i) => (i === which ? other(a, random) : a)) };
  };
  return { ...graph, node: graph.node.map((n, i) => (i === at ? change(n) : n)) };
}

function other(attribute: AttributeFields, random: Random): AttributeFields {
  const { ints = [], f = 0 } = attribute;
  if (ints.length > 0) {
    const at = random.below(ints.length);
    return { ...attribute, ints: ints.map((value, i) => (i === at ? Number(value) + 1 : Number(value))) };
  }
  return f === 0 ? attribute : { ...attribute, f: f * 1.5 };
}

for (const name of ['lenet5', 'lenet5-1998', ...Object.keys(SAMPLES)]) {
  test(`a file of another network is refused, or computes the same: ${name}`, async () => {
    const [graph, bytes] = exported(name);
    const original = graphIn(bytes);
    const random = randomStream(11, name);
    const [height, width, channels] = graph.input;
    const dims = [1, channels, height, width];
    const values = Float32Array.from({ length: sizeOf(dims) }, () => random.uniform());
    const wanted = await runFile(bytes, values, dims);
    const layers = graph.nodes.map((layer) => layer.name);
    let refused = 0;
    for (let i = 0; i < 60; i++) {
      const changed = bytesOf(mutated(original, random), 21);
      const said = refusal(graph, changed);
      if (said !== 'taken') {
        refused++;
        assert.ok(
          layers.some((layer) => said.includes(layer)),
          `names a layer: ${said}`,
        );
        continue;
      }
      const { notes } = weightsFromOnnx('file.onnx', changed, graph);
      if (notes.length > 0) {
        await assertTaken(graph, changed, `mutation ${i}`);
        continue;
      }
      const given = await runFile(changed, values, dims);
      for (const [k, p] of wanted.entries())
        assert.ok(Math.abs(given[k]! - p) < 1e-6, `mutation ${i} is taken`);
    }
    assert.ok(refused >= 8, `${refused} refused`);
  });
}

const NET = () =>
  graphOf(
    `  - conv2d: { filters: 4, kernelSize: 3, padding: same, strides: 2, activation: relu }
  - maxPool2d: { poolSize: 3, strides: 2, padding: 1 }
  - flatten
  - dense: { units: 5, activation: relu }
  - dense: { units: classes, activation: softmax }
`,
    '[12, 10, 2]',
  );

/** The ways to spell each part of NET: from tensor `x` to tensor `y`. */
const SPELLINGS: Readonly<
  Record<string, Readonly<Record<string, (w: Weights, x: string, y: string) => NodeFields[]>>>
> = {
  conv: {
    'explicit pads': (w, x, y) => [
      node('Conv', [x, w.make('k', [4, 2, 3, 3]), w.make('b', [4])], y, {
        strides: [2, 2],
        pads: [0, 0, 1, 1],
      }),
    ],
    'defaults written out': (w, x, y) => [
      node('Conv', [x, w.make('k', [4, 2, 3, 3]), w.make('b', [4])], y, {
        kernel_shape: [3, 3],
        strides: [2, 2],
        pads: [0, 0, 1, 1],
        dilations: [1, 1],
        group: 1,
        auto_pad: 'NOTSET',
      }),
    ],
    SAME_UPPER: (w, x, y) => [
      node('Conv', [x, w.make('k', [4, 2, 3, 3]), w.make('b', [4])], y, {
        strides: [2, 2],
        auto_pad: 'SAME_UPPER',
      }),
    ],
    'padded before, bias added after': (w, x, y) => [
      node('Pad', [x, w.list('amounts', [0, 0, 0, 0, 0, 0, 1, 1])], 'padded', { mode: 'constant' }),
      node('Conv', ['padded', w.make('k', [4, 2, 3, 3])], 'bare', { strides: [2, 2] }),
      node('Add', [w.make('b', [1, 4, 1, 1]), 'bare'], y),
    ],
  },
  relu: {
    Relu: (_w, x, y) => [node('Relu', [x], y)],
    Clip: (w, x, y) => [node('Clip', [x, w.number('zero', 0)], y)],
    'Identity and Dropout': (_w, x, y) => [
      node('Identity', [x], 'same'),
      node('Relu', ['same'], 'dropped'),
      node('Dropout', ['dropped'], y),
    ],
  },
  pool: {
    pads: (_w, x, y) => [
      node('MaxPool', [x], y, { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
    ],
    'defaults written out': (_w, x, y) => [
      node('MaxPool', [x], y, {
        kernel_shape: [3, 3],
        strides: [2, 2],
        pads: [1, 1, 0, 1],
        dilations: [1, 1],
        ceil_mode: 0,
        storage_order: 0,
        auto_pad: 'NOTSET',
      }),
    ],
    'padded with zeros before, after a relu': (w, x, y) => [
      node('Pad', [x, w.list('around', [0, 0, 1, 1, 0, 0, 1, 1])], 'around_x'),
      node('MaxPool', ['around_x'], y, { kernel_shape: [3, 3], strides: [2, 2] }),
    ],
  },
  flatten: {
    Flatten: (_w, x, y) => [node('Flatten', [x], y, { axis: 1 })],
    Reshape: (w, x, y) => [node('Reshape', [x, w.list('target', [-1, 36])], y, { allowzero: 0 })],
    'a computed shape': (w, x, y) => [
      node('Shape', [x], 'shape'),
      node('Gather', ['shape', w.list('first', [0])], 'count', { axis: 0 }),
      node('Concat', ['count', w.list('rest', [-1])], 'computed', { axis: 0 }),
      node('Reshape', [x, 'computed'], y),
    ],
    'channels last': (w, x, y) => [
      node('Transpose', [x], 'last', { perm: [0, 2, 3, 1] }),
      node('Reshape', ['last', w.list('target', [0, -1])], y),
    ],
  },
  hidden: {
    'Gemm, turned': (w, x, y) => [
      node('Gemm', [x, w.make('h', [5, 36]), w.make('hb', [5])], 'h_x', { transB: 1 }),
      node('Relu', ['h_x'], y),
    ],
    'Gemm, zeros written out': (w, x, y) => [
      node(
        'Gemm',
        [x, w.make('h', [36, 5]), w.make('hb', [5])],
        'h_x',
        { transA: 0, transB: 0 },
        { alpha: 1, beta: 1 },
      ),
      node('Relu', ['h_x'], y),
    ],
    'MatMul and Add': (w, x, y) => [
      node('MatMul', [x, w.make('h', [36, 5])], 'h_x'),
      node('Add', ['h_x', w.make('hb', [5])], 'h_b'),
      node('Max', ['h_b', w.number('none', 0)], y),
    ],
    'a transposed constant': (w, x, y) => [
      node('Transpose', [w.make('h', [5, 36])], 'h_t', { perm: [1, 0] }),
      node('MatMul', [x, 'h_t'], 'h_x'),
      node('Add', [w.make('hb', [1, 5]), 'h_x'], 'h_b'),
      node('Relu', ['h_b'], y),
    ],
  },
  end: {
    logits: (w, x, y) => [node('Gemm', [x, w.make('o', [5, 3]), w.make('ob', [3])], y)],
    Softmax: (w, x, y) => [
      node('Gemm', [x, w.make('o', [5, 3]), w.make('ob', [3])], 'logits'),
      node('Softmax', ['logits'], y, { axis: -1 }),
    ],
    LogSoftmax: (w, x, y) => [
      node('Gemm', [x, w.make('o', [5, 3]), w.make('ob', [3])], 'logits'),
      node('LogSoftmax', ['logits'], y, { axis: 1 }),
    ],
  },
};

function spelled(ways: readonly number[], seed = 1): [FileGraph, string] {
  const weights = new Weights(seed);
  const names: string[] = [];
  const nodes = Object.entries(SPELLINGS).flatMap(([part, spellings], i) => {
    const all = Object.entries(spellings);
    const [name, make] = all[ways[i]! % all.length]!;
    names.push(`${part}: ${name}`);
    return make(weights, i === 0 ? 'image' : `t${i - 1}`, `t${i}`);
  });
  const graph = {
    node: nodes,
    initializer: weights.initializer,
    input: [image(['n', 2, 12, 10])],
    output: [result(`t${Object.keys(SPELLINGS).length - 1}`)],
  };
  return [graph, names.join(', ')];
}

test('every spelling of the same network is taken', async () => {
  for (const ways of [
    ...[0, 1, 2, 3].map((way) => new Array(6).fill(way)),
    [0, 1, 2, 3, 2, 1],
    [3, 2, 1, 0, 3, 2],
  ]) {
    const [graph, what] = spelled(ways);
    assert.equal(await assertTaken(NET(), bytesOf(graph), what), []);
    const { graph: other } = shuffled(graph, randomStream(ways[0], 'spelled'));
    assert.equal(
      weightsFromOnnx('file.onnx', bytesOf(other), NET()).weights,
      weightsFromOnnx('file.onnx', bytesOf(graph), NET()).weights,
    );
  }
});

test('weights that stand in Constant nodes, and a file that takes [N, H, W, C]', async () => {
  const [graph] = spelled([0, 0, 0, 0, 0, 0]);
  const constants = graph.initializer.map((tensor) => ({
    opType: 'Constant',
    name: '',
    input: [],
    output: [tensor.name!],
    attribute: [{ name: 'value', type: 4, t: tensor } as AttributeFields],
  }));
  const turned = node('Transpose', ['pixels'], 'image', { perm: [0, 3, 1, 2] });
  const input = [{ ...image([1, 12, 10, 2]), name: 'pixels' }];
  const bytes = bytesOf({ ...graph, node: [...constants, turned, ...graph.node], initializer: [], input });
  assert.equal(await assertTaken(NET(), bytes, 'channels last', true), []);
});

test('a file that scales its own pixels is taken; where the config says something else, that is said', () => {
  const [graph] = spelled([0, 0, 0, 0, 0, 0]);
  const scaledBy = (std: number) => {
    const scaling = [node('Sub', ['pixels', 'mean'], 'centered'), node('Div', ['centered', 'std'], 'image')];
    const initializer = [
      ...graph.initializer,
      floats('mean', [1, 2, 1, 1], [0, 0]),
      floats('std', [], [std]),
    ];
    const input = [{ ...image(['n', 2, 12, 10]), name: 'pixels' }];
    return bytesOf({ ...graph, node: [...scaling, ...graph.node], initializer, input });
  };
  assert.equal(weightsFromOnnx('file.onnx', scaledBy(255), NET()).notes, []);
  assert.equal(weightsFromOnnx('file.onnx', scaledBy(0.5), NET()).notes, [
    "file.onnx scales its pictures itself, (x - [0, 0]) / [0.5, 0.5]; here the config's pixels count, which say something else.",
  ]);
});

/** A convolution with or without bias, normalization stored or folded, and what a network makes of it. */
const normedNet = (useBias: boolean, epsilon = 0.00001) =>
  graphOf(
    `  - conv2d: { filters: 4, kernelSize: 3, useBias: ${useBias} }
  - batchNorm: { epsilon: ${epsilon} }
  - activation: relu
  - globalAvgPool2d
  - dense: { units: classes, activation: softmax }
`,
    '[8, 8, 2]',
  );

function normedFile(convBias: boolean, isFolded: boolean, epsilon = 1e-5): Uint8Array {
  const w = new Weights(3);
  const conv = ['image', w.make('k', [4, 2, 3, 3]), w.make('b', [4])];
  const norm = w.norm('bn', 4);
  const [gamma, beta, mean, variance] = norm.map((name) => w.valuesOf(name)) as Float32Array[];
  const factor = (i: number) => gamma![i]! / Math.sqrt(variance![i]! + epsilon);
  const kernel = w.valuesOf('k').map((value, i) => value * factor(Math.floor(i / 18)));
  const before = convBias ? w.valuesOf('b') : new Float32Array(4);
  const bias = before.map((value, i) => (value - mean![i]!) * factor(i) + beta![i]!);
  const folded = [floats('fk', [4, 2, 3, 3], kernel), floats('fb', [4], bias)];
  const nodes = isFolded
    ? [node('Conv', ['image', 'fk', 'fb'], 'normal')]
    : [
        node('Conv', convBias ? conv : conv.slice(0, 2), 'conv'),
        node('BatchNormalization', ['conv', ...norm], 'normal', {}, { epsilon }),
      ];
  return bytesOf(
    {
      node: [
        ...nodes,
        node('Relu', ['normal'], 'relu'),
        node('ReduceMean', ['relu', w.list('axes', [-1, -2])], 'pooled', {
          keepdims: 0,
          noop_with_empty_axes: 0,
        }),
        node('Gemm', ['pooled', w.make('o', [3, 4]), w.make('ob', [3])], 'logits', { transA: 0, transB: 1 }),
      ],
      initializer: [...w.initializer, ...folded],
      input: [image(['n', 2, 8, 8])],
      output: [result('logits')],
    },
    18,
  );
}

test('a bias is counted once, beside a normalization that is stored or folded', async () => {
  const folded = [
    'file.onnx has its batch normalization folded into convolutions: they only add a bias here.',
  ];
  const absorbed = [
    'file.onnx has biases in front of batchNorm_1 that the config leaves out: they are subtracted from the means there.',
  ];
  assert.equal(await assertTaken(normedNet(true), normedFile(true, false), 'stored'), []);
  assert.equal(await assertTaken(normedNet(true), normedFile(true, true), 'folded'), folded);
  assert.equal(await assertTaken(normedNet(false), normedFile(false, false), 'stored, no bias'), []);
  assert.equal(await assertTaken(normedNet(false), normedFile(false, true), 'folded, no bias'), folded);
  assert.equal(
    await assertTaken(normedNet(false), normedFile(true, false), 'stored, a bias too many'),
    absorbed,
  );
  assert.equal(
    await assertTaken(normedNet(false), normedFile(true, true), 'folded, a bias too many'),
    folded,
  );
});

test('another epsilon is made good and said, or refused where it cannot be', async () => {
  assert.equal(await assertTaken(normedNet(true, 0.002), normedFile(true, false, 0.001), 'epsilon'), [
    'file.onnx has epsilon 0.001, where the config has 0.002, in batchNorm_1: the variances are changed by the difference, so that the outputs are the same.',
  ]);
  assert.is(
    refusal(normedNet(true, 2), normedFile(true, false, 0.001)),
    'BatchNormalization "node_normal" has epsilon 0.001, where batchNorm_1 has 2, and variances too small to make up for it: give batchNorm_1 the file\'s epsilon',
  );
});

test('the first layer that differs is named, with what either side has', () => {
  const [graph] = spelled([0, 0, 0, 0, 0, 0]);
  const said = (change: (n: NodeFields) => NodeFields | NodeFields[]) =>
    refusal(NET(), bytesOf({ ...graph, node: graph.node.flatMap(change) }));
  assert.is(
    said((n) => (n.opType === 'Relu' ? { ...n, opType: 'Tanh' } : n)),
    'Tanh "node_t1" stands where conv2d_1 wants relu; 1 further layer differs',
  );
  assert.is(
    said((n) => (n.opType === 'MaxPool' ? { ...n, opType: 'AveragePool' } : n)),
    'AveragePool "node_t2" stands where maxPool2d_1 wants max pooling',
  );
  assert.is(
    said((n) =>
      n.opType === 'Conv' ? node('Conv', n.input!, 't0', { strides: [2, 2], pads: [1, 1, 0, 0] }) : n,
    ),
    'Conv "node_t0" has padding (top, left, bottom, right) [1, 1, 0, 0], where conv2d_1 has [0, 0, 1, 1]',
  );
  assert.is(
    said((n) =>
      n.opType === 'Gemm' && n.output![0] === 'h_x'
        ? [{ ...n, output: ['h_y'] }, node('Sigmoid', ['h_y'], 'h_x')]
        : n,
    ),
    'Sigmoid "node_h_x" stands before dense_1, where nothing is wanted',
  );
  assert.is(
    said((n) => (n.output![0] === 't5' ? [{ ...n, output: ['l'] }, node('Relu', ['l'], 't5')] : n)),
    'Relu "node_t5" follows, for which there is no layer',
  );
});

test.run();
