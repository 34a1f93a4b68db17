import { UsageError, WorkError } from '../../base/errors.js';
import { defineCommand } from '../../cli/command.js';
import { namesSetting, type TakenDefaults } from '../../cli/defaults.js';
import type { CommandLine } from '../../cli/flags.js';
import { flagOf } from '../../cli/names.js';
import type { GlobalOptions } from '../../cli/options.js';
import { keysOf, type Options, type OptionValues } from '../../cli/options.js';
import { COUNT, choice, FILE, FOLDER, LIST, NETWORK, RUN, SWITCH, text } from '../../cli/values.js';
import type { Comparison } from '../../tasks/compare/comparison.js';
import { COSTS } from '../../tasks/compare/costs.js';
import type { EvaluationWish } from '../../tasks/compare/evaluate.js';
import type { CompareItems } from '../../tasks/compare/items.js';
import { EVALUATION_KEYS, PLACE_KEYS } from '../../tasks/compare/place.js';
import type { Launcher } from '../../tasks/launchers/launcher.js';
import { insist, tell } from '../../ui/lines/tell.js';
import type { ComparisonEnding } from './compare-training.js';
import { withOnEnd } from './on-end.js';
import { SWEEP_OPTIONS } from './sweep-options.js';
import { TRAINING_OPTIONS } from './training-options.js';

const OPTIONS = {
  sort: {
    takes: text('COLUMN'),
    describe: 'Rows in the order of a column, the best first; or rising or falling: params:desc',
    async completes() {
      const { columnNames } = await import('../../report/compare/columns.js');
      return { choices: columnNames() };
    },
  },
  columns: { takes: LIST, describe: 'These columns alone: name,params,testAccuracy' },
  pareto: {
    takes: choice(COSTS, 'COST'),
    describe: 'Draw accuracy against what it costs, and who is beaten',
  },
  html: { takes: FILE, writes: true, describe: 'Write a report with charts to this file' },
  evaluate: { takes: SWITCH, describe: 'Evaluate runs that have no test figures or predictions' },
  train: { takes: SWITCH, describe: 'Train all models first, under one budget' },
  seeds: { takes: COUNT, describe: 'Train each with so many seeds' },
  ...SWEEP_OPTIONS,
  runDir: { takes: FOLDER, describe: 'A new folder for all runs (default: runs/compare-TIME)' },
  resume: { takes: RUN, describe: 'Go on with the comparison in this folder' },
  ...TRAINING_OPTIONS,
} as const satisfies Options;

interface CompareArguments extends OptionValues<typeof OPTIONS>, GlobalOptions {
  readonly items: readonly string[];
  readonly defaults?: TakenDefaults | null;
}

export const command = defineCommand({
  name: 'compare',
  describe: 'Models and runs side by side',
  examples: [
    ['cnnzoo compare vgg16 resnet50 googlenet --sort macs', 'what they cost, before any training'],
    ['cnnzoo compare runs/*', 'how well they do'],
    ['cnnzoo compare runs/* --columns name,seed,testAccuracy --format csv', 'some figures, for a program'],
    [
      'cnnzoo compare lenet5 mnist-basic --train --epochs 1 --limit 5000 --seeds 3',
      'trained under one budget, three times each',
    ],
    [
      'cnnzoo compare lenet5 --train --vary learningRate=0.01,0.001 --vary batchSize=32,64 --seeds 3 --jobs 2',
      'every combination, three times each, two at a time',
    ],
    ['cnnzoo compare --resume runs/compare-20260801-120000', 'go on where that was stopped'],
  ],
  places: {
    items: {
      takes: NETWORK,
      many: true,
      describe: 'Models of the zoo, YAML files, run folders, folders of comparisons',
    },
  },
  options: OPTIONS,
  groups: {
    'Sweeps, with --train or --resume:': keysOf(SWEEP_OPTIONS),
    'Budget and place of --train:': keysOf(TRAINING_OPTIONS),
  },
  leavesDefault: (key, line) => namesSetting(key, line) || isBeside(key, line),
  async run(args, { taken }) {
    if (!isTraining(args)) return compare(args, null);
    const { ComparisonEnding } = await import('./compare-training.js');
    const ending = new ComparisonEnding();
    return withOnEnd(
      args.onEnd,
      () => compare({ ...args, defaults: taken }, ending),
      (hasFailed) => ending.of(hasFailed),
    );
  },
});

