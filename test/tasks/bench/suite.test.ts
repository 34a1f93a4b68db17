import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Comparison, compareRows, difference } from '../../../src/tasks/bench/against.js';
import { type BenchRow, joinRounds, suiteCells } from '../../../src/tasks/bench/cells.js';
import { type BenchRecord, readRecord, recordOf } from '../../../src/tasks/bench/record.js';
import { cnnzoo } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { TINY, writeModel } from '../../support/training.js';

const folder = temporaryFolder();
const tiny = writeModel(folder);
const large = writeModel(folder, TINY.replace('[28, 28, 1]', '[56, 56, 1]'), 'large.yaml');
const CPU = ['--engine', 'onnx', '--device', 'cpu', '--threads', '1'];

function row(rounds: readonly number[], change: Partial<BenchRow> = {}): BenchRow {
  const result = {
    model: 'tiny',
    mode: 'train' as const,
    dtype: 'float32' as const,
    engine: 'onnx',
    device: 'cpu',
    threads: 2,
    batchSize: 10,
    microBatches: 1,
    steps: 5,
    imagesPerSecond: 0,
    compileMs: 20,
    peakMemoryBytes: 200e6,
  };
  const joined = joinRounds(
    rounds.map((ms) => ({ ...result, msPerStep: ms, msPerStepRange: [ms - 1, ms + 2] })),
  );
  return { ...joined, ...change };
}

function verdict(now: BenchRow, before: BenchRow): Comparison['verdict'] | undefined {
  return compareRows([now], recordOf([before]))[0]!.against?.verdict;
}

test('a suite trains and infers, in batches that suit the images', () => {
  const models = [
    { model: 'a', input: [28, 28, 1] },
    { model: 'b', input: [224, 224, 3] },
  ];
  assert.equal(suiteCells(models, ['train', 'infer']), [
    { model: 'a', mode: 'train', batchSize: 64 },
    { model: 'a', mode: 'infer', batchSize: 64 },
    { model: 'b', mode: 'train', batchSize: 16 },
    { model: 'b', mode: 'infer', batchSize: 16 },
  ]);
});

test('rounds are joined by their median', () => {
  const joined = row([12, 10, 11]);
  assert.equal([joined.msPerStep, joined.imagesPerSecond, joined.steps], [11, 10000 / 11, 15]);
  assert.equal(joined.msPerStepRange, [9, 14]);
  assert.equal(joined.msPerStepRounds, [12, 10, 11]);
  assert.is(row([10, 20]).msPerStep, 15);
});

test('worse is what lies beyond the noise of the rounds', () => {
  assert.is(verdict(row([10, 11, 12]), row([10, 11, 12])), 'same');
  assert.is(verdict(row([12, 12.1, 12.2]), row([11, 11.1, 11.2])), 'slower');
  // The median is a tenth slower, but a round was as fast as one before.
  assert.is(verdict(row([11, 12.1, 12.2]), row([10.9, 11, 11.2])), 'same');
  assert.is(verdict(row([11.4, 11.4, 11.4]), row([11, 11, 11])), 'same');
  assert.is(verdict(row([10, 10, 10]), row([11, 11, 11])), 'faster');
  // With few rounds it takes more than a tenth.
  assert.is(verdict(row([12]), row([11])), 'same');
  assert.is(verdict(row([12.5]), row([11])), 'slower');
  assert.is(verdict(row([11], { peakMemoryBytes: 225e6 }), row([11])), 'more memory');
  assert.is(verdict(row([11], { peakMemoryBytes: 215e6 }), row([11])), 'same');
  assert.is(verdict(row([11], { batchSize: 64 }), row([11])), undefined);
  assert.is(verdict(row([11], { dtype: 'int8' }), row([11])), undefined);
  assert.is(verdict(row([11], { formulation: 'direct' }), row([11])), undefined);
  assert.is(verdict(row([11], { formulation: 'direct' }), row([11], { formulation: 'direct' })), 'same');
});

test('figures of another machine or number of threads are not compared in silence', () => {
  const here = recordOf([row([11])]);
  assert.is(here.threads, 2);
  assert.is(recordOf([row([11]), row([11], { threads: 1 })]).threads, null);
  assert.is(difference(here, here), null);
  assert.is(
    difference(here, { ...here, threads: 1 }),
    'The earlier figures are with 1 thread, these with 2.',
  );
  // Records of version 0.1.0 say null where the threads were as many as the physical cores.
  const old = { ...here, machine: { ...here.machine, cores: 4 }, threads: null };
  const now = { ...here, machine: old.machine };
  assert.is(difference(now, old), 'The earlier figures are with 4 threads, these with 2.');
  assert.is(difference({ ...now, threads: 4 }, old), null);
  const elsewhere = { ...here, machine: { ...here.machine, processor: 'Abacus' } };
  assert.match(
    difference(here, elsewhere)!,
    /^The earlier figures are of another machine \(Abacus, \d+ cores\)/,
  );
});

