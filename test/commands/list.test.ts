import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { listRows } from '../../src/models/listing.js';
import { modelNames } from '../../src/models/zoo.js';
import { renderList } from '../../src/report/results/list.js';
import { runCli } from '../support/cli.js';
import { plainStyle } from '../support/screens/style.js';

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

test('names and patterns choose rows', async () => {
  const names = async (...words: string[]) => (await runHere(['list', ...words])).map(({ name }) => name);
  assert.equal(await names('resnet*'), ['resnet18', 'resnet18-small', 'resnet34', 'resnet50', 'resnet50-v1']);
  assert.equal(await names('lenet5', 'vgg1?'), ['lenet5', 'vgg11', 'vgg13', 'vgg16', 'vgg19']);
  assert.equal(await names('LeNet5'), ['lenet5']);
  const refusal = runCli(['list', 'lenet']);
  assert.is(refusal.stderr, 'There is no model "lenet" in the zoo. Did you mean "lenet5"?\n');
  assert.is(refusal.code, 2);
});

async function runHere(words: readonly string[]): Promise<{ name: string }[]> {
  return JSON.parse(runCli([...words, '--json']).stdout) as { name: string }[];
}

test.run();