/** @param ending null where nothing is to be trained */
async function compare(args: CompareArguments, ending: ComparisonEnding | null): Promise<number> {
  const { namedColumns, requireSettings, sortRows } = await import('../../report/compare/columns.js');
  if (args.columns !== undefined) namedColumns(args.columns);
  if (args.sort !== undefined) sortRows([], args.sort);
  if (args.pareto !== undefined && args.format === 'csv')
    throw new UsageError('--pareto and --format csv do not go together: leave one of them out.');
  const { writeHtml } = await import('../../report/html/file.js');
  const { found: all, exitCode } = await findItems(args, ending);
  if (all === null) return exitCode;
  const found = args.evaluate ? await evaluateAll(all, args) : all;
  const { compareItems } = await import('../../tasks/compare/comparison.js');
  const { sentencesOf } = await import('../../tasks/compare/items.js');
  const { renderComparison } = await import('../../report/compare/render.js');
  const { printResult } = await import('../../report/output.js');
  const comparison = compareItems(found);
  const rows = sortRows(comparison.rows, args.sort ?? usualOrder(comparison));
  const columns = args.columns === undefined ? undefined : namedColumns(args.columns, rows);
  // After training a column stays empty rather than hide what came out.
  if (columns !== undefined && !isTraining(args)) requireSettings(rows, columns);
  const sorted = { ...comparison, rows };
  requirePoints(sorted, args);
  await printResult(
    (format, style) => renderComparison(sorted, format, style, { columns, pareto: args.pareto }),
    args,
  );
  if (args.html !== undefined) await writeHtml(sorted, args.html);
  // Where the result has no room for them.
  if (args.format === 'json' || args.format === 'csv') {
    for (const note of comparison.notes) tell(`notice: ${note}`);
  }
  for (const problem of sentencesOf(found.problems)) insist(problem);
  return exitCode === 0 && found.problems.length > 0 ? 1 : exitCode;
}

/** Many runs of one model are looked at for the best of them; else rows stay as they were named. */
function usualOrder({ sweeps }: Comparison): string | undefined {
  return sweeps.length > 0 ? 'testAccuracy' : undefined;
}

function isTraining({ train, resume }: CompareArguments): boolean {
  return train === true || resume !== undefined;
}

/** @throws UsageError where there is no accuracy to hold against anything. */
function requirePoints({ points }: Comparison, { pareto, train, resume }: CompareArguments): void {
  // What was stopped before its first run was over may have none.
  if (pareto === undefined || points.length > 0 || train || resume !== undefined) return;
  throw new UsageError('--pareto needs runs that have test figures: name run folders, or train by --train.');
}

/** What to compare, after training where that was asked for; null where there is nothing to show. */
async function findItems(
  args: CompareArguments,
  ending: ComparisonEnding | null,
): Promise<{ readonly found: CompareItems | null; readonly exitCode: number }> {
  const { readItems } = await import('../../tasks/compare/items.js');
  if (ending === null) {
    refuseTrainingFlags(args);
    return { found: readItems(args.items), exitCode: 0 };
  }
  const { launcherOf, launchWish } = await import('./sweep-options.js');
  const launcher = await launcherOf(args);
  const plan = await planOf(args, launcher);
  const { trainShown } = await import('./compare-training.js');
  const { begunRuns, resumeComparison } = await import('../../tasks/compare/training-folder.js');
  const wish = launchWish(args, plan, launcher);
  const { exitCode, isClosed, lines } = await trainShown(plan, { launcher, wish }, args.color, ending);
  if (lines.length > 0) await printLines(lines, args);
  if (isClosed || lines.length > 0) return { found: null, exitCode };
  const begun = begunRuns(plan.dir, args.only);
  if (begun.length > 0) return { found: readItems(args.only === undefined ? [plan.dir] : begun), exitCode };
  tell(`Stopped before training began; go on with: ${resumeComparison(plan.dir)}`);
  return { found: null, exitCode };
}

/** Lines for the user, or for another program to run. */
async function printLines(lines: readonly string[], args: CompareArguments): Promise<void> {
  const { printResult } = await import('../../report/output.js');
  await printResult(
    (format) => (format === 'json' ? `${JSON.stringify({ lines }, null, 2)}\n` : `${lines.join('\n')}\n`),
    args,
  );
}

