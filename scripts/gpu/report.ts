/**
 * What a GPU does for cnnzoo, as one script of ten minutes that writes docs/gpu.md: `npm run gpu:report -- [options]`.
 *
 *   --parts LIST    of parity,memory,kinds,bench, in that order (default: all)
 *   --minutes N     after which nothing new is begun and what runs is ended (default 9)
 *   --device NAME   webgpu or cuda (default webgpu)
 *   --models LIST   of the bench table (default: those of docs/performance.md)
 *   --scale N       batches so many times those of docs/performance.md (default 1)
 *   --python FILE   an interpreter with PyTorch that sees the GPU (default python3)
 *   --data FILE     keeps the figures as JSON, and goes on from those of the same card that are there
 *   --out FILE      (default docs/gpu.md)
 *
 * The page is written after each part, and in the bench after each row: what is done stays where time runs out. Without a
 * GPU it runs on a software adapter at small sizes, which shows that it works and measures nothing.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hasHardwareGpu } from '../../src/engines/onnx/devices.js';
import { loadModel } from '../../src/models/zoo.js';
import { suiteCells } from '../../src/tasks/bench/cells.js';
import type { BenchResult } from '../../src/tasks/bench/measure.js';
import { recordOf } from '../../src/tasks/bench/record.js';
import { describeNetwork } from '../bench/network.js';
import { cardOf, findAdapter } from './adapter.js';
import { type BenchEntry, pageWith, type Report, type TorchForm } from './page.js';
import type { KindTime, MemoryAt, Steps } from './steps.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PARTS = ['parity', 'memory', 'kinds', 'bench'] as const;
type Part = (typeof PARTS)[number];

const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: PARTS.join(',') },
    minutes: { type: 'string', default: '9' },
    device: { type: 'string', default: 'webgpu' },
    models: { type: 'string' },
    scale: { type: 'string', default: '1' },
    python: { type: 'string', default: 'python3' },
    data: { type: 'string' },
    out: { type: 'string', default: join(ROOT, 'docs/gpu.md') },
  },
});

const MODELS = 'mnist-basic,fashion-cnn,mnist-no-pool,lenet5,alexnet,vgg16,googlenet,resnet18';
/** What a software adapter can do in a few seconds each. */
const SMALL_MODELS = 'mnist-basic,lenet5';
const SMALL_BATCH = 2;
/** How long one thing is measured. */
const SECONDS = 1.5;
/** Shares of all time that parts may take at most, so that the later ones get theirs. */
const SHARES: Readonly<Record<Part, number>> = { parity: 0.3, memory: 0.15, kinds: 0.2, bench: 1 };
/** Of what is left for the bench, cnnzoo's half; PyTorch has the rest. */
const OURS = 0.4;

const begin = performance.now();
const allMs = Number(values.minutes) * 60_000;
const leftMs = (): number => Math.max(0, allMs - (performance.now() - begin));