test('the suite writes what was measured where, and is held against it later', async () => {
  const args = [
    'bench',
    '--suite',
    tiny,
    large,
    ...CPU,
    '--steps',
    '2',
    '--rounds',
    '2',
    '--batch-size',
    '4',
  ];
  const { code, stdout, stderr } = await cnnzoo(folder, [...args, '--out', 'all.json', '--json']);
  assert.is(code, 0, stderr);
  const rows = JSON.parse(stdout) as BenchRow[];
  assert.equal(
    rows.map(({ model, mode, batchSize, steps, threads }) => [model, mode, batchSize, steps, threads]),
    [
      ['tiny', 'train', 4, 4, 1],
      ['tiny', 'infer', 4, 4, 1],
      ['large', 'train', 4, 4, 1],
      ['large', 'infer', 4, 4, 1],
    ],
  );
  const path = join(folder, 'all.json');
  const record = readRecord(path);
  assert.equal(record.results, rows);
  assert.is(record.threads, 1);
  assert.is(record.versions.node, process.version);
  assert.ok(record.machine.memoryBytes > 1e8 && record.machine.cores >= 1);
  assert.match(record.commit ?? '0'.repeat(12), /^[0-9a-f]{12}\+?$/);

  const against = async (change: (row: BenchRow) => BenchRow) => {
    writeFileSync(path, JSON.stringify({ ...record, results: record.results.map(change) }));
    return cnnzoo(folder, ['bench', tiny, ...CPU, '--steps', '2', '--batch-size', '4', '--against', path]);
  };
  const scaled = (factor: number) => (row: BenchRow) => ({
    ...row,
    msPerStep: row.msPerStep * factor,
    msPerStepRounds: row.msPerStepRounds.map((ms) => ms * factor),
    peakMemoryBytes: row.peakMemoryBytes * 2,
  });
  const better = await against(scaled(1000));
  assert.is(better.code, 0, better.stderr);
  assert.match(better.stdout, /faster/);
  const worse = await against(scaled(0.001));
  assert.is(worse.code, 3);
  assert.match(worse.stdout, /slower/);
  assert.match(
    worse.stderr,
    /Worse than in .*all\.json: tiny train \(slower\)\. A regression is a median of more than 5 %/,
  );
});

test('what is no record is refused before anything is measured', async () => {
  writeFileSync(join(folder, 'not.json'), '{"format": "cnnzoo-bench-1"}');
  writeFileSync(join(folder, 'no.json'), 'none');
  for (const [file, sentence] of [
    ['nowhere.json', /--against nowhere\.json cannot be read: there is no such file\. Make one by/],
    [
      'not.json',
      /--against not\.json was not written by "cnnzoo bench --out" of this version: date is missing or not what it must be\./,
    ],
    ['no.json', /--against no\.json cannot be read: it is not JSON\./],
  ] as const) {
    const { code, stderr } = await cnnzoo(folder, ['bench', tiny, '--against', file]);
    assert.is(code, 2);
    assert.match(stderr, sentence);
  }
  const out = ['--out', 'no/where.json'];
  const { code, stderr } = await cnnzoo(folder, ['bench', tiny, ...CPU, '--steps', '1', ...out]);
  assert.is(code, 2);
  assert.match(stderr, /--out no\/where\.json: there is no folder no\. Make it first: mkdir -p no/);
  assert.not.ok(existsSync(join(folder, 'no')));
});

test('the record that is read is the record that was written', () => {
  const record: BenchRecord = recordOf([row([1, 2, 3])]);
  const path = join(folder, 'again.json');
  writeFileSync(path, JSON.stringify(record));
  assert.equal(readRecord(path), record);
  assert.equal(JSON.parse(readFileSync(path, 'utf8')), record);
});

test("bench --explain names every layer in the network's order, with its share of the step", async () => {
  const args = ['bench', 'lenet5', '--explain', '--batch-size', '16', '--json'];
  const { code, stdout, stderr } = await cnnzoo(folder, args);
  assert.is(code, 0, stderr);
  const parts = JSON.parse(stdout) as {
    layer: string;
    formulation: string;
    nodes: number;
    ms: number;
    share: number;
  }[];
  const wanted = ['input', 'conv2d_1', 'avgPool2d_1', 'conv2d_2', 'conv2d_3', 'dense_2', 'loss', 'update'];
  const layers = parts.map(({ layer }) => layer).filter((layer) => wanted.includes(layer));
  assert.equal(layers, wanted);
  assert.ok(parts.every(({ layer, nodes, ms }) => layer !== '' && nodes > 0 && ms > 0));
  // Its kernel is as large as the map.
  assert.match(parts.find(({ layer }) => layer === 'conv2d_3')!.formulation, /, as a dense layer$/);
  const total = parts.reduce((sum, { share }) => sum + share, 0);
  assert.ok(Math.abs(total - 1) < 1e-6, `shares add up to ${total}`);
});

test.run();
