import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readWeights, writeWeights } from '../../src/runs/checkpoint.js';
import type { TrainingEvent } from '../../src/runs/events.js';
import { type RerunRequest, rerun } from '../../src/training/rerun.js';
import { tensorDifferences } from '../../src/training/tensor-differences.js';
import { cnnzoo } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { TINY, trainHere, writeModel } from '../support/training.js';

const folder = temporaryFolder();
const run = join(folder, 'run');

async function again(request: RerunRequest, stopAfter = Number.POSITIVE_INFINITY) {
  const events: TrainingEvent[] = [];
  const result = await rerun(request, {
    notify: () => {},
    handle: (event) => events.push(event),
    stopRequest: () => (events.length > stopAfter ? 'now' : undefined),
    signal: new AbortController().signal,
  });
  return { events, result };
}

/** The same run with another value at the end of its weights. */
async function changed(name: string): Promise<string> {
  const dir = join(folder, name);
  cpSync(run, dir, { recursive: true });
  const path = join(dir, 'weights.safetensors');
  const saved = await readWeights(path);
  saved.weights.get('dense_1/bias')!.data[9]! += 0.125;
  await writeWeights(path, saved, 'tiny', { what: 'the weights' });
  return dir;
}

const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('cnnzoo-rerun-'));

test('a run comes out the same again, bit for bit, and leaves nothing behind', async () => {
  await trainHere({
    model: writeModel(folder),
    limit: 200,
    validationSplit: 0.2,
    seed: 5,
    runDir: run,
  });
  const before = left();
  const { result, events } = await again({ run });
  assert.ok(result!.identical);
  assert.equal([result!.maxDifference, result!.changes, result!.rerun], [0, [], null]);
  assert.is(result!.testAccuracy[0], result!.testAccuracy[1]);
  assert.equal(
    result!.tensors.map(({ name }) => name),
    ['conv2d_1/kernel', 'conv2d_1/bias', 'dense_1/kernel', 'dense_1/bias'],
  );
  assert.is(events.filter(({ event }) => event === 'epoch').length, 2);
  assert.equal(left(), before);
});

test('a run that was ended early is repeated to where it ended', async () => {
  let epochs = 0;
  const stopped = join(folder, 'stopped');
  await trainHere({ model: join(folder, 'tiny.yaml'), limit: 100, epochs: 9, runDir: stopped }, () =>
    epochs++ > 3 ? 'after-epoch' : undefined,
  );
  const kept = join(folder, 'kept');
  const { result } = await again({ run: stopped, runDir: kept });
  assert.ok(result!.epochs < 9, `${result!.epochs}`);
  assert.ok(result!.identical);
  assert.is(result!.rerun, kept);
  assert.ok(existsSync(join(kept, 'weights.safetensors')));
});

test('a run whose epochs were changed on the way says so: its schedule was stretched', async () => {
  const dir = join(folder, 'longer');
  const model = writeModel(
    folder,
    TINY.replace('  epochs: 2', '  epochs: 2\n  schedule: cosine'),
    'cosine.yaml',
  );
  await trainHere({ model, limit: 100, runDir: dir });
  await trainHere({ resume: dir, epochs: 3 });
  const { result } = await again({ run: dir });
  assert.not(result!.identical);
  assert.equal(result!.changes, [{ what: 'epochs', before: '2 up to epoch 2, then 3', after: '3' }]);
});

test('a run that began with weights of a file begins with them again', async () => {
  const dir = join(folder, 'further');
  const weights = join(run, 'weights.safetensors');
  await trainHere({ model: join(folder, 'tiny.yaml'), weights, limit: 50, epochs: 1, runDir: dir });
  assert.ok((await again({ run: dir })).result!.identical);
});

test('weights that are not the same are told of, value by value', async () => {
  const { result } = await again({ run: await changed('other') });
  assert.not(result!.identical);
  assert.equal(
    result!.tensors.map(({ differing }) => differing),
    [0, 0, 0, 1],
  );
  assert.ok(result!.maxDifference > 0 && result!.maxDifference < 1);
});

test('stopped by the user: nothing is said and nothing is left', async () => {
  const before = left();
  assert.is((await again({ run }, 1)).result, null);
  assert.equal(left(), before);
});

test('what cannot be repeated is said in a sentence', async () => {
  const message = async (request: RerunRequest) =>
    again(request).then(
      () => 'no error',
      (error: Error) => error.message,
    );
  const middle = join(folder, 'middle');
  let calls = 0;
  await trainHere({ model: join(folder, 'tiny.yaml'), limit: 400, epochs: 9, runDir: middle }, () =>
    ++calls > 2 ? 'now' : undefined,
  );
  assert.is(
    await message({ run: middle }),
    `${middle} was stopped in the middle of epoch 1, where it cannot be met again. Go on with it first: cnnzoo train --resume ${middle}`,
  );
  assert.match(
    await message({ run: join(folder, 'rum') }),
    /^There is no run folder .*rum\. Did you mean .*run\?$/,
  );
  const other = join(folder, 'images');
  cpSync(run, other, { recursive: true });
  const info = JSON.parse(readFileSync(join(other, 'run.json'), 'utf8')) as { dataset: { identity: string } };
  info.dataset.identity = 'sha256:other';
  writeFileSync(join(other, 'run.json'), JSON.stringify(info));
  assert.match(
    await message({ run: other }),
    /^The images are not those of .*images: digits from built-in generator is .*, the run had sha256:other\. /,
  );
});

test('tensors are compared by their bits', () => {
  const tensors = (...values: number[]) =>
    new Map([['a/b', { shape: [values.length], data: Float32Array.from(values) }]]);
  const [same] = tensorDifferences(['a/b'], tensors(1, Number.NaN), tensors(1, Number.NaN));
  assert.equal([same!.differing, same!.maxDifference], [0, 0]);
  const [zero] = tensorDifferences(['a/b'], tensors(0, 1), tensors(-0, 1.5));
  assert.equal([zero!.differing, zero!.maxDifference], [2, 0.5]);
  const [none] = tensorDifferences(['a/b'], tensors(1), tensors(Number.NaN));
  assert.is(none!.maxDifference, Number.POSITIVE_INFINITY);
});

test('the command: a sentence or JSON, and exit code 1 for other weights in the same place', async () => {
  const same = await cnnzoo(folder, ['rerun', 'run']);
  assert.is(same.code, 0, same.stderr);
  assert.match(
    same.stdout,
    /^run, 2 epochs again: 1,050 weights, bit for bit the same\ntest accuracy: \d+\.\d\d %, both times\n$/,
  );
  const other = await cnnzoo(folder, ['rerun', 'other', '--json']);
  assert.is(other.code, 1);
  const result = JSON.parse(other.stdout) as Record<string, unknown>;
  assert.equal(Object.keys(result), [
    'run',
    'rerun',
    'model',
    'epochs',
    'identical',
    'maxDifference',
    'changes',
    'testAccuracy',
    'tensors',
  ]);
  assert.is(result.identical, false);
});

test.run();
