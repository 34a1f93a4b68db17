import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cnnzoo } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { trainHere, writeModel } from '../../support/training.js';

const folder = temporaryFolder();
const model = writeModel(folder);
const runs = join(folder, 'runs');
const CPU = ['--engine', 'onnx', '--device', 'cpu', '--threads', '1'];

/** Changes a file of a copy of run a. */
function damaged(name: string, file: string, change: (text: string) => string): void {
  cpSync(join(runs, 'a'), join(runs, name), { recursive: true });
  const path = join(runs, name, file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

/** `compare` of everything that the shell makes of runs/*. */
function compareAll(...flags: string[]) {
  const items = readdirSync(runs)
    .sort()
    .map((name) => `runs/${name}`);
  return cnnzoo(folder, ['compare', ...items, ...flags]);
}

test.before(async () => {
  await trainHere({ model, limit: 60, epochs: 1, runDir: join(runs, 'a') });
  await trainHere({ model, limit: 60, epochs: 1, seed: 2, runDir: join(runs, 'b') });
});

/** What may lie among runs, and what is said of it. */
const BAD: Readonly<Record<string, { make(name: string): void; says: RegExp }>> = {
  empty: {
    make: (name) => mkdirSync(join(runs, name)),
    says: /^runs\/empty is not a run folder: it has no run\.json\./,
  },
  foreign: {
    make: (name) => {
      mkdirSync(join(runs, name));
      writeFileSync(join(runs, name, 'notes.md'), 'notes');
    },
    says: /^runs\/foreign is not a run folder: it has no run\.json\./,
  },
  half: {
    make: (name) => damaged(name, 'run.json', (text) => text.slice(0, text.length / 2)),
    says: /^runs\/half\/run\.json is damaged: it is not JSON/,
  },
  newer: {
    make: (name) => damaged(name, 'run.json', (text) => text.replace('"format": 1', '"format": 2')),
    says: /^runs\/newer\/run\.json was written by another version of cnnzoo \(format 2, this one reads 1\)\. /,
  },
  'no-config': {
    make: (name) => {
      damaged(name, 'config.yaml', (text) => text);
      rmSync(join(runs, name, 'config.yaml'));
    },
    says: /^runs\/no-config is not a run folder: it has no config\.yaml\./,
  },
  'torn-config': {
    make: (name) => damaged(name, 'config.yaml', (text) => text.slice(0, text.indexOf('layers:') + 20)),
    says: /^runs\/torn-config\/config\.yaml:\d+:\d+ /,
  },
  'wrong-layers': {
    make: (name) =>
      damaged(name, 'config.yaml', (text) => text.replace('maxPool2d: 4', 'maxPool2d: { poolSize: 99 }')),
    says: /^runs\/wrong-layers\/config\.yaml:\d+:\d+ /,
  },
  'z-notes.txt': {
    make: (name) => writeFileSync(join(runs, name), 'notes'),
    says: /^runs\/z-notes\.txt:1:1 a model's config was expected/,
  },
  'z-picture.png': {
    make: (name) => writeFileSync(join(runs, name), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe])),
    says: /^runs\/z-picture\.png is not UTF-8 text/,
  },
  'zz-latest': {
    make: (name) => symlinkSync('nowhere', join(runs, name)),
    says: /^There is no run folder runs\/zz-latest\./,
  },
};

test('what is damaged, empty or foreign among runs is named, and hides no other', async () => {
  for (const [name, { make }] of Object.entries(BAD)) make(name);
  const json = await compareAll('--json');
  assert.is(json.code, 1);
  assert.equal(
    (JSON.parse(json.stdout) as { rows: { run: string }[] }).rows.map(({ run }) => run),
    ['runs/a', 'runs/b'],
  );
  const lines = json.stderr.trimEnd().split('\n');
  assert.is(lines.length, Object.keys(BAD).length, json.stderr);
  for (const [i, { says }] of Object.values(BAD).entries()) assert.match(lines[i]!, says);
  const table = await compareAll();
  assert.is(table.code, 1);
  assert.match(table.stdout, /^Name .*\n.*\ntiny .*runs\/a *\ntiny .*runs\/b *\n/);
  assert.is(table.stderr, json.stderr);
  const csv = await compareAll('--columns', 'run', '--format', 'csv', '--sort', 'run');
  assert.equal([csv.code, csv.stdout], [1, 'run\nruns/a\nruns/b\n']);
  const allBad = await cnnzoo(folder, ['compare', 'runs/empty', 'runs/half']);
  assert.equal([allBad.code, allBad.stdout], [1, '']);
  assert.is(allBad.stderr.trimEnd().split('\n').length, 2);
  for (const name of Object.keys(BAD)) rmSync(join(runs, name), { recursive: true });
});

test('what is not there at all is a mistake on the command line, and nothing is shown', async () => {
  for (const name of ['lenet6', 'runs/*', 'runs/gone']) {
    const { code, stdout } = await cnnzoo(folder, ['compare', 'runs/a', name]);
    assert.equal([code, stdout], [2, ''], name);
  }
});

test('a run whose predictions are damaged keeps its other figures', async () => {
  damaged('c', 'predictions.csv', (text) => text.slice(0, text.length / 2));
  const { code, stdout, stderr } = await compareAll('--json');
  assert.is(code, 1);
  const { rows } = JSON.parse(stdout) as { rows: { run: string; testAccuracy: number }[] };
  assert.equal(
    rows.map(({ run }) => run),
    ['runs/a', 'runs/b', 'runs/c'],
  );
  assert.is(rows[2]!.testAccuracy, rows[0]!.testAccuracy);
  assert.match(stderr, /^runs\/c\/predictions\.csv is damaged: it is torn\./);
  rmSync(join(runs, 'c'), { recursive: true });
});

test('a damaged run of a comparison does not hide the others of it', async () => {
  const train = ['compare', model, '--train', '--seeds', '2', '--epochs', '1', '--limit', '60'];
  const trained = await cnnzoo(folder, [...train, ...CPU, '--run-dir', 'all', '--json']);
  assert.is(trained.code, 0, trained.stderr);
  writeFileSync(join(folder, 'all', 'tiny-seed1', 'run.json'), '{');
  const { code, stdout, stderr } = await cnnzoo(folder, ['compare', 'all', '--columns', 'run', '--json']);
  assert.equal([code, JSON.parse(stdout).rows], [1, [{ run: 'all/tiny-seed2' }]]);
  assert.match(stderr, /^all\/tiny-seed1\/run\.json is damaged: /);
});

test('a run that cannot be evaluated does not hide those that can', async () => {
  for (const name of ['c', 'd']) {
    cpSync(join(runs, 'a'), join(runs, name), { recursive: true });
    rmSync(join(runs, name, 'predictions.csv'));
  }
  writeFileSync(join(runs, 'c', 'weights.safetensors'), 'torn');
  const { code, stdout, stderr } = await compareAll('--evaluate', ...CPU, '--columns', 'run', '--json');
  assert.is(code, 1);
  assert.equal(
    (JSON.parse(stdout) as { rows: { run: string }[] }).rows.map(({ run }) => run),
    ['runs/a', 'runs/b', 'runs/c', 'runs/d'],
  );
  assert.match(stderr, /^runs\/c\/weights\.safetensors is torn: /m, stderr);
  for (const name of ['c', 'd']) rmSync(join(runs, name), { recursive: true });
});

test.run();
