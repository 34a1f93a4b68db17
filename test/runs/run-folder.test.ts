import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph } from '../../src/models/build.js';
import { loadModel } from '../../src/models/zoo.js';
import { readCheckpoint, readWeights, writeWeights } from '../../src/runs/checkpoint.js';
import { readRunWeights } from '../../src/runs/recovery.js';
import { configText } from '../../src/runs/run-config.js';
import type { RunInfo } from '../../src/runs/run-info.js';
import { claimFolder, nextCommands, resumeCommand } from '../../src/runs/run-paths.js';
import { openRun } from '../../src/runs/run-reader.js';
import { planTraining } from '../../src/training/plan.js';
import { readWeightsFile } from '../../src/weights/read-weights.js';
import { temporaryFolder } from '../support/folders.js';
import { trainHere, writeModel } from '../support/training.js';

const folder = temporaryFolder();
const model = writeModel(folder);
let finished: string;

/** A copy of a finished run to do things to. */
function copyOf(name: string): string {
  const dir = join(folder, name);
  cpSync(finished, dir, { recursive: true });
  return dir;
}

function changeInfo(dir: string, change: object): void {
  const path = join(dir, 'run.json');
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as RunInfo), ...change }));
}

async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

test('run.json says what a reader needs', async () => {
  const { dir } = await trainHere({
    model,
    limit: 100,
    epochs: 2,
    seed: 7,
    runDir: join(folder, 'finished'),
  });
  finished = dir;
  const { info, spec } = openRun(dir);
  assert.equal([info.status, info.model, info.title, info.seed], ['completed', 'tiny', 'Tiny', 7]);
  assert.equal([info.epochs, info.epoch, info.step, info.batchSize, info.stepsPerEpoch], [2, 2, 0, 10, 10]);
  assert.equal(info.dataset, {
    name: 'digits',
    request: 'digits',
    dataDir: null,
    identity: info.dataset.identity,
    origin: 'built-in generator',
    classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    limit: 100,
    trainImages: 100,
    validationImages: 0,
    testImages: 100,
  });
  assert.equal([info.engine.name, info.engine.device, info.engine.threads], ['onnx', 'cpu', 1]);
  assert.ok(info.engine.versions['onnxruntime-node']);
  assert.is(info.node, process.version);
  assert.is(info.history.length, 2);
  assert.equal([info.weights, info.bestEpoch, info.test?.images], ['last', null, 100]);
  assert.equal([spec.name, spec.config.training.seed], ['tiny', 7]);
});

test('config.yaml has every setting filled in and what the command line changed', () => {
  const text = readFileSync(join(finished, 'config.yaml'), 'utf8');
  assert.ok(
    text.includes(`
layers:
  - maxPool2d: 4
  - conv2d: { filters: 4, kernelSize: 3, activation: relu }
  - flatten
  - dropout: 0.2
  - dense: { units: classes, activation: softmax }
training:
  epochs: 2
  batchSize: 10
  microBatches: 1
  optimizer: { name: sgd, learningRate: 0.05, momentum: 0.9, nesterov: false, weightDecay: 0 }
`),
    text,
  );
  for (const line of ['validationSplit: 0', 'earlyStopping: null', 'seed: 7']) {
    assert.ok(text.includes(`\n  ${line}\n`), line);
  }
});

test('the config of every model of the zoo reads the same when it is written and read again', async () => {
  for (const name of ['lenet5', 'simple-convnet', 'fashion-cnn', 'mnist-mlp']) {
    const spec = loadModel(name);
    const again = loadModel(writeModel(folder, configText(spec), `${name}.yaml`));
    assert.equal(again.config, spec.config, name);
    const bare = ({ layers }: typeof spec) => layers.map(({ path: _path, ...layer }) => layer);
    assert.equal(bare(again), bare(spec), name);
  }
});

test('a run gets a folder of its own that says when it began', async () => {
  const before = process.cwd();
  const cwd = temporaryFolder();
  process.chdir(cwd);
  try {
    const claims = [await claimFolder(undefined, 'tiny'), await claimFolder(undefined, 'tiny')];
    assert.match(claims[0]!.dir, /^runs\/tiny-\d{8}-\d{6}$/);
    assert.is.not(claims[0]!.dir, claims[1]!.dir);
    writeFileSync(join(claims[0]!.dir, 'kept'), '');
    for (const claim of claims) await claim.abandon();
    assert.equal(readdirSync('runs').length, 1, 'a folder that holds something stays');
  } finally {
    process.chdir(before);
  }
});

