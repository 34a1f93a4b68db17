import '../support/flags.js';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph } from '../../src/models/build.js';
import { writeNewConfig } from '../../src/models/new-config.js';
import { loadModel, modelNames } from '../../src/models/zoo.js';
import { runCli } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';

const test = suite('new configs');
const folder = temporaryFolder();

const messageOf = (written: Promise<unknown>): Promise<string> =>
  written.then(
    () => 'written',
    ({ message }: Error) => message,
  );

test('the small network builds, and editors find the schema', async () => {
  const file = join(folder, 'my.yaml');
  assert.equal(await writeNewConfig(file), { file, from: null });
  const text = readFileSync(file, 'utf8');
  const [, schema] = /^# yaml-language-server: \$schema=(.*)\n/.exec(text)!;
  assert.ok(existsSync(schema!));
  const graph = buildGraph(loadModel(file));
  assert.equal([graph.input, graph.classes], [[28, 28, 1], 10]);
  assert.match(text, /# A layer a line/);
});

test('every model of the zoo can be begun with, and is the same network', async () => {
  for (const name of modelNames()) {
    const file = join(folder, `from-${name}.yaml`);
    await writeNewConfig(file, name);
    const [mine, zoo] = [buildGraph(loadModel(file)), buildGraph(loadModel(name))];
    assert.equal({ ...mine, name }, zoo, name);
    assert.is(readFileSync(file, 'utf8').match(/yaml-language-server/g)!.length, 1);
  }
});

test('what is there stays, and a config is a YAML file', async () => {
  const file = join(folder, 'there.yaml');
  writeFileSync(file, 'mine');
  assert.match(await messageOf(writeNewConfig(file)), /is there already and stays as it is/);
  assert.is(readFileSync(file, 'utf8'), 'mine');
  assert.is(await messageOf(writeNewConfig('my.yam')), 'my.yam: a config is a YAML file; name it my.yaml.');
  assert.match(await messageOf(writeNewConfig(join(folder, 'x.yaml'), 'lenet')), /Did you mean "lenet5"/);
  const nowhere = join(folder, 'no', 'such.yaml');
  assert.match(await messageOf(writeNewConfig(nowhere)), `there is no folder ${join(folder, 'no')}.`);
});

test('the command says what to do next', () => {
  const file = join(folder, 'next.yaml');
  const { code, stdout } = runCli(['new', file, '--from', 'lenet5']);
  assert.is(code, 0);
  assert.is(stdout, `wrote  ${file}\nnext   cnnzoo summary ${file}\nnext   cnnzoo train ${file}\n`);
  assert.is(runCli(['new', file]).code, 2);
});

test.run();
