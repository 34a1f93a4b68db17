import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph } from '../../../src/models/build.js';
import { readLayerList } from '../../../src/models/config/read-layer-list.js';
import { parseFragment } from '../../../src/models/config/source.js';
import { explainLayer } from '../../../src/models/explain.js';
import { apply, applyJson, applyText, channelOf } from '../../support/networks/apply.js';

/** What the teaching documents work out by hand, with their figures. */

const POOLED = '1 3 2 1; 2 9 1 1; 1 3 2 3; 5 6 1 2';
const CONVOLVED = '1 2 3 0; 0 1 2 3; 3 0 1 2; 2 3 0 1';
const KERNEL = '2 0 1; 0 1 2; 1 0 2';
const CONVOLUTION = 'conv2d: {filters: 1, kernelSize: 3}';

const lastOf = (json: { layers: { values: number[][][]; outputShape: number[] }[] }) => json.layers.at(-1)!;

test('max pooling of the 4x4 example gives 9 2 / 6 3', async () => {
  const json = await applyJson('maxPool2d: 2', POOLED, { at: '0,0' });
  assert.is(channelOf(lastOf(json).values), '9 2 / 6 3');
  assert.is(json.at.text, 'max(1, 3, 2, 9) = 9');
});

test('average pooling gives 3.75 1.25 / 4 2', async () => {
  const json = await applyJson('avgPool2d: 2', '1 3 2 1; 2 9 1 1; 1 4 2 3; 5 6 1 2', { at: '0,0' });
  assert.is(channelOf(lastOf(json).values), '3.75 1.25 / 4 2');
  assert.is(json.at.text, '(1 + 3 + 2 + 9) / 4 = 3.75');
});

test('max pooling of 3x3 windows, one apart, gives 9 9 5 / 9 9 5 / 8 6 9', async () => {
  const data = '1 3 2 1 3; 2 9 1 1 5; 1 3 2 3 2; 8 3 5 1 0; 5 6 1 2 9';
  const json = await applyJson('maxPool2d: {poolSize: 3, strides: 1}', data);
  assert.is(channelOf(lastOf(json).values), '9 9 5 / 9 9 5 / 8 6 9');
});

test('pooling treats every channel apart', async () => {
  const json = await applyJson('maxPool2d: {poolSize: 3, strides: 1}', 'random:5x5x2');
  assert.equal(lastOf(json).outputShape, [3, 3, 2]);
  const all = await applyJson('globalAvgPool2d', 'random:7x7x1000');
  assert.equal(lastOf(all).outputShape, [1000]);
});

test('a 3x3 convolution of the 4x4 example gives 15 16 / 6 15, and with a bias of 3 18 19 / 9 18', async () => {
  const without = await applyJson(CONVOLUTION, CONVOLVED, { kernel: KERNEL });
  assert.is(channelOf(lastOf(without).values), '15 16 / 6 15');
  const json = await applyJson(CONVOLUTION, CONVOLVED, { kernel: KERNEL, bias: '3', at: '0,0' });
  assert.is(channelOf(lastOf(json).values), '18 19 / 9 18');
  assert.is(json.at.text, '1*2 + 2*0 + 3*1 + 0*0 + 1*1 + 2*2 + 3*1 + 0*0 + 1*2 = 15, plus bias 3 = 18');
  assert.equal(json.at.terms[0], [1, 2]);
});

test('padding 1 keeps 4x4, stride 2 takes 7x7 to 3x3', async () => {
  const padded = await applyJson('conv2d: {filters: 1, kernelSize: 3, padding: 1}', CONVOLVED);
  assert.equal(lastOf(padded).outputShape, [4, 4, 1]);
  const strided = await applyJson('conv2d: {filters: 1, kernelSize: 3, strides: 2}', 'ramp:7x7x1');
  assert.equal(lastOf(strided).outputShape, [3, 3, 1]);
});

test('im2col of 3 channels of 7x7 for a 5x5 kernel is (9, 75), and (90, 75) of ten images', async () => {
  const layer = 'conv2d: {filters: 4, kernelSize: 5}';
  const one = await applyJson(layer, 'random:7x7x3', { unfold: true });
  assert.equal(one.unfolded.shape, [9, 75]);
  assert.equal(one.unfolded.kernelShape, [75, 4]);
  assert.equal(one.unfolded.productShape, [9, 4]);
  assert.ok(Math.abs(one.unfolded.growth - 675 / 147) < 1e-12);
  const ten = await applyJson(layer, 'random:10x7x7x3', { unfold: true });
  assert.equal(ten.unfolded.shape, [90, 75]);
});

test('the product of im2col and the kernel is the convolution, with padding and a connection table too', async () => {
  for (const layer of [
    'conv2d: {filters: 3, kernelSize: [3, 2], strides: [2, 1], padding: same}',
    'partialConv2d: {connections: [[0, 2], [1], [0, 1, 2]], kernelSize: 3, padding: 1}',
  ]) {
    const { unfolded, layers } = await apply(layer, 'random:2x6x5x3', { unfold: true });
    const { matrix, kernel } = unfolded!;
    const [taps, filters] = kernel!.shape as [number, number];
    layers[0]!.output.data.forEach((value, i) => {
      const [row, filter] = [Math.floor(i / filters), i % filters];
      let sum = 0;
      for (let k = 0; k < taps; k++)
        sum += matrix.data[row * taps + k]! * kernel!.data[k * filters + filter]!;
      assert.ok(Math.abs(sum - value) < 1e-5, `${layer}: ${sum} instead of ${value}`);
    });
  }
});