test('what was made for a run that never began goes away again, and nothing else', async () => {
  const claim = await claimFolder(join(folder, 'a', 'b', 'c'), 'tiny');
  mkdirSync(join(folder, 'empty'));
  const empty = await claimFolder(join(folder, 'empty'), 'tiny');
  await claim.abandon();
  await empty.abandon();
  assert.not(existsSync(join(folder, 'a')));
  assert.ok(existsSync(join(folder, 'empty')));
});

test('a folder that cannot be used is refused', async () => {
  const claim = (dir: string) => refusal(() => claimFolder(dir, 'tiny'));
  assert.is(
    await claim(finished),
    `--run-dir ${finished}: there is a run in it already. Go on with it by --resume ${finished}, or name another folder.`,
  );
  assert.is(await claim(folder), `--run-dir ${folder}: the folder is not empty. Name a new or an empty one.`);
  assert.is(await claim(model), `--run-dir ${model}: there is a file of that name.`);
  assert.is(
    await claim(join(model, 'run')),
    `The run folder ${join(model, 'run')} cannot be used: a part of its path is a file. Name another one with --run-dir.`,
  );
  if (process.platform === 'linux') {
    assert.match(
      await claim('/proc/cnnzoo/run'),
      /^The run folder \/proc\/cnnzoo\/run cannot be used: it (cannot be made there|may not be written to)\. Name another one with --run-dir\.$/,
    );
  }
});

test('a folder without a run is named as such, with the run that may be meant', async () => {
  const open = (dir: string) => refusal(() => openRun(dir));
  const near = join(folder, 'finishd');
  assert.is(await open(near), `There is no run folder ${near}. Did you mean ${finished}?`);
  // Accents that are written apart look the same: that would be no suggestion.
  const accent = join(dirname(finished), 'caf\u00e9');
  cpSync(finished, accent, { recursive: true });
  const apart = join(dirname(finished), 'cafe\u0301');
  if (!existsSync(apart)) assert.not.match(await open(apart), 'Did you mean');
  rmSync(accent, { recursive: true });
  assert.is(await open(model), `${model} is a file, not a run folder. The latest run here is ${finished}.`);
  const info = join(finished, 'run.json');
  assert.is(await open(info), `${info} is a file, not a run folder. Name its folder: ${finished}.`);
  const empty = join(folder, 'elsewhere', 'empty');
  mkdirSync(empty, { recursive: true });
  assert.is(
    await open(empty),
    `${empty} is not a run folder: it has no run.json. A run folder is made by "cnnzoo train MODEL".`,
  );
});

test('damaged files are named', async () => {
  const dir = copyOf('damaged');
  const path = join(dir, 'run.json');
  changeInfo(dir, { epoch: 'one' });
  assert.match(
    await refusal(() => openRun(dir)),
    /run\.json is damaged: its epoch is missing or not what it must be\. The weights beside it can be used without it: cnnzoo evaluate \S+damaged\/config\.yaml --weights \S+damaged\/weights\.safetensors$/,
  );
  changeInfo(dir, { format: 2 });
  assert.ok(
    (await refusal(() => openRun(dir))).startsWith(
      `${path} was written by another version of cnnzoo (format 2, this one reads 1). The weights `,
    ),
  );
  writeFileSync(path, '{"format": 1, ');
  assert.match(await refusal(() => openRun(dir)), /run\.json is damaged: it is not JSON/);
});

test('weights of another network are refused', async () => {
  const dir = copyOf('mixed');
  const run = openRun(dir);
  const path = join(dir, 'weights.safetensors');
  const graph = buildGraph(run.spec);
  const { weights } = await readRunWeights(run, graph);
  const write = (changed: typeof weights) =>
    writeWeights(path, { weights: changed, kind: 'last', epoch: 2, step: 0 }, 'tiny', {
      what: 'the weights',
    });
  const message = () => refusal(() => readRunWeights(run, graph));
  const told = `${path} does not belong to the config.yaml beside it`;
  await write(new Map([...weights].filter(([name]) => name !== 'dense_1/bias')));
  assert.is(await message(), `${told}: it has no "dense_1/bias", where [10] is wanted.`);
  await write(new Map([...weights, ['dense_1/bias', { shape: [9], data: new Float32Array(9) }]]));
  assert.is(await message(), `${told}: it holds "dense_1/bias" as [9], where [10] is wanted.`);
  await write(new Map([...weights, ['dense_2/bias', { shape: [9], data: new Float32Array(9) }]]));
  assert.is(await message(), `${told}, which has no "dense_2/bias".`);
  await write(new Map([...weights, ['dense_1/bias', { shape: [10], data: new Float32Array(10).fill(NaN) }]]));
  const nan = await message();
  assert.ok(nan.startsWith(`${path} is damaged: its "dense_1/bias" holds NaN. Nothing was changed. `), nan);
});

