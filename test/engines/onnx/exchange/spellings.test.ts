import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../../src/base/random.js';
import type { AttributeFields, NodeFields } from '../../../../src/engines/onnx/write/proto.js';
import {
  bytesOf,
  type FileGraph,
  floats,
  image,
  node,
  result,
  shuffled,
  Weights,
} from '../../../support/files/onnx-files.js';
import { assertTaken, fromOnnx, refusal } from '../../../support/files/weights-files.js';
import { graphOf } from '../../../support/networks/parity.js';

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
      fromOnnx('file.onnx', bytesOf(other), NET()).weights,
      fromOnnx('file.onnx', bytesOf(graph), NET()).weights,
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
  assert.equal(fromOnnx('file.onnx', scaledBy(255), NET()).notes, []);
  assert.equal(fromOnnx('file.onnx', scaledBy(0.5), NET()).notes, [
    "file.onnx scales its pictures itself, (x - [0, 0]) / [0.5, 0.5]; here the config's pixels count, which say something else.",
  ]);
});

test('a file that computes with its pixels in another way than (x - mean) / std is refused', () => {
  const [graph] = spelled([0, 0, 0, 0, 0, 0]);
  const initializer = [
    ...graph.initializer,
    floats('one', [], [1]),
    floats('zero', [], [0]),
    floats('two', [2, 1, 1], [2, 4]),
    floats('picture', [1, 2, 12, 10], new Float32Array(240).fill(0.5)),
  ];
  const input = [{ ...image(['n', 2, 12, 10]), name: 'pixels' }];
  const scaled = (...nodes: NodeFields[]) =>
    bytesOf({ ...graph, node: [...nodes, ...graph.node], initializer, input });
  const notes = (opType: string, ...reads: string[]) =>
    fromOnnx('file.onnx', scaled(node(opType, reads, 'image')), NET()).notes;
  const note = (mean: string, std: string) => [
    `file.onnx scales its pictures itself, (x - [${mean}]) / [${std}]; here the config's pixels count, which say something else.`,
  ];
  assert.equal(notes('Sub', 'one', 'pixels'), note('1, 1', '-1, -1'));
  assert.equal(notes('Sub', 'two', 'pixels'), note('2, 4', '-1, -1'));
  assert.equal(notes('Sub', 'pixels', 'two'), note('2, 4', '1, 1'));
  for (const order of [
    ['two', 'pixels'],
    ['pixels', 'two'],
  ]) {
    assert.equal(notes('Mul', ...order), note('0, 0', '0.5, 0.25'));
    assert.equal(notes('Add', ...order), note('-2, -4', '1, 1'));
  }
  const twice = [node('Div', ['pixels', 'two'], 'less'), node('Sub', ['one', 'less'], 'image')];
  assert.equal(fromOnnx('file.onnx', scaled(...twice), NET()).notes, note('2, 4', '-2, -4'));
  const said = (opType: string, ...reads: string[]) => refusal(NET(), scaled(node(opType, reads, 'image')));
  assert.is(said('Div', 'one', 'pixels'), 'Div "node_image" stands before conv2d_1, where nothing is wanted');
  assert.is(
    said('Sub', 'pixels', 'picture'),
    'Sub "node_image" stands before conv2d_1, where nothing is wanted',
  );
  for (const [opType, reads] of [
    ['Mul', ['zero', 'pixels']],
    ['Div', ['pixels', 'zero']],
  ] as const)
    assert.is(
      said(opType, ...reads),
      `with its input ${opType} "node_image" computes numbers that tell nothing of the pixels`,
    );
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

/** The ways to spell a mean over a map of 6 x 6. */
const POOLS: Readonly<Record<string, (w: Weights) => NodeFields[]>> = {
  ReduceMean: (w) => [
    node('ReduceMean', ['relu', w.list('axes', [-1, -2])], 'pooled', {
      keepdims: 0,
      noop_with_empty_axes: 0,
    }),
  ],
  GlobalAveragePool: (_w) => [
    node('GlobalAveragePool', ['relu'], 'mean'),
    node('Flatten', ['mean'], 'pooled'),
  ],
  AveragePool: (w) => [
    node('AveragePool', ['relu'], 'mean', { kernel_shape: [6, 6], strides: [6, 6], count_include_pad: 1 }),
    node('Squeeze', ['mean', w.list('axes', [2, 3])], 'pooled'),
  ],
  'ReduceMean of channels last': (w) => [
    node('Transpose', ['relu'], 'last', { perm: [0, 2, 3, 1] }),
    node('ReduceMean', ['last', w.list('axes', [1, 2])], 'mean', { keepdims: 1 }),
    node('Reshape', ['mean', w.list('flat', [-1, 4])], 'pooled'),
  ],
};

function normedFile(
  convBias: boolean,
  isFolded: boolean,
  epsilon = 1e-5,
  pool = POOLS.ReduceMean!,
): Uint8Array {
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
        ...pool(w),
        node('Gemm', ['pooled', w.make('o', [3, 4]), w.make('ob', [3])], 'logits', { transA: 0, transB: 1 }),
      ],
      initializer: [...w.initializer, ...folded],
      input: [image(['n', 2, 8, 8])],
      output: [result('logits')],
    },
    18,
  );
}

test('every spelling of a mean over the map is taken', async () => {
  for (const [name, pool] of Object.entries(POOLS))
    assert.equal(await assertTaken(normedNet(true), normedFile(true, false, 1e-5, pool), name), []);
});

