import { median } from '../../src/base/extremes.js';
import { formatBytes, formatInteger } from '../../src/base/text/format.js';
import { counted } from '../../src/base/text/words.js';
import type { BenchRecord } from '../../src/tasks/bench/record.js';
import type { Floors, Mode } from './floors.js';
import { FILTERING, MEMORY } from './notes.js';
import type { Rates } from './rates.js';
import { type Choices, choicesText, type Tuning, tuningText } from './tuning.js';

/** One network, measured on both sides in turn: milliseconds a step, one entry a round. */
export interface Beside {
  readonly model: string;
  readonly mode: Mode;
  readonly batchSize: number;
  /** PyTorch's fastest setting. */
  readonly tuning: Tuning;
  readonly ours: readonly number[];
  readonly peer: readonly number[];
  readonly buildMs: number;
  readonly oursMemory: number;
  readonly peerMemory: number;
  readonly floors: Floors;
}

/** How the cost of a training step grows with one thing. */
export interface Growth {
  readonly title: string;
  readonly points: readonly {
    readonly label: string;
    readonly batchSize: number;
    readonly msPerStep: number;
    readonly peakMemoryBytes: number;
    readonly macs: number;
  }[];
}

interface Trained {
  readonly seconds: number;
  readonly epochs: number;
  readonly testAccuracy: number;
}

export interface TimeTo {
  readonly seed: number;
  readonly ours: Trained;
  readonly peer: Trained;
}

export interface Figures extends Pick<BenchRecord, 'machine' | 'versions' | 'commit' | 'date'> {
  readonly threads: number;
  readonly rounds: number;
  readonly seconds: number;
  /** What PyTorch's setting was chosen from. */
  readonly choices: Choices;
  readonly rates: Rates;
  readonly rows: readonly Beside[];
  readonly growth: readonly Growth[];
  readonly timesTo: readonly TimeTo[];
}

/** docs/performance.md. */
export function pageOf(figures: Figures): string {
  return [
    introduction(figures),
    besideTable(figures, 'train'),
    besideTable(figures, 'infer'),
    limits(figures),
    FILTERING,
    MEMORY,
    ...(figures.growth.length > 0 ? [growths(figures.growth)] : []),
    ...(figures.timesTo.length > 0 ? [timesTo(figures.timesTo)] : []),
  ].join('\n');
}

function introduction({
  machine,
  versions,
  commit,
  date,
  threads,
  rounds,
  seconds,
  choices,
}: Figures): string {
  return `# Performance

Written by \`npm run bench:torch\` on ${date.slice(0, 10)}: cnnzoo ${versions.cnnzoo} (commit ${commit ?? 'unknown'}) on ONNX Runtime
${versions['onnxruntime-node']} and Node.js ${versions.node}, beside a tuned PyTorch ${versions.pytorch}; both with ${threads} threads on ${machine.processor}
(${machine.cores} cores, ${formatBytes(machine.memoryBytes)}, ${machine.platform}).

**How it was measured.** Both sides run the same network, built from the same config, with the same optimizer and on batches
of the same size; in training the auxiliary classifiers count on both. They take turns, cnnzoo, PyTorch, cnnzoo, PyTorch, ...,
${counted(rounds, 'round')} of about ${seconds} s each, every measurement in a process of its own and after a warm-up of two or three calls (of
cnnzoo a call is up to 16 steps, as in training). A figure is the median over the rounds of the median step. cnnzoo's step
begins with bytes and ends with the loss in JavaScript; PyTorch's begins with float32 images that lie in memory in its layout.
Time to make the batches counts on neither side. Peak memory is the largest resident size of the process.

**How PyTorch was tuned.** As its own tuning guide advises, for each network and mode anew. Shortly before the rounds every
combination was tried of ${kernelChoice(choices)},
${allocatorChoice(choices)}, both memory layouts (NCHW and channels-last),
and in inference PyTorch as it is and a frozen, optimized TorchScript. The fastest was measured, and the tables name it.
${choicesText(choices)}
`;
}

function allocatorChoice({ tcmalloc }: Choices): string {
  return tcmalloc === null
    ? "the C library's allocator (tcmalloc was not installed)"
    : "the C library's allocator and tcmalloc (LD_PRELOAD)";
}

function kernelChoice({ kernels, blas }: Choices): string {
  return kernels.length > 1
    ? `the kernels of ${blas} that come close to the fastest (OPENBLAS_CORETYPE)`
    : `${blas} as it is`;
}