test('pooling through im2col is the largest value of each row', async () => {
  const { unfolded, layers } = await apply(
    'maxPool2d: {poolSize: 2, strides: 1, padding: same}',
    'random:2x4x4x3',
    {
      unfold: true,
    },
  );
  assert.equal(unfolded!.matrix.shape, [2 * 4 * 4 * 3, 4]);
  assert.is(unfolded!.kernel, null);
  layers[0]!.output.data.forEach((value, i) => {
    const row = unfolded!.matrix.data.subarray(i * 4, i * 4 + 4).filter((one) => !Number.isNaN(one));
    assert.is(Math.max(...row), value);
  });
});

test('a 5x7 input under a 3x3 kernel of stride 2 with padding gives 3x4', async () => {
  const json = await applyJson(
    'conv2d: {filters: 1, kernelSize: 3, strides: 2, padding: same}',
    'ramp:5x7x1',
  );
  assert.equal(lastOf(json).outputShape, [3, 4, 1]);
});

test('neuron (i, j) sees rows i*s to i*s + f - 1, and columns likewise', async () => {
  const json = await applyJson('conv2d: {filters: 1, kernelSize: 3, strides: [2, 1]}', 'ramp:7x5x1', {
    windows: true,
  });
  for (const { place, rows, columns } of json.windows.positions) {
    assert.equal(rows, [place[0] * 2, place[0] * 2 + 2]);
    assert.equal(columns, [place[1], place[1] + 2]);
  }
  assert.is(json.windows.positions.length, 9);
});