test('a run that was killed between its checkpoint and its weights gets the weights when it goes on', async () => {
  const dir = copyOf('between');
  const path = join(dir, 'weights.safetensors');
  const { state } = await readCheckpoint(join(dir, 'checkpoint.safetensors'));
  const old = {
    weights: new Map(state.weights).set('dense_1/bias', { shape: [10], data: new Float32Array(10) }),
  };
  await writeWeights(path, { ...old, kind: 'last', epoch: 1, step: 0 }, 'tiny', { what: 'the weights' });
  writeFileSync(join(dir, '.weights.safetensors.1.tmp'), 'torn');
  changeInfo(dir, { status: 'running', test: null, epoch: 1 });
  await trainHere({ resume: dir });
  const { epoch, weights } = await readWeights(path);
  assert.is(epoch, 2);
  assert.equal(weights.get('dense_1/bias'), state.weights.get('dense_1/bias'));
  assert.not(readdirSync(dir).some((file) => file.endsWith('.tmp')));
  assert.equal(openRun(dir).info.test, openRun(finished).info.test);
});

test('a run that was killed before its first checkpoint begins again', async () => {
  const dir = copyOf('early');
  for (const file of readdirSync(dir)) if (file.endsWith('.safetensors')) rmSync(join(dir, file));
  changeInfo(dir, { status: 'running', test: null, epoch: 0, history: [] });
  const run = openRun(dir);
  assert.is(
    await refusal(() => readRunWeights(run, buildGraph(run.spec))),
    `${dir} has no weights yet. Go on with it first: cnnzoo train --resume ${dir}`,
  );
  await trainHere({ resume: dir });
  const [a, b] = [dir, finished].map((run) => readFileSync(join(run, 'weights.safetensors')));
  assert.ok(a!.equals(b!));
});

/** Changes one bit in the middle of a file's values. */
function flipBit(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1000]! ^= 4;
  writeFileSync(path, bytes);
}

const bytesOf = (dir: string) => readFileSync(join(dir, 'weights.safetensors'));

/** A run of three epochs that was stopped after the second, with a checkpoint of each; `whole` is the same, not stopped. */
async function stoppedCopy(name: string): Promise<string> {
  const [stopped, whole] = [join(folder, 'stopped'), join(folder, 'whole')];
  if (!existsSync(stopped)) {
    const request = { model, limit: 100, epochs: 3, seed: 7 };
    await trainHere({ ...request, runDir: whole });
    await trainHere({ ...request, runDir: stopped }, () =>
      existsSync(stopped) && openRun(stopped).info.epoch === 2 ? 'after-epoch' : undefined,
    );
    assert.equal([openRun(stopped).info.epoch, openRun(stopped).info.status], [2, 'stopped']);
  }
  const dir = join(folder, name);
  cpSync(stopped, dir, { recursive: true });
  return dir;
}

test('where the latest checkpoint is damaged or missing, the one before is gone on from, to the same bits', async () => {
  for (const [name, damage] of [
    ['flipped', flipBit],
    ['zeros', (path: string) => writeFileSync(path, Buffer.from(readFileSync(path)).fill(0, 900))],
    ['torn', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 2000))],
    ['missing', (path: string) => rmSync(path)],
  ] as const) {
    const dir = await stoppedCopy(name);
    damage(join(dir, 'checkpoint.safetensors'));
    const plan = await planTraining({ resume: dir });
    const [note] = plan.resumePoint!.notes;
    assert.match(
      note!,
      /checkpoint\.safetensors is (damaged|torn|missing|not a safetensors file).*; going on from the checkpoint before it \(the end of epoch 1\)\.$/,
    );
    await plan.lock!.release();
    // Killed once more before the next checkpoint: it is still there.
    const before = readFileSync(join(dir, 'checkpoint.previous.safetensors'));
    await trainHere({ resume: dir });
    assert.ok(bytesOf(dir).equals(bytesOf(join(folder, 'whole'))), name);
    assert.ok(existsSync(join(dir, 'checkpoint.safetensors')));
    assert.not(readFileSync(join(dir, 'checkpoint.safetensors')).equals(before));
  }
});

