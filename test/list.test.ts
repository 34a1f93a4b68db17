import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { listRows, renderList } from '../src/commands/list.js';
import { modelNames } from '../src/models/zoo.js';
import { plainStyle } from './helpers/style.js';

test('a row for every model, with the keys that scripts rely on', () => {
  const rows = listRows();
  assert.equal(
    rows.map((row) => row.name),
    modelNames(),
  );
  const keys = ['name', 'title', 'year', 'input', 'classes', 'layers', 'params', 'macs', 'dataset'];
  for (const row of rows) assert.equal(Object.keys(row), keys);
  assert.equal(
    rows.find((row) => row.name === 'lenet5'),
    {
      name: 'lenet5',
      title: 'LeNet-5',
      year: 1998,
      input: [28, 28, 1],
      classes: 10,
      layers: 9,
      params: 61_706,
      macs: 416_520,
      dataset: 'mnist',
    },
  );
});

test('JSON is an array of these rows', async () => {
  assert.equal(JSON.parse(await renderList(listRows(), 'json', plainStyle())), listRows());
});

test('CSV has the names first and plain numbers', async () => {
  const [heading, ...lines] = (await renderList(listRows(), 'csv', plainStyle())).trimEnd().split('\n');
  assert.is(heading, 'name,title,year,input,classes,layers,params,macs,dataset');
  assert.equal(
    lines.map((line) => line.split(',')[0]),
    modelNames(),
  );
  assert.ok(
    lines.includes('mnist-no-pool,MNIST convnet without pooling,2017,28x28x1,10,6,15921098,44518528,mnist'),
  );
});

test.run();
