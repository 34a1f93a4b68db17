import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Column } from '../../src/report/column.js';
import { filterRows } from '../../src/report/filter.js';

interface Row {
  readonly name: string;
  readonly accuracy: number | null;
  readonly learningRate: number;
}

const columns: readonly Column<Row>[] = [
  { key: 'name', header: 'Run', priority: 0, value: (row) => row.name },
  {
    key: 'accuracy',
    header: 'Accuracy',
    priority: 0,
    value: (row) => row.accuracy,
    format: (value) => `${(100 * (value as number)).toFixed(2)} %`,
  },
  { key: 'learningRate', header: 'LR', priority: 0, value: (row) => row.learningRate },
];
const rows: readonly Row[] = [
  { name: 'lenet5-a', accuracy: 0.985, learningRate: 0.01 },
  { name: 'lenet5-b', accuracy: 0.97, learningRate: 0.001 },
  { name: 'resnet50', accuracy: null, learningRate: 0.01 },
  { name: '網絡-c', accuracy: 0.98, learningRate: 0.1 },
];
const aliases = { acc: 'accuracy', lr: 'learningRate' };

const names = (filter: string) => filterRows(rows, columns, aliases, filter).rows.map(({ name }) => name);
const problem = (filter: string) => filterRows(rows, columns, aliases, filter).problem;

test('a word is looked for in every column as it is shown, a pattern from end to end', () => {
  assert.equal(names(''), ['lenet5-a', 'lenet5-b', 'resnet50', '網絡-c']);
  assert.equal(names('LENET'), ['lenet5-a', 'lenet5-b']);
  assert.equal(names('98.50'), ['lenet5-a']);
  assert.equal(names('res*50'), ['resnet50']);
  assert.equal(names('net*'), []);
  assert.equal(names('網'), ['網絡-c']);
});

test('columns are held against values, by their keys, headings, other names and beginnings', () => {
  assert.equal(names('acc>0.98'), ['lenet5-a']);
  assert.equal(names('accuracy>=0.98'), ['lenet5-a', '網絡-c']);
  assert.equal(names('acc>97.5%'), ['lenet5-a', '網絡-c']);
  assert.equal(names('lr:0.01'), ['lenet5-a', 'resnet50']);
  assert.equal(names('learn=1e-2'), ['lenet5-a', 'resnet50']);
  assert.equal(names('lr!=0.01'), ['lenet5-b', '網絡-c']);
  assert.equal(names('run:lenet'), ['lenet5-a', 'lenet5-b']);
  assert.equal(names('name=lenet5-a'), ['lenet5-a']);
});

test('all words must hold, and ! turns one around', () => {
  assert.equal(names('lenet lr:0.01'), ['lenet5-a']);
  assert.equal(names('!lenet'), ['resnet50', '網絡-c']);
  assert.equal(names('lr:0.01 !acc>0'), ['resnet50']);
});

test('a column that there is not is named, and filters nothing', () => {
  assert.is(problem('acuracy>0.9'), 'there is no column "acuracy": accuracy?');
  assert.is(problem('lenet'), null);
  assert.equal(names('acuracy>0.9 lenet'), ['lenet5-a', 'lenet5-b']);
});

test.run();