test('without any checkpoint that is whole a run is left as it is, and every way out is named and works', async () => {
  const dir = await stoppedCopy('ways');
  const [latest, previous] = ['checkpoint.safetensors', 'checkpoint.previous.safetensors'].map((f) =>
    join(dir, f),
  );
  flipBit(latest!);
  rmSync(previous!);
  const before = readdirSync(dir).map((file) => [file, readFileSync(join(dir, file), 'utf8')]);
  const message = await refusal(() => planTraining({ resume: dir }));
  const weights = `${dir}/weights.safetensors`;
  assert.is(
    message,
    `${latest} is damaged: its SHA-256 is not the one that it had when it was written, so a part of it has changed since, so training cannot go on from the end of epoch 2. Nothing was changed. ` +
      `Its weights of the end of epoch 2 are whole: cnnzoo evaluate ${dir} works, and a new run begins with them by cnnzoo train ${dir}/config.yaml --weights ${weights}. ` +
      `cnnzoo rerun ${dir} --run-dir NEW trains it again from the beginning.`,
  );
  assert.equal(
    readdirSync(dir).map((file) => [file, readFileSync(join(dir, file), 'utf8')]),
    before,
  );
  const anew = await trainHere({
    model: join(dir, 'config.yaml'),
    limit: 100,
    runDir: join(folder, 'anew'),
  });
  const weightsOf = async (run: string) => (await readWeights(join(run, 'weights.safetensors'))).weights;
  assert.equal(await weightsOf(anew.dir), await weightsOf(join(folder, 'whole')));
});

test('a checkpoint that is gone is not taken for one that was never written', async () => {
  const dir = copyOf('gone');
  for (const file of readdirSync(dir)) if (file.startsWith('checkpoint')) rmSync(join(dir, file));
  const message = await refusal(() => planTraining({ resume: dir, epochs: 4 }));
  assert.match(
    message,
    /checkpoint\.safetensors is missing, so training cannot go on from the end of epoch 2\. Nothing was changed\. /,
  );
  assert.match(message, /cnnzoo rerun \S+gone --run-dir NEW trains it again from the beginning\.$/);
  // Not even where the weights are gone, too.
  rmSync(join(dir, 'weights.safetensors'));
  assert.match(
    await refusal(() => planTraining({ resume: dir, epochs: 4 })),
    /Nothing was changed\. cnnzoo train /,
  );
});

test('damaged weights do not hide the checkpoint, whose weights can be used', async () => {
  const dir = copyOf('hidden');
  flipBit(join(dir, 'weights.safetensors'));
  const run = openRun(dir);
  const graph = buildGraph(run.spec);
  const checkpoint = join(dir, 'checkpoint.safetensors');
  const message = await refusal(() => readRunWeights(run, graph));
  assert.match(message, /weights\.safetensors is damaged: /);
  assert.ok(message.includes(` cnnzoo evaluate ${dir} --weights ${checkpoint} works. `), message);
  const { weights } = await readWeightsFile(checkpoint, graph);
  assert.equal(weights, (await readRunWeights(openRun(finished), graph)).weights);
});

test('a run that another process trains is left alone', async () => {
  const dir = copyOf('busy');
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)']);
  try {
    const stat = process.platform === 'linux' ? readFileSync(`/proc/${child.pid}/stat`, 'utf8') : undefined;
    const began = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
    changeInfo(dir, { status: 'running', test: null, owner: { pid: child.pid, began, host: hostname() } });
    assert.is(
      await refusal(() => planTraining({ resume: dir })),
      `${dir} is being trained by process ${child.pid}: wait for it, or stop it first.`,
    );
    // The same number, but not the same process.
    changeInfo(dir, { owner: { pid: child.pid, began: '1', host: hostname() } });
    if (began !== null) assert.ok(await planTraining({ resume: dir }));
  } finally {
    child.kill('SIGKILL');
  }
});

test('commands to go on with are ready for the shell', () => {
  assert.is(resumeCommand('runs/tiny-1'), 'cnnzoo train --resume runs/tiny-1');
  assert.is(resumeCommand("my run's"), "cnnzoo train --resume 'my run'\\''s'");
  const end = { event: 'end' as const, run: 'r', epochs: 1, testLoss: null, testAccuracy: null, seconds: 1 };
  assert.equal(nextCommands({ ...end, reason: 'completed' }), ['cnnzoo evaluate r']);
  assert.equal(nextCommands({ ...end, reason: 'stopped' }), ['cnnzoo train --resume r', 'cnnzoo evaluate r']);
});

test.run();