test('terms of a sum are told apart by what else becomes of them', async () => {
  const graph = graphOf(
    `  - branches:
      join: concatenate
      paths:
        - - branches: { join: add, paths: [[conv2d: { filters: 3, kernelSize: 1 }], [conv2d: { filters: 3, kernelSize: 1 }]] }
        - - conv2d: { filters: 2, kernelSize: 1 }
  - globalAvgPool2d
  - dense: { units: classes, activation: softmax }
`,
    '[4, 4, 2]',
  );
  const w = new Weights(4);
  const conv = (name: string, filters: number) =>
    node('Conv', ['image', w.make(`${name}.k`, [filters, 2, 1, 1]), w.make(`${name}.b`, [filters])], name);
  const nodes = [
    conv('other', 2),
    conv('p', 3),
    conv('q', 3),
    node('Sum', ['q', 'p'], 'sum'),
    node('Concat', ['sum', 'other'], 'joined', { axis: -3 }),
    node('GlobalAveragePool', ['joined'], 'mean'),
    node('Flatten', ['mean'], 'flat'),
    node('Gemm', ['flat', w.make('o', [3, 5]), w.make('ob', [3])], 'logits', { transB: 1 }),
  ];
  const file = {
    node: nodes,
    initializer: w.initializer,
    input: [image(['n', 2, 4, 4])],
    output: [result('logits')],
  };
  assert.equal(await assertTaken(graph, bytesOf(file), 'sum'), []);
  const swapped = nodes.map((n) =>
    n.opType === 'Concat' ? node('Concat', ['other', 'sum'], 'joined', { axis: 1 }) : n,
  );
  assert.match(refusal(graph, bytesOf({ ...file, node: swapped })), /order/);
});

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

test('a softmax at the end is taken only where it is over the classes', async () => {
  const [graph] = spelled([0, 0, 0, 0, 0, 0]);
  const ended = (opType: string, opset: number, axis?: number, batch: number | string = 'n') => {
    const end = node(opType, ['t5'], 'probs', axis === undefined ? {} : { axis });
    const file = {
      ...graph,
      node: [...graph.node, end],
      input: [image([batch, 2, 12, 10])],
      output: [result('probs')],
    };
    return bytesOf(file, opset);
  };
  const wrong = (axes: string, opType = 'Softmax') =>
    `${opType} "node_probs" has ${axes}, where softmax over the classes is wanted`;
  for (const [opset, axis] of [[17], [17, 1], [17, -1], [11], [11, 1]] as const)
    assert.equal(await assertTaken(NET(), ended('Softmax', opset, axis), `${opset}, ${axis}`), []);
  for (const opType of ['Softmax', 'LogSoftmax']) {
    assert.is(refusal(NET(), ended(opType, 17, 0)), wrong('axis 0', opType));
    assert.is(refusal(NET(), ended(opType, 17, -2)), wrong('axis 0', opType));
    assert.is(refusal(NET(), ended(opType, 17, 0, 1)), wrong('axis 0', opType));
    assert.is(refusal(NET(), ended(opType, 11, 0)), wrong('axes 0, 1', opType));
  }
});

test('before opset 13 a softmax without an axis is over all but the batch', async () => {
  const graph = graphOf(
    `  - conv2d: { filters: 3, kernelSize: 1 }
  - globalAvgPool2d
  - activation: softmax
`,
    '[4, 4, 2]',
  );
  const w = new Weights(6);
  const file = {
    node: [
      node('Conv', ['image', w.make('k', [3, 2, 1, 1]), w.make('b', [3])], 'conv'),
      node('GlobalAveragePool', ['conv'], 'mean'),
      node('Softmax', ['mean'], 'maps'),
      node('Flatten', ['maps'], 'probs'),
    ],
    initializer: w.initializer,
    input: [image(['n', 2, 4, 4])],
    output: [result('probs')],
  };
  assert.equal(await assertTaken(graph, bytesOf(file, 11), 'opset 11'), []);
  assert.is(
    refusal(graph, bytesOf(file, 17)),
    'Softmax "node_maps" has an axis of one value, where softmax over the classes is wanted',
  );
});

test('a file whose names or nodes lead nowhere is damaged, whichever node it is', () => {
  const [graph] = spelled([0, 0, 0, 0, 0, 1]);
  const said = (change: (n: NodeFields) => NodeFields) =>
    refusal(NET(), bytesOf({ ...graph, node: graph.node.map(change) }));
  for (const { name, input } of graph.node) {
    for (const at of input!.keys()) {
      const lost = said((n) =>
        n.name === name ? { ...n, input: n.input!.map((other, i) => (i === at ? 'nosuch' : other)) } : n,
      );
      assert.match(
        lost,
        new RegExp(`^file.onnx is damaged: \\w+ "${name}" reads "nosuch", which nothing computes$`),
      );
    }
    const none = said((n) => (n.name === name ? { ...n, input: [] } : n));
    assert.match(
      none,
      new RegExp(`^file.onnx is damaged: \\w+ "${name}" has no input 1 of the [12] that it needs$`),
    );
    const circle = said((n) => (n.name === name ? { ...n, input: ['t5', ...n.input!.slice(1)] } : n));
    assert.match(
      circle,
      /^file.onnx is damaged: its nodes form a circle: \w+ "\w+" needs what it computes itself$/,
    );
  }
  assert.is(
    said((n) => (n.opType === 'Conv' ? node('Add', ['', 'b'], 't0') : n)),
    'file.onnx is damaged: Add "node_t0" has no input 1 of the 2 that it needs',
  );
  assert.is(
    refusal(NET(), bytesOf({ ...graph, output: [result('nosuch')] })),
    'file.onnx is damaged: its output is "nosuch", which nothing computes',
  );
});

test.run();
