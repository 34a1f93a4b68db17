/** What the model of threads makes of measured steps, and the tables of docs/scaling.md. */
import {
  fastestThreads,
  type StepWork,
  stepMs,
  type ThreadCosts,
} from '../../src/engines/onnx/plan/thread-model.js';
import type { BenchRecord } from '../../src/tasks/bench/record.js';
import type { ThreadTimes } from './thread-times.js';

type AllCosts = Readonly<Record<'train' | 'infer', ThreadCosts>>;

/** A measured step, and what the model says of it. */
export interface Case {
  readonly times: ThreadTimes;
  /** Numbers of threads that were measured. */
  readonly counts: readonly number[];
  readonly expectedMs: Readonly<Record<string, number>>;
  readonly fastest: number;
  /** Of as many cores as were measured. */
  readonly chosen: number;
  /** How much slower that is than the fastest, as a share; 0 where it is the fastest. */
  readonly loss: number;
  /** Of 8, 16 and 64 cores. */
  readonly elsewhere: readonly number[];
}

/** Two medians that differ by less are taken for the same. */
export const LOSS = 0.05;
const ELSEWHERE = [8, 16, 64];

export function caseOf(times: ThreadTimes, work: StepWork, costs: ThreadCosts): Case {
  const counts = Object.keys(times.msPerStep).map(Number);
  const msOf = (count: number): number => times.msPerStep[count]!;
  const fastest = counts.reduce((a, b) => (msOf(a) <= msOf(b) ? a : b));
  const most = Math.max(...counts);
  // Of numbers between, which were not measured, the next larger one stands.
  const wanted = fastestThreads(work, most, costs);
  const chosen = counts.find((count) => count >= wanted)!;
  return {
    times,
    counts,
    expectedMs: Object.fromEntries(counts.map((count) => [count, stepMs(work, count, costs)])),
    fastest,
    chosen,
    loss: msOf(chosen) / msOf(fastest) - 1,
    elsewhere: ELSEWHERE.map((cores) => fastestThreads(work, cores, costs)),
  };
}

/** By so much and more the model is plainly wrong: a step of 0.4 ms is up to a third slower at times, as the machine has it. */
export const CLEARLY = 0.2;

export function isWrong({ loss }: Case): boolean {
  return loss > LOSS;
}

/** src/engines/onnx/plan/thread-costs.ts */
export function costsFile(costs: AllCosts): string {
  const entries = Object.entries(costs).map(([mode, values]) => {
    const lines = Object.entries(values).map(
      ([name, value]) => `    ${name}: ${Number((value as number).toPrecision(4))},\n`,
    );
    return `  ${mode}: {\n${lines.join('')}  },\n`;
  });
  return `import type { EngineWork } from '../../engine.js';
import type { ThreadCosts } from './thread-model.js';

/** Written by \`npm run bench:threads -- --write\`; docs/scaling.md has the measurements behind them. */
export const THREAD_COSTS: Readonly<Record<EngineWork['mode'], ThreadCosts>> = {
${entries.join('')}};
`;
}

const FROM = '<!-- tables: written by npm run bench:threads -- --write -->';
const TO = '<!-- end of tables -->';

/** The page with new tables. @throws Error where it has no place for them */
export function tablesOf(
  page: string,
  cases: readonly Case[],
  costs: AllCosts,
  { machine, versions, commit, date }: BenchRecord,
): string {
  const [from, to] = [page.indexOf(FROM), page.indexOf(TO)];
  if (from < 0 || to < from) throw new Error(`The page has no lines "${FROM}" and "${TO}".`);
  const wrong = cases.filter(isWrong);
  const taken = `${date.slice(0, 10)}, cnnzoo ${versions.cnnzoo} (commit ${commit ?? 'unknown'}) on ONNX Runtime ${versions['onnxruntime-node']}, ${machine.processor}, ${machine.cores} cores.`;
  const agreement = `In ${cases.length - wrong.length} of ${cases.length} steps the model takes the fastest number of threads, or one within ${100 * LOSS} % of it${wrong.length === 0 ? '' : `; not in ${wrong.map(({ times, loss }) => `\`${times.model}\` ${times.mode} at ${times.batchSize} (${(100 * loss).toFixed(0)} % slower)`).join(', ')}`}. Its times are off by ${(100 * meanError(cases)).toFixed(0)} % in the mean.`;
  const parts = [
    `${taken} ${agreement}`,
    constants(costs),
    '### Training steps',
    steps(cases, 'train'),
    '### Inference',
    steps(cases, 'infer'),
  ];
  return `${page.slice(0, from + FROM.length)}\n\n${parts.join('\n\n')}\n${page.slice(to)}`;
}

function meanError(cases: readonly Case[]): number {
  const errors = cases.flatMap(({ times, expectedMs }) =>
    Object.entries(times.msPerStep).map(([count, ms]) => Math.abs(expectedMs[count]! / ms - 1)),
  );
  return errors.reduce((a, b) => a + b, 0) / errors.length;
}

function constants(costs: AllCosts): string {
  const rows = Object.entries(costs).map(([mode, one]) => [
    mode,
    (1000 * one.operationMs).toFixed(2),
    (1000 * one.threadMs).toFixed(2),
    (1e9 * one.macMs).toFixed(2),
    `${(100 * one.macShare).toFixed(0)} %`,
    (1e9 * one.byteMs).toFixed(0),
    `${(100 * one.byteShare).toFixed(0)} %`,
  ]);
  const heads = [
    '',
    'operation, µs',
    'each further thread, µs',
    '10^9 MACs, ms',
    'divided',
    '10^9 bytes, ms',
    'divided',
  ];
  return table(heads, rows);
}

function steps(all: readonly Case[], mode: 'train' | 'infer'): string {
  const cases = all.filter(({ times }) => times.mode === mode);
  const counts = cases[0]?.counts ?? [];
  const heads = [
    'model',
    'batch',
    ...counts.map((count) => `images/s, ${count} ${count === 1 ? 'thread' : 'threads'}`),
    ...counts.slice(1).map((count) => `efficiency, ${count}`),
    ...counts.slice(1).map((count) => `by the model, ${count}`),
    'fastest',
    'taken',
    ...ELSEWHERE.map((cores) => `of ${cores} cores`),
  ];
  const rows = cases.map(
    ({ times: { model, batchSize, msPerStep }, expectedMs, fastest, chosen, elsewhere }) => {
      const efficiency = (of: Readonly<Record<string, number>>, count: number) =>
        `${((100 * of[1]!) / of[count]! / count).toFixed(0)} %`;
      return [
        `\`${model}\``,
        batchSize,
        ...counts.map((count) => perSecond(batchSize, msPerStep[count]!)),
        ...counts.slice(1).map((count) => efficiency(msPerStep, count)),
        ...counts.slice(1).map((count) => efficiency(expectedMs, count)),
        fastest,
        chosen,
        ...elsewhere,
      ];
    },
  );
  return table(heads, rows).trimEnd();
}

function perSecond(batchSize: number, ms: number): string {
  const rate = (1000 * batchSize) / ms;
  return rate < 100 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en-US');
}

function table(heads: readonly string[], lines: readonly (readonly (string | number)[])[]): string {
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |\n`;
  return (row(heads) + row(heads.map(() => '---')) + lines.map(row).join('')).trimEnd();
}