test('a 5x5 map holds nine 3x3 windows, 25 with padding same, four with stride 2: drawn', async () => {
  const drawn = async (settings: string) => {
    const layer = `conv2d: {filters: 1, kernelSize: 3${settings}}`;
    const text = await applyText([layer, 'ramp:5x5x1', { windows: true }], 80);
    assert.ok(text.split('\n').every((line) => line.length <= 80));
    return text;
  };
  const valid = await drawn('');
  assert.is(valid.match(/\(\d, \d\)/g)!.length, 9);
  assert.match(valid, /# # # \. \. {4}\. # # # \. {4}\. \. # # #/);
  const same = await drawn(', padding: same');
  assert.is(same.match(/\(\d, \d\)/g)!.length, 25);
  assert.match(same, /# # # \+ \+ \+ \+/);
  assert.is((await drawn(', strides: 2')).match(/\(\d, \d\)/g)!.length, 4);
});

test('a patch times the kernel, step by step: 3x3x2 patches, 3 filters, 57 parameters, 5x5x2 to 3x3x3', async () => {
  const json = await applyJson('conv2d: {filters: 3, kernelSize: 3}', 'random:5x5x2', { at: '1,1,2' });
  assert.equal(lastOf(json).outputShape, [3, 3, 3]);
  const { kernel, bias } = json.layers[0].weights;
  assert.equal(kernel.shape, [3, 3, 2, 3]);
  assert.is(kernel.values.flat(3).length + bias.values.length, 57);
  const products = json.at.terms.slice(0, -1);
  assert.is(products.length, 3 * 3 * 2);
  const sum = json.at.terms.reduce((total: number, [x, w]: [number, number]) => total + x * w, 0);
  assert.ok(Math.abs(sum - json.layers[0].values[1][1][2]) < 1e-5);
});

test('depth-wise max pooling over 3 channels; global average pooling is the mean over height and width', async () => {
  const depth = await applyJson('depthMaxPool: 3', '1 2|5 0|3 4', { at: '0,1' });
  assert.is(channelOf(lastOf(depth).values), '5 4');
  assert.is(depth.at.text, 'max(2, 0, 4) = 4');
  const mean = await applyJson('globalAvgPool2d', '1 2; 3 4 | 10 20; 30 40');
  assert.equal(lastOf(mean).values, [2.5, 25] as never);
});

test('local response normalization: a strong value makes its neighbours in depth smaller', async () => {
  const layer = 'lrn: {depthRadius: 1, alpha: 1, beta: 0.5, bias: 1}';
  const json = await applyJson(layer, '1|1|3|1', { at: '0,0,1' });
  assert.is(json.at.text, '1 / (1 + 1*(1^2 + 1^2 + 3^2))^0.5 = 0.288675');
  const [first, second] = lastOf(json).values[0]![0]!;
  assert.ok(second! < first!);
});

test('the largest value keeps a strong response wherever it lies in its window; the mean dilutes it', async () => {
  for (let strong = 0; strong < 4; strong++) {
    const values = Array.from({ length: 4 }, (_, i) => (i === strong ? 9 : 1));
    const data = `${values[0]} ${values[1]}; ${values[2]} ${values[3]}`;
    assert.is(channelOf(lastOf(await applyJson('maxPool2d: 2', data)).values), '9', data);
    assert.is(channelOf(lastOf(await applyJson('avgPool2d: 2', data)).values), '3', data);
  }
});

test('a 2x2 pooling of stride 2 throws 75 % of the values away, and says so', () => {
  const explained = (layers: string, input: [number, number, number]) => {
    const graph = buildGraph(readLayerList('test', parseFragment('test', layers)), { input, anyHead: true });
    return explainLayer(graph, graph.nodes[0]!).find((line) => line.startsWith('values'));
  };
  assert.is(
    explained('maxPool2d: 2', [8, 8, 3]),
    'values in a channel: 8 x 8 = 64 to 4 x 4 = 16, 75 % are thrown away',
  );
  assert.is(
    explained('avgPool2d: 2', [8, 8, 3]),
    'values in a channel: 8 x 8 = 64 to 4 x 4 = 16, 75 % fewer',
  );
  // Windows that overlap give as many as there were.
  assert.is(explained('maxPool2d: {poolSize: 3, strides: 1, padding: same}', [8, 8, 3]), undefined);
  assert.is(
    explained('maxPool2d: {poolSize: 3, strides: 2}', [7, 9, 1]),
    'values in a channel: 7 x 9 = 63 to 3 x 4 = 12, 81 % are thrown away',
  );
});

/** A picture of 8x8: a block of ones, three columns wide, that begins where a window does. */
const BLOCK = Array.from({ length: 8 }, (_, row) =>
  Array.from({ length: 8 }, (_, column) => (row > 1 && row < 6 && column > 1 && column < 5 ? 1 : 0)).join(
    ' ',
  ),
).join('; ');

test('max pooling is invariant to a shift of one pixel, less to two; averages, strides and no pooling are not', async () => {
  const shifts = async (layers: string, flags = {}) =>
    (await applyJson(layers, BLOCK, { shift: 2, ...flags })).shifts;
  assert.equal(await shifts('maxPool2d: 2'), [
    { columns: 1, same: 16, of: 16, moved: 0 },
    { columns: 2, same: 12, of: 16, moved: 1 },
  ]);
  assert.equal(await shifts('avgPool2d: 2'), [
    { columns: 1, same: 12, of: 16, moved: null },
    { columns: 2, same: 10, of: 16, moved: 1 },
  ]);
  const strided = 'conv2d: {filters: 1, kernelSize: 1, strides: 2}';
  assert.equal(await shifts(strided, { kernel: '1' }), [
    { columns: 1, same: 14, of: 16, moved: null },
    { columns: 2, same: 12, of: 16, moved: 1 },
  ]);
  assert.equal(await shifts('activation: relu'), [
    { columns: 1, same: 56, of: 64, moved: 1 },
    { columns: 2, same: 48, of: 64, moved: 2 },
  ]);
});

test('the three pictures and what becomes of them can be seen', async () => {
  const { input, layers } = await apply('maxPool2d: 2', BLOCK, { shift: 2 });
  assert.equal(input.shape, [3, 8, 8, 1]);
  const rowOf = (image: number) => [...input.data.subarray(64 * image + 16, 64 * image + 24)].join('');
  assert.equal([0, 1, 2].map(rowOf), ['00111000', '00011100', '00001110']);
  const { data } = layers[0]!.output;
  const pooled = (image: number) => [...data.subarray(16 * image, 16 * image + 16)].join('');
  assert.equal([0, 1, 2].map(pooled), ['0000011001100000', '0000011001100000', '0000001100110000']);
  const text = await applyText(['maxPool2d: 2', BLOCK, { shift: 2 }], 80);
  assert.match(text, /by 1 column: all 16 values stay \(invariant\)\n/);
  assert.match(text, /by 2 columns: 12 of 16 values stay, 75\.0 %; all move by 1 column \(equivariant\)\n/);
});

test('a convolution is equivariant: its answer moves as the picture does', async () => {
  const layers =
    '[conv2d: {filters: 3, kernelSize: 3, activation: relu}, conv2d: {filters: 2, kernelSize: 3}]';
  const { shifts } = await applyJson(layers, 'random:9x9x2', { shift: 3 });
  assert.equal(
    shifts.map((shift: { moved: number | null }) => shift.moved),
    [1, 2, 3],
  );
});

test('what is recognised at one place is at any other; a dense layer answers otherwise at each', async () => {
  const moved = async (layers: string) => {
    const { shifts } = await applyJson(layers, BLOCK, { shift: 2 });
    return shifts.map(({ same, of }: { same: number; of: number }) => [same, of]);
  };
  const anywhere = '[conv2d: {filters: 4, kernelSize: 3, padding: same, activation: relu}, globalAvgPool2d]';
  assert.equal(await moved(anywhere), [
    [4, 4],
    [4, 4],
  ]);
  assert.equal(await moved('[flatten, dense: {units: 4}]'), [
    [0, 4],
    [0, 4],
  ]);
});

test.run();
