/**
 * Measures cnnzoo beside a tuned PyTorch (tuning.ts) and writes docs/performance.md: `npm run bench:torch -- [MODEL...] [options]`.
 *
 *   --seconds N     about how long to measure each thing in each round, after a warm-up (default 2)
 *   --rounds N      of cnnzoo, PyTorch, cnnzoo, PyTorch, ... (default 3)
 *   --threads N     of both (default: the physical cores)
 *   --python FILE   an interpreter with PyTorch (default /usr/bin/python3)
 *   --mnist FOLDER  the IDX files of MNIST, for the time to 99 %; left out without it
 *   --seeds N       trainings to 99 % on each side (default 1)
 *   --no-scaling    leaves out how cost grows
 *   --data FILE     writes the figures as JSON; with --from-data reads them instead of measuring
 *   --out FILE      (default docs/performance.md)
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { physicalCores } from '../../src/base/machine/cores.js';
import { loadModel } from '../../src/models/zoo.js';
import { suiteCells } from '../../src/tasks/bench/cells.js';
import type { BenchResult } from '../../src/tasks/bench/measure.js';
import { recordOf } from '../../src/tasks/bench/record.js';
import { floorsOf, type Mode } from './floors.js';
import { describeNetwork } from './network.js';
import { type Beside, type Figures, type Growth, pageOf, type TimeTo } from './page.js';
import type { Point } from './point.js';
import type { Rates } from './rates.js';
import {
  type Choices,
  choicesOf,
  choicesText,
  envOf,
  flagsOf,
  type Peer,
  type Tuning,
  tunedFor,
  tuningText,
} from './tuning.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const MODELS = [
  'mnist-basic',
  'fashion-cnn',
  'mnist-no-pool',
  'lenet5',
  'alexnet',
  'vgg16',
  'googlenet',
  'resnet18',
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: String(physicalCores()) },
    python: { type: 'string', default: '/usr/bin/python3' },
    mnist: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    'no-scaling': { type: 'boolean', default: false },
    data: { type: 'string' },
    'from-data': { type: 'boolean', default: false },
    out: { type: 'string', default: join(ROOT, 'docs/performance.md') },
  },
});
type Variables = Readonly<Record<string, string>>;

/** How long a setting of PyTorch is tried on a network. */
const TRY_SECONDS = 0.5;

const [seconds, rounds, threads] = [Number(values.seconds), Number(values.rounds), Number(values.threads)];

