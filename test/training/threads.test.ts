import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { physicalCores, usableProcessors } from '../../src/base/machine/cores.js';
import type { DataNotice } from '../../src/data/sets/dataset.js';
import { probeAbilities } from '../../src/engines/onnx/abilities.js';
import { createOnnxEngine } from '../../src/engines/onnx/index.js';
import { chosenThreads } from '../../src/engines/onnx/plan/threads.js';
import { buildGraph } from '../../src/models/build.js';
import { loadModel } from '../../src/models/zoo.js';
import { computingOfRun, type RunInfo } from '../../src/runs/run-info.js';
import { rerun } from '../../src/training/rerun.js';
import { temporaryFolder } from '../support/folders.js';
import { trainHere, writeModel } from '../support/training.js';

const folder = temporaryFolder();
const model = writeModel(folder);
const run = join(folder, 'run');
const USABLE = usableProcessors();

const infoOf = (dir: string): RunInfo => JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8')) as RunInfo;

async function again(dir: string, threads?: number) {
  const notices: DataNotice[] = [];
  const kept = join(folder, `again-${Math.random()}`);
  const result = await rerun(
    { run: dir, runDir: kept, threads },
    {
      notify: (notice) => notices.push(notice),
      handle: () => {},
      stopRequest: () => undefined,
      signal: new AbortController().signal,
    },
  );
  const warnings = notices.flatMap((notice) => (notice.kind === 'warning' ? [notice.message] : []));
  return { result: result!, threads: infoOf(kept).engine.threads, warnings };
}

/** The same run, as if so many threads had computed it. */
function computedWith(name: string, threads: number | null): string {
  const dir = join(folder, name);
  cpSync(run, dir, { recursive: true });
  const info = infoOf(dir);
  writeFileSync(join(dir, 'run.json'), JSON.stringify({ ...info, engine: { ...info.engine, threads } }));
  return dir;
}

test('an engine takes the threads that the model chooses for its work, or those that were asked for', async () => {
  const { channelBlock } = await probeAbilities();
  for (const [mode, batchSize] of [
    ['infer', 1],
    ['train', 64],
  ] as const) {
    const work = { graph: buildGraph(loadModel('lenet5')), mode, batchSize };
    const engine = await createOnnxEngine({ device: 'cpu', work });
    assert.is(engine.threads, chosenThreads(work, physicalCores(), channelBlock));
    assert.match(engine.device.description, new RegExp(`, ${engine.threads} threads?$`));
    assert.is((await createOnnxEngine({ device: 'cpu', work, threads: USABLE })).threads, USABLE);
  }
});

test('a run says how many threads computed it where nobody asked, and comes out the same again', async () => {
  await trainHere({ model, limit: 100, seed: 3, runDir: run, threads: undefined });
  const { threads } = infoOf(run).engine;
  assert.ok(threads! >= 1 && threads! <= physicalCores());
  const { result, ...more } = await again(run);
  assert.equal(more, { threads, warnings: [] });
  assert.ok(result.identical);
});

test('a run is computed again, and goes on, with its own threads, even where there are fewer processors', async () => {
  const many = computedWith('many', USABLE + 1);
  const { threads, warnings } = await again(many);
  assert.is(threads, USABLE + 1);
  assert.is(warnings.length, 1);
  assert.match(
    warnings[0]!,
    new RegExp(`^The run was computed with ${USABLE + 1} threads, .*--threads ${USABLE} is faster`),
  );
  assert.is((await again(many, 1)).threads, 1);
  await trainHere({ resume: many, epochs: 3, threads: undefined });
  assert.is(infoOf(many).engine.threads, USABLE + 1);
  await trainHere({ resume: many, epochs: 4, threads: 1 });
  assert.is(infoOf(many).engine.threads, 1);
});

test('a run of version 0.1.0 that nobody asked for a number had the physical cores', async () => {
  const old = computedWith('old', null);
  assert.is((await again(old)).threads, physicalCores());
  const { engine } = infoOf(old);
  assert.is(computingOfRun({ ...engine, name: 'tensorflow', threads: 1 }).threads, undefined);
  assert.is(computingOfRun({ ...engine, threads: 7 }).threads, 7);
});

test('a run in halves says so, and comes out the same again; one of before, which was whole, stays whole', async () => {
  const dir = join(folder, 'halves');
  await trainHere({
    model: 'lenet5',
    batchSize: 256,
    limit: 512,
    epochs: 1,
    seed: 3,
    runDir: dir,
    threads: 2,
  });
  assert.is(infoOf(dir).engine.replicas, 2);
  assert.ok((await again(dir)).result.identical);
  // Halves are added up in another order than the images of a whole batch.
  const { engine } = infoOf(dir);
  const { replicas, ...before } = engine;
  writeFileSync(join(dir, 'run.json'), JSON.stringify({ ...infoOf(dir), engine: before }));
  assert.ok(!(await again(dir)).result.identical);
  await trainHere({ resume: dir, epochs: 2, threads: undefined });
  assert.is(infoOf(dir).engine.replicas, 1);
  assert.is(computingOfRun(engine).replicas, replicas);
  assert.is(computingOfRun(engine, 2).replicas, replicas);
  assert.is(computingOfRun(engine, 1).replicas, undefined);
});

test('a formulation that a run did not have is not heard, and both who goes on and who computes again is told', async () => {
  process.env.CNNZOO_FORMULATION = 'direct';
  try {
    const [warning] = (await again(run)).warnings;
    assert.match(warning!, /^CNNZOO_FORMULATION=direct is not heard: the run was computed with auto, /);
  } finally {
    // The file leaves no variable behind.
    delete process.env.CNNZOO_FORMULATION;
  }
});

test.run();
