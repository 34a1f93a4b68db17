import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { printPlan } from '../../../../src/engines/onnx/plan/print.js';
import { storedGoldens } from '../../../support/goldens.js';
import { configOf, graphOf, headWith } from '../../../support/networks/yaml.js';
import { PLAN_GOLDENS, planGoldens } from '../../../support/plan-goldens.js';

test('every network of the zoo is computed as its stored plans say (scripts/golden.ts writes them anew)', () => {
  const [now, stored] = [planGoldens(), storedGoldens(PLAN_GOLDENS)];
  assert.equal([...now.keys()].sort(), [...stored.keys()]);
  for (const [name, text] of now) assert.fixture(text, stored.get(name)!, name);
});

/** Everything that planning joins: padding, a shortcut, activations; and a strided convolution, pooling and dropout. */
const GRAPH = graphOf(
  configOf(
    [
      'zeroPadding2d: 1',
      'conv2d: { filters: 16, kernelSize: 3, strides: 2, useBias: false }',
      'batchNorm',
      'activation: relu',
      'residual: { filters: 16 }',
      'conv2d: { filters: 32, kernelSize: 3, activation: relu }',
      'maxPool2d: 2',
      'dropout: 0.3',
    ],
    { head: headWith('input: [28, 28, 1]', 'input: [19, 19, 16]') },
  ),
);

const PLAN = `my: a step of 20, in blocks of 10 x 16 channels; threads: 2 of 2, 4 of 8, 4 of 64 cores
Layer        Operator    Formulation                    Reads                    Writes     Output         MACs
conv2d_1     conv2d      strides taken apart by phases  blocks (from innermost)  blocks     10x10x16  4,608,000
batchNorm_1  batchNorm   relu within                    blocks                   blocks     10x10x16
conv2d_2     conv2d                                     blocks                   blocks     10x10x16  4,608,000
batchNorm_2  batchNorm   relu within                    blocks                   blocks     10x10x16
conv2d_3     conv2d                                     blocks                   blocks     10x10x16  4,608,000
batchNorm_3  batchNorm   sum within, relu within        blocks                   blocks     10x10x16
conv2d_4     conv2d                                     blocks                   blocks     8x8x32    5,898,240
maxPool2d_1  maxPool2d   rows, then columns             blocks                   blocks     4x4x32
conv2d_4     activation                                 blocks                   blocks     4x4x32
dropout_1    dropout                                    innermost (from blocks)  innermost  4x4x32
flatten_1    flatten                                    innermost                innermost  512
dense_1      dense                                      innermost                innermost  10          102,400
`;

test('a plan names what is computed together, in which layout, and what has to be laid out anew', () => {
  assert.is(printPlan(GRAPH, 20, 16), PLAN);
});

test.run();