/** Runs a program for at most so long; `line` gets what it prints, as it prints it. @returns why it did not end well, or null */
async function run(
  program: string,
  args: readonly string[],
  limitMs: number,
  line: (text: string) => void,
  input = '',
): Promise<string | null> {
  const child = spawn(program, args, {
    cwd: ROOT,
    timeout: Math.max(1, Math.round(Math.min(limitMs, leftMs()))),
    killSignal: 'SIGKILL',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => {
    errors = (errors + data.toString()).slice(-2000);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  createInterface({ input: child.stdout }).on('line', line);
  return new Promise((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (code, signal) => {
      if (signal !== null) resolve('it ran out of its time');
      else resolve(code === 0 ? null : (errors.trim().split('\n').at(-1) ?? `it ended with code ${code}`));
    });
  });
}

const node = (args: readonly string[], limitMs: number, line: (text: string) => void) =>
  run(process.execPath, ['--import', 'tsx', ...args], limitMs, line);

/** The last line that a script of ours prints, as JSON. */
async function answerOf<T>(args: readonly string[], limitMs: number): Promise<T | { failed: string }> {
  let last = '';
  const failed = await node(args, limitMs, (text) => {
    last = text;
  });
  return failed === null ? (JSON.parse(last) as T) : { failed };
}

const steps = <T>(wish: Steps, limitMs: number) =>
  answerOf<T>(['scripts/gpu/steps.ts', JSON.stringify(wish)], limitMs);

async function parity(report: Report, limitMs: number): Promise<void> {
  const counts = { total: 0, passed: 0 };
  const failed = await node(['scripts/gpu/test.ts', '--quick'], limitMs, (text) => {
    const [, passed, total] = /^ {2}(?:Passed|Total): *(?:(\d+))?/.exec(text) ?? [];
    if (text.includes('Passed:')) counts.passed = Number(passed ?? total);
    if (text.includes('Total:')) counts.total = Number(passed ?? total);
  });
  report.parity = { ...counts, failed };
}

async function memory(report: Report, limitMs: number): Promise<void> {
  const wish = { look: 'memory', model: 'mnist-basic', device: values.device } as const;
  const size = report.isSoftware ? { batchSize: SMALL_BATCH, steps: 20 } : { batchSize: 64, steps: 1000 };
  const found = await steps<MemoryAt[]>({ ...wish, ...size }, limitMs);
  report.memory = { model: wish.model, ...size, found };
}

async function kinds(report: Report, limitMs: number): Promise<void> {
  report.kinds = [];
  for (const [model, usual] of [
    ['mnist-basic', 64],
    [report.isSoftware ? 'vgg-small' : 'vgg16', 16],
  ] as const) {
    const size = report.isSoftware
      ? { batchSize: SMALL_BATCH, steps: 4 }
      : { batchSize: usual * Number(values.scale), steps: 20 };
    const wish = { look: 'kinds', model, device: values.device, ...size } as const;
    report.kinds.push({ ...wish, found: await steps<KindTime[]>(wish, limitMs / 2) });
    write(report);
  }
}

async function bench(report: Report, limitMs: number): Promise<void> {
  const models = (values.models ?? (report.isSoftware ? SMALL_MODELS : MODELS)).split(',');
  const inputs = models.map((model) => ({ model, input: loadModel(model).config.input }));
  report.bench = suiteCells(inputs, ['train', 'infer']).map(({ model, mode, batchSize }) => ({
    model,
    mode,
    batchSize: report.isSoftware ? SMALL_BATCH : batchSize! * Number(values.scale),
    ours: null,
    torch: {},
  }));
  const endOurs = performance.now() + OURS * limitMs;
  for (const entry of report.bench) {
    if (performance.now() > endOurs) entry.ours = { failed: 'no time was left' };
    else entry.ours = await ours(entry);
    write(report);
  }
  await torch(report);
}

async function ours({ model, mode, batchSize }: BenchEntry): Promise<BenchEntry['ours']> {
  const flags = { mode, 'batch-size': batchSize, engine: 'onnx', device: values.device, seconds: SECONDS };
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  let output = '';
  const command = ['bin/cnnzoo.js', 'bench', model, '--json', '--no-defaults', ...words];
  const failed = await run(process.execPath, command, 60_000, (text) => {
    output += text;
  });
  return failed === null ? (JSON.parse(output) as BenchResult[])[0]! : { failed };
}

async function torch(report: Report): Promise<void> {
  const cells = report.bench!.map(({ model, mode, batchSize }) => ({
    network: describeNetwork(model),
    mode,
    batchSize,
  }));
  // A compilation that has begun takes a minute at most on the largest network.
  const deadline = Math.max(0, leftMs() / 1000 - 60);
  const input = JSON.stringify({ cells, seconds: SECONDS, deadline });
  const failed = await run(
    values.python,
    ['scripts/bench/torch_gpu.py'],
    leftMs(),
    (text) => {
      const { model, mode, form, ...found } = JSON.parse(text) as TorchForm & {
        model?: string;
        mode?: string;
        form?: 'eager' | 'compiled';
      };
      const entry = report.bench!.find((one) => one.model === model && one.mode === mode);
      if (entry === undefined) report.pytorch = found as Report['pytorch'];
      else entry.torch[form!] = found;
      write(report);
    },
    input,
  );
  if (failed !== null) report.pytorch ??= { missing: failed };
}

const WORK: Readonly<Record<Part, (report: Report, limitMs: number) => Promise<void>>> = {
  parity,
  memory,
  kinds,
  bench,
};

function write(report: Report): void {
  if (values.data !== undefined) writeWhole(values.data, `${JSON.stringify(report, null, 2)}\n`);
  writeWhole(values.out, pageWith(readFileSync(values.out, 'utf8'), report));
}

/** At once and whole, as the script may be ended at any time. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** What is known of this card already. */
function earlier(card: Report['card']): Partial<Report> {
  if (values.data === undefined || !existsSync(values.data)) return {};
  const before = JSON.parse(readFileSync(values.data, 'utf8')) as Report;
  return before.card.name === card.name ? before : {};
}

const wanted = values.parts.split(',');
const unknown = wanted.find((part) => !PARTS.some((known) => known === part));
if (unknown !== undefined) {
  console.error(`There is no part "${unknown}": --parts takes some of ${PARTS.join(', ')}.`);
  process.exit(1);
}
const missing = await findAdapter();
if (missing !== null) {
  console.error(
    `There is no WebGPU adapter (${missing.replace(/\.$/, '')}). On Debian "apt-get install chromium libvulkan1" brings a software one.`,
  );
  process.exit(1);
}
const card = cardOf();
const { versions, commit, date, machine } = recordOf([]);
const report: Report = {
  ...earlier(card),
  date,
  card,
  isSoftware: !hasHardwareGpu(),
  device: values.device,
  versions,
  commit,
  machine,
};
console.log(
  `${card.name}, driver ${card.driver}: ${wanted.join(', ')} in ${values.minutes} minutes at most.`,
);
for (const part of PARTS.filter((one) => wanted.includes(one))) {
  const from = performance.now();
  await WORK[part](report, Math.min(leftMs(), SHARES[part] * allMs));
  write(report);
  console.log(`${part}: ${((performance.now() - from) / 1000).toFixed(0)} s`);
}