function besideTable({ rows }: Figures, mode: Mode): string {
  const lines = rows
    .filter((row) => row.mode === mode)
    .map((row) => {
      const [a, b] = [median(row.ours), median(row.peer)];
      return [
        `\`${row.model}\``,
        row.batchSize,
        figure(a),
        perSecond(row.batchSize, a),
        figure(b),
        perSecond(row.batchSize, b),
        `**${(b / a).toFixed(2)}**`,
        `${(Math.min(...row.peer) / Math.max(...row.ours)).toFixed(2)} to ${(Math.max(...row.peer) / Math.min(...row.ours)).toFixed(2)}`,
        tuningText(row.tuning),
        formatBytes(row.oursMemory),
        (row.oursMemory / row.peerMemory).toFixed(2),
        Math.round(row.buildMs),
      ];
    });
  const heads = [
    'model',
    'batch',
    'cnnzoo, ms',
    'images/s',
    'tuned PyTorch, ms',
    'images/s',
    'ratio',
    'rounds at worst and best',
    'what the tuning chose',
    'peak memory',
    'of PyTorch',
    'build, ms',
  ];
  return `## ${mode === 'train' ? 'Training steps' : 'Inference'}\n\n${table(heads, lines)}`;
}

function limits({ rows, rates }: Figures): string {
  const lines = rows.map(({ model, mode, ours, floors }) => {
    const ms = median(ours);
    const reached = floors.operations / ms / 1e6;
    return [
      `\`${model}\``,
      mode,
      (floors.operations / 1e9).toFixed(2),
      Math.round(reached),
      `${Math.round((100 * reached) / rates.gflops)} %`,
      figure(floors.arithmeticMs),
      figure(floors.activationsMs),
      figure(floors.weightsMs),
      figure(Math.max(0, ms - floors.arithmeticMs - floors.activationsMs - floors.weightsMs)),
      limitOf(ms, floors),
    ];
  });
  const heads = [
    'model',
    'mode',
    'GFLOP a step',
    'GFLOP/s',
    'of the matrix product',
    'arithmetic, ms',
    'activations, ms',
    'weights, ms',
    'rest, ms',
    'what limits it',
  ];
  return `## How far from the machine's limits

ONNX Runtime's own product of two matrices of 2048 x 2048 runs at ${Math.round(rates.gflops)} GFLOP/s here, and sums of arrays that no cache holds read
and write ${rates.gigabytesPerSecond.toFixed(1)} GB/s. At these rates a step would take the three times below: the multiplications of its convolutions
and dense layers; layers' outputs, written and read once in inference, three times in training; weights, gradients and slots.
The rest is what operators add: rearranging, windows at edges, calls.

${table(heads, lines)}`;
}

/** The share of a step from which one thing is what limits it. */
const MUCH = 0.5;

function limitOf(ms: number, { arithmeticMs, activationsMs, weightsMs }: Floors): string {
  const parts = {
    arithmetic: arithmeticMs,
    'memory: activations': activationsMs,
    'memory: weights': weightsMs,
  };
  const [name, most] = Object.entries(parts).reduce((a, b) => (a[1] >= b[1] ? a : b));
  if (most >= MUCH * ms) return name;
  const sum = arithmeticMs + activationsMs + weightsMs;
  return sum >= MUCH * ms ? `${name}, with the others` : 'overhead of operators';
}

function growths(all: readonly Growth[]): string {
  const parts = all.map(({ title, points }) => {
    const lines = points.map(({ label, batchSize, msPerStep, peakMemoryBytes, macs }) => [
      label,
      figure(msPerStep),
      perSecond(batchSize, msPerStep),
      figure((1e9 * msPerStep) / (batchSize * macs)),
      formatBytes(peakMemoryBytes),
    ]);
    const heads = ['', 'ms a step', 'images/s', 'ms for 10^9 multiply-accumulates', 'peak memory'];
    return `${title}:\n\n${table(heads, lines)}`;
  });
  return `## How cost grows

Training steps. Where the fourth column stays the same, time grows as the arithmetic does.

${parts.join('\n')}`;
}

function timesTo(times: readonly TimeTo[]): string {
  const cells = ({ seconds, epochs, testAccuracy }: Trained) => [
    seconds.toFixed(1),
    epochs,
    testAccuracy.toFixed(4),
  ];
  const lines = times.map(({ seed, ours, peer }) => [seed, ...cells(ours), ...cells(peer)]);
  const heads = [
    'seed',
    'cnnzoo, s',
    'epochs',
    'test accuracy',
    'tuned PyTorch, s',
    'epochs',
    'test accuracy',
  ];
  return `## Seconds to 99 % on MNIST

\`cnnzoo train mnist-basic --until testAccuracy=0.99\` beside the same recipe in the tuned PyTorch (\`scripts/bench/torch_until.py\`):
from the command to the end of the process, with start-up and loading; both look at all test images after each epoch. The two
draw different random numbers, so that they may need different numbers of epochs.

${table(heads, lines)}`;
}

function table(heads: readonly string[], lines: readonly (readonly (string | number)[])[]): string {
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |\n`;
  return row(heads) + row(heads.map(() => '---')) + lines.map(row).join('');
}

function perSecond(batchSize: number, ms: number): string {
  const rate = (1000 * batchSize) / ms;
  return rate < 100 ? rate.toFixed(1) : formatInteger(Math.round(rate));
}

function figure(ms: number): string {
  return ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0);
}