/** Flags that say nothing about runs as they are. */
function refuseTrainingFlags(args: CompareArguments): void {
  if (args.items.length === 0) {
    throw new UsageError(
      'compare needs at least one model or run: cnnzoo compare [items..], for example "cnnzoo compare lenet5 mnist-basic".',
    );
  }
  const stray = trainingKeys(args).find((key) => !(args.evaluate && OF_EVALUATION.has(key)));
  if (stray === undefined) return;
  throw new UsageError(
    `${flagOf(stray)} goes with --train only${args.evaluate ? '' : ' (some also go with --evaluate)'}.`,
  );
}

/** What `--evaluate` takes, too. */
const OF_EVALUATION = new Set<string>(EVALUATION_KEYS);
/** What a comparison may go on with otherwise than it was begun. */
const MOVABLE = new Set<string>([...PLACE_KEYS, ...['jobs', 'launcher', 'sbatch', 'wait', 'only', 'onEnd']]);

const KEYS_OF_TRAINING = [...keysOf(TRAINING_OPTIONS), ...keysOf(SWEEP_OPTIONS), 'seeds', 'runDir'] as const;

/** The keys of what was given that only a training takes. */
function trainingKeys(args: CompareArguments): string[] {
  return KEYS_OF_TRAINING.filter((key) => args[key] !== undefined);
}

/** Whether a default of the folder's is for a training of another kind than the command line asks for, if it asks for one. */
function isBeside(key: string, { flags }: CommandLine): boolean {
  const has = (flag: string) => flags.some((token) => token.key === flag && token.value !== 'false');
  if (!KEYS_OF_TRAINING.some((one) => one === key)) return false;
  // A comparison goes on as it was begun.
  if (has('resume')) return key !== 'jobs' && key !== 'onEnd';
  return !has('train') && !(has('evaluate') && OF_EVALUATION.has(key));
}

async function planOf(args: CompareArguments, launcher: Launcher) {
  const { resume } = args;
  if (resume === undefined) {
    const { readItems } = await import('../../tasks/compare/items.js');
    const { isModel } = await import('../../runs/argument.js');
    const { planComparison } = await import('../../tasks/compare/training-plan.js');
    const models = args.items.filter(isModel);
    const others = args.items.filter((item) => !models.includes(item));
    if (models.length === 0) {
      throw new UsageError(
        '--train needs at least one model, for example "cnnzoo compare lenet5 mnist-basic --train".',
      );
    }
    // What is wrong with them is to be known before training.
    const { problems } = readItems(others);
    if (problems.length > 0) throw problems[0];
    if (args.only !== undefined)
      throw new UsageError('--only goes with --resume: name runs of a comparison.');
    const threads = args.threads ?? launcher.threads(args.jobs ?? 1);
    return planComparison({ ...args, threads, models, others }, (message) => tell(`notice: ${message}`));
  }
  const stray = trainingKeys(args).find((key) => !MOVABLE.has(key));
  if (args.items.length > 0 || stray !== undefined) {
    const what = stray === undefined ? args.items[0] : flagOf(stray);
    throw new UsageError(
      `--resume and ${what} do not go together: a comparison goes on as it was begun. Only where it is trained may differ: ${[...PLACE_KEYS, 'jobs', 'launcher'].map(flagOf).join(', ')}.`,
    );
  }
  const { planResumption } = await import('../../tasks/compare/training-plan.js');
  return planResumption(resume, args.only);
}

/** Evaluates what needs it; a run that cannot be evaluated stays as it is. */
async function evaluateAll(
  { items, cells, notes, problems }: CompareItems,
  wish: EvaluationWish,
): Promise<CompareItems> {
  const { evaluated } = await import('../../tasks/compare/evaluate.js');
  const { dataNoticesInLines } = await import('../../ui/lines/data-notices.js');
  const progress = dataNoticesInLines();
  const done: CompareItems['items'][number][] = [];
  const failed: WorkError[] = [];
  try {
    for (const item of items) {
      try {
        const run = item.kind === 'run' && (await evaluated(item.run, wish, progress.notify));
        done.push(run ? { ...item, kind: 'run', run } : item);
      } catch (error) {
        // Wrong flags are wrong for all.
        if (!(error instanceof WorkError) || error instanceof UsageError) throw error;
        done.push(item);
        failed.push(error);
      }
    }
  } finally {
    progress.finish();
  }
  return { items: done, cells, notes, problems: [...problems, ...failed] };
}
