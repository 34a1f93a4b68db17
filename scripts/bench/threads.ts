/**
 * Measures how steps grow with threads, and holds the model of threads to it: `npm run bench:threads -- [MODEL...] [options]`.
 *
 *   --seconds N    about how long to measure each thing in each round (default 0.2)
 *   --rounds N     of one thread, two, ..., one, two, ... (default 3)
 *   --data FILE    adds the figures as JSON to those that are there; with --from-data reads them instead of measuring
 *   --write        fits the model's constants to the figures, and writes them (src/engines/onnx/plan/thread-costs.ts) and the
 *                  tables of docs/scaling.md
 *
 * Without --write it ends with 1 where the number of threads that the model takes is a fifth slower than another, or more.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { physicalCores } from '../../src/base/machine/cores.js';
import { sizeOf } from '../../src/base/tensor.js';
import { probeAbilities } from '../../src/engines/onnx/abilities.js';
import { THREAD_COSTS } from '../../src/engines/onnx/plan/thread-costs.js';
import { plannedWork } from '../../src/engines/onnx/plan/threads.js';
import { buildGraph } from '../../src/models/build.js';
import { loadModel, modelNames } from '../../src/models/zoo.js';
import { BENCH_MODES } from '../../src/tasks/bench/measure.js';
import { recordOf } from '../../src/tasks/bench/record.js';
import { threadCounts } from '../../src/tasks/bench/scaling.js';
import { fitCosts } from './thread-fit.js';
import { type Case, CLEARLY, caseOf, costsFile, isWrong, LOSS, tablesOf } from './thread-page.js';
import type { ThreadTimes, Wish } from './thread-times.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COSTS = join(ROOT, 'src/engines/onnx/plan/thread-costs.ts');
const PAGE = join(ROOT, 'docs/scaling.md');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '0.2' },
    rounds: { type: 'string', default: '3' },
    data: { type: 'string' },
    'from-data': { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

/** Steps that differ in what limits them. A large network's batch of 4 on one thread takes seconds. */
const SMALL_BATCHES = [1, 8, 64];
const LARGE_BATCHES = [1];
const LARGER_BATCHES = [1, 4];
const LARGER = ['alexnet', 'vgg16', 'googlenet', 'resnet18'];
/** Values of an image of CIFAR. */
const SMALL_INPUT = 32 * 32 * 3;

function batchesOf(model: string): readonly number[] {
  if (sizeOf(loadModel(model).config.input) <= SMALL_INPUT) return SMALL_BATCHES;
  return LARGER.includes(model) ? LARGER_BATCHES : LARGE_BATCHES;
}

function measured(model: string): ThreadTimes[] {
  const wish: Wish = {
    model,
    batches: batchesOf(model),
    threads: threadCounts(physicalCores()),
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
  };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'scripts/bench/thread-times.ts', JSON.stringify(wish)],
    { cwd: ROOT, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${model}: ${stderr.trim().split('\n').at(-1)}`);
  return JSON.parse(stdout) as ThreadTimes[];
}

function timesOfAll(): ThreadTimes[] {
  const { data } = values;
  const before =
    data !== undefined && existsSync(data) ? (JSON.parse(readFileSync(data, 'utf8')) as ThreadTimes[]) : [];
  if (values['from-data']) return before;
  const models = positionals.length > 0 ? positionals : modelNames();
  const kept = before.filter(({ model }) => !models.includes(model));
  const found = models.flatMap((model) => {
    const times = measured(model);
    for (const { mode, batchSize, msPerStep } of times)
      console.error(`${model} ${mode} ${batchSize}: ${JSON.stringify(msPerStep)}`);
    return times;
  });
  const all = [...kept, ...found];
  if (data !== undefined) writeFileSync(data, `${JSON.stringify(all, null, 1)}\n`);
  return all;
}

const { channelBlock } = await probeAbilities();
const works = timesOfAll().map((times) => {
  const { model, mode, batchSize } = times;
  const graph = buildGraph(loadModel(model));
  return { times, work: plannedWork({ graph, mode, batchSize }, channelBlock) };
});

function fitted(): typeof THREAD_COSTS {
  const [train, infer] = BENCH_MODES.map((mode) =>
    fitCosts(
      works
        .filter(({ times }) => times.mode === mode)
        .flatMap(({ times, work }) =>
          Object.entries(times.msPerStep).map(([threads, ms]) => ({ work, threads: Number(threads), ms })),
        ),
    ),
  );
  return { train: train!, infer: infer! };
}

const costs = values.write ? fitted() : THREAD_COSTS;
const cases: Case[] = works.map(({ times, work }) => caseOf(times, work, costs[times.mode]));
const wrong = cases.filter(isWrong);
for (const { times, chosen, loss } of wrong)
  console.error(
    `${times.model} ${times.mode} ${times.batchSize}: ${chosen} would be taken, ${(100 * loss).toFixed(0)} % slower than the fastest.`,
  );
console.log(
  `${cases.length - wrong.length} of ${cases.length} steps: the model takes the fastest number of threads, or one within ${100 * LOSS} % of it.`,
);
if (values.write) {
  writeFileSync(COSTS, costsFile(costs));
  writeFileSync(PAGE, tablesOf(readFileSync(PAGE, 'utf8'), cases, costs, recordOf([])));
} else if (wrong.some(({ loss }) => loss >= CLEARLY)) process.exitCode = 1;
