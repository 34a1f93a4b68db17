import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cellName, cellsOf, cellText, pathOf, readVaried, setsOf } from '../../../src/tasks/compare/vary.js';
import '../../support/flags.js';

const all = { sample: undefined, seed: 1 };

test('a setting and its values, apart by commas outside of brackets', () => {
  assert.equal(readVaried('learningRate=0.01,0.001'), { key: 'learningRate', values: ['0.01', '0.001'] });
  assert.equal(readVaried('batch-size=32, 64'), { key: 'batchSize', values: ['32', '64'] });
  assert.equal(readVaried('lr=0.1'), { key: 'learningRate', values: ['0.1'] });
  assert.equal(
    readVaried('layers.0.conv2d={filters: 4, kernelSize: 3},{filters: 8, kernelSize: [3, 5]}').values,
    ['{filters: 4, kernelSize: 3}', '{filters: 8, kernelSize: [3, 5]}'],
  );
  assert.equal(readVaried('pixels.mean=[0, 0, 0],"a,b"').values, ['[0, 0, 0]', '"a,b"']);
});

test('short names are those of flags, other keys whole paths', () => {
  assert.equal(
    ['optimizer', 'learningRate', 'batchSize', 'schedule', 'layers.3.maxPool2d', 'dataset'].map(pathOf),
    [
      'training.optimizer.name',
      'training.optimizer.learningRate',
      'training.batchSize',
      'training.schedule',
      'layers.3.maxPool2d',
      'dataset',
    ],
  );
  assert.equal(setsOf({ optimizer: 'sgd', limit: '500' }), ['training.optimizer.name=sgd']);
});

test('every combination, the last setting changing fastest', () => {
  const cells = cellsOf([readVaried('learningRate=1,2'), readVaried('batchSize=3,4,5')], all);
  assert.equal(
    cells.map((cell) => Object.values(cell).join(' ')),
    ['1 3', '1 4', '1 5', '2 3', '2 4', '2 5'],
  );
  assert.is(cellText(cells[5]!), 'learningRate 2, batchSize 5');
  assert.equal(cellsOf([], all), [{}]);
});

test('a sample is drawn by the seed, without repetition and in order', () => {
  const varied = [readVaried(`seed=${Array.from({ length: 50 }, (_, i) => i).join()}`)];
  const drawn = (seed: number) =>
    cellsOf(varied, { sample: 10, seed }).map(({ seed: value }) => Number(value));
  assert.equal(drawn(1), drawn(1));
  assert.not.equal(drawn(1), drawn(2));
  assert.is(new Set(drawn(1)).size, 10);
  assert.equal(
    drawn(1),
    drawn(1).toSorted((a, b) => a - b),
  );
  assert.is(cellsOf(varied, { sample: 99, seed: 1 }).length, 50);
});

test('a name for a folder has no letter that a shell or a file system minds', () => {
  assert.is(cellName({ learningRate: '0.01', batchSize: '64' }), 'learningRate=0.01,batchSize=64');
  assert.is(cellName({ 'layers.0': '{conv2d: {filters: 4}}' }), 'layers.0=_conv2d_filters_4_');
  assert.is(cellName({ dataset: '../a/../../b' }), 'dataset=.._a_.._.._b');
  assert.ok(cellName({ description: 'x'.repeat(500) }).length <= 120);
});

test('what is wrong is named', () => {
  for (const [text, message] of [
    ['learningRate', /--vary learningRate: a setting and its values were expected, such as learningRate=/],
    ['learningRate=', /a setting and its values were expected/],
    ['learningRate=1,,2', /a setting and its values were expected/],
    ['=1,2', /a setting and its values were expected/],
    ['learningRate=1,2,1', /1 stands there twice/],
    ['learnignRate=1,2', /there is no setting "learnignRate"\. Did you mean learningRate\?/],
  ] as const)
    assert.throws(() => readVaried(text), message);
  const twice = [readVaried('batchSize=1,2'), readVaried('training.batchSize=3')];
  assert.throws(() => cellsOf(twice, all), /training\.batchSize is varied twice/);
  const many = ['epochs', 'batchSize', 'seed'].map((key) =>
    readVaried(`${key}=${Array.from({ length: 40 }, (_, i) => i + 1).join()}`),
  );
  assert.throws(() => cellsOf(many, all), /64,000 combinations: take --sample 100 of them/);
});

test.run();