/** Runs a program and returns the last line that it prints, as JSON. */
function run<T>(program: string, args: readonly string[], input = '', env: Variables = {}): T {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: ROOT,
    input,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr.trim().split('\n').at(-1)}`);
  return JSON.parse(stdout.trim()) as T;
}

function script<T>(name: string, ...args: string[]): T {
  return run<T>(process.execPath, ['--import', 'tsx', `scripts/bench/${name}`, ...args]);
}

function ours(model: string, mode: Mode, batchSize: number): BenchResult {
  const flags = {
    mode,
    'batch-size': batchSize,
    threads,
    engine: 'onnx',
    device: 'cpu',
    ...(isSlow(model, mode, batchSize) ? { steps: 2 } : { seconds }),
  };
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  return run<BenchResult[]>(process.execPath, ['bin/cnnzoo.js', 'bench', model, '--json', ...words])[0]!;
}

/** A step of more than a second at 200 GFLOP/s: two of them are enough. */
function isSlow(model: string, mode: Mode, batchSize: number): boolean {
  return floorsOf(model, mode, batchSize, { gflops: 200, gigabytesPerSecond: 10 }).arithmeticMs > 1000;
}

/** torch_peer.py with these flags. */
const torch: Peer = <T>(flags: readonly string[], env: Variables, input?: string) =>
  run<T>(values.python, ['scripts/bench/torch_peer.py', ...flags], input, env);

function peer(network: string, mode: Mode, batchSize: number, tuning: Tuning): BenchResult {
  const flags = { mode, 'batch-size': batchSize, threads, seconds };
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const result = torch<BenchResult & { readonly allocator: string; readonly kernels: string | null }>(
    [...words, ...flagsOf(tuning)],
    envOf(tuning),
    network,
  );
  const wanted = tuning.allocator === null ? 'plain' : 'tcmalloc';
  if (result.allocator !== wanted || (tuning.kernels !== null && result.kernels !== tuning.kernels)) {
    throw new Error(
      `PyTorch ran with ${result.kernels} and the ${result.allocator} allocator instead of ${tuningText(tuning)}.`,
    );
  }
  return result;
}

function beside(model: string, mode: Mode, batchSize: number, rates: Rates, choices: Choices): Beside {
  const network = JSON.stringify(describeNetwork(model));
  const tuning = tunedFor(network, { mode, batchSize, threads, seconds: TRY_SECONDS }, choices, torch);
  const [a, b]: [BenchResult[], BenchResult[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    a.push(ours(model, mode, batchSize));
    b.push(peer(network, mode, batchSize, tuning));
  }
  return {
    model,
    mode,
    batchSize,
    tuning,
    ours: a.map(({ msPerStep }) => msPerStep),
    peer: b.map(({ msPerStep }) => msPerStep),
    buildMs: Math.max(...a.map(({ compileMs }) => compileMs)),
    oursMemory: Math.max(...a.map(({ peakMemoryBytes }) => peakMemoryBytes)),
    peerMemory: Math.max(...b.map(({ peakMemoryBytes }) => peakMemoryBytes)),
    floors: floorsOf(model, mode, batchSize, rates),
  };
}

/** How the cost of a training step grows with one thing at a time. */
function growth(): Growth[] {
  const point = (
    label: string,
    model: string,
    batchSize: number,
    input: Point['input'] = null,
  ): Growth['points'][number] => {
    const wanted: Point = { model, mode: 'train', batchSize, input, seconds: Math.min(1, seconds), threads };
    const { msPerStep, peakMemoryBytes, macs } = script<BenchResult & { macs: number }>(
      'point.ts',
      JSON.stringify(wanted),
    );
    return { label, batchSize, msPerStep, peakMemoryBytes, macs };
  };
  return [
    {
      title: 'Batch size: `mnist-basic`',
      points: [1, 8, 16, 50, 64, 128, 256].map((batch) => point(`batch ${batch}`, 'mnist-basic', batch)),
    },
    {
      title:
        'Half a block of images beside a whole one: `lenet5`, and `mnist-no-pool`, whose one matrix has 16 million weights',
      points: ['lenet5', 'mnist-no-pool'].flatMap((model) =>
        [8, 16].map((batch) => point(`${model}, batch ${batch}`, model, batch)),
      ),
    },
    {
      title: 'Input size: `resnet18` in batches of 16',
      points: [32, 64, 96, 128].map((side) => point(`${side}x${side}x3`, 'resnet18', 16, [side, side, 3])),
    },
    {
      title: 'Depth: VGG on 32x32x3 in batches of 16',
      points: ['vgg11', 'vgg13', 'vgg16', 'vgg19'].map((model) => point(model, model, 16, [32, 32, 3])),
    },
  ];
}

/** Seconds from the command to 99 % of the test images of MNIST, on each side in turn. */
function timesTo(mnist: string, tuning: Tuning): TimeTo[] {
  const network = JSON.stringify(describeNetwork('mnist-basic'));
  const folder = mkdtempSync(join(tmpdir(), 'cnnzoo-until-'));
  const timed = (work: () => { epochs: number; testAccuracy: number }): TimeTo['ours'] => {
    const begin = performance.now();
    const { epochs, testAccuracy } = work();
    return { seconds: (performance.now() - begin) / 1000, epochs, testAccuracy };
  };
  try {
    return Array.from({ length: Number(values.seeds) }, (_, i) => {
      const seed = String(i + 1);
      const train = [
        'train',
        'mnist-basic',
        '--until',
        'testAccuracy=0.99',
        '--data-dir',
        mnist,
        '--seed',
        seed,
      ];
      const flags = ['--threads', String(threads), '--run-dir', join(folder, seed), '--format', 'csv'];
      return {
        seed: i + 1,
        ours: timed(() => {
          const args = ['bin/cnnzoo.js', ...train, ...flags];
          const { status, stdout, stderr } = spawnSync(process.execPath, args, {
            cwd: ROOT,
            encoding: 'utf8',
          });
          if (status !== 0) throw new Error(stderr);
          const [names, row] = stdout
            .trim()
            .split('\n')
            .map((line) => line.split(','));
          const field = (name: string) => Number(row![names!.indexOf(name)]);
          return { epochs: field('epochs'), testAccuracy: field('testAccuracy') };
        }),
        peer: timed(() => {
          const args = ['scripts/bench/torch_until.py', mnist, '--seed', seed, '--layout', tuning.layout];
          return run(values.python, [...args, '--threads', String(threads)], network, envOf(tuning));
        }),
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measureAll(): Figures {
  const choices = choicesOf(torch, threads);
  console.error(choicesText(choices));
  const rates = script<Rates>('rates.ts', String(threads));
  const models = positionals.length > 0 ? positionals : MODELS;
  const inputs = models.map((model) => ({ model, input: loadModel(model).config.input }));
  const rows: Beside[] = [];
  for (const { model, mode, batchSize } of suiteCells(inputs, ['train', 'infer'])) {
    rows.push(beside(model, mode, batchSize!, rates, choices));
    const { ours: a, peer: b, tuning } = rows.at(-1)!;
    console.error(
      `${model} ${mode}: ${a.map((ms) => ms.toFixed(2)).join(', ')} ms; tuned PyTorch (${tuningText(tuning)}) ${b.map((ms) => ms.toFixed(2)).join(', ')} ms`,
    );
  }
  const { machine, versions, commit, date } = recordOf([]);
  return {
    machine,
    versions: { ...versions, pytorch: choices.version },
    commit,
    date,
    threads,
    rounds,
    seconds,
    choices,
    rates,
    rows,
    growth: values['no-scaling'] ? [] : growth(),
    timesTo: values.mnist === undefined ? [] : timesTo(values.mnist, untilTuning(rows, choices)),
  };
}

/** PyTorch's setting for training mnist-basic, measured before or found now. */
function untilTuning(rows: readonly Beside[], choices: Choices): Tuning {
  const known = rows.find(({ model, mode }) => model === 'mnist-basic' && mode === 'train')?.tuning;
  if (known !== undefined) return known;
  const network = JSON.stringify(describeNetwork('mnist-basic'));
  return tunedFor(network, { mode: 'train', batchSize: 64, threads, seconds: TRY_SECONDS }, choices, torch);
}

const figures = values['from-data']
  ? (JSON.parse(readFileSync(values.data!, 'utf8')) as Figures)
  : measureAll();
if (values.data !== undefined && !values['from-data'])
  writeFileSync(values.data, `${JSON.stringify(figures, null, 2)}\n`);
writeFileSync(values.out, pageOf(figures));
