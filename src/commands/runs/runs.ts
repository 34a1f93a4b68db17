import { UsageError } from '../../base/errors.js';
import { defineCommand } from '../../cli/command.js';
import { flagOf } from '../../cli/names.js';
import type { GlobalOptions, OptionValues } from '../../cli/options.js';
import { LIST, RUN, SWITCH, text } from '../../cli/values.js';
import { insist, tell } from '../../ui/lines/tell.js';

const OPTIONS = {
  filter: {
    takes: text('FILTER'),
    many: true,
    describe: "Runs for which this holds: 'testAccuracy>=0.99', lr:0.01, 'lenet*', '!status:completed'",
  },
  sort: {
    takes: text('COLUMN'),
    usual: 'the latest first',
    describe: 'Rows in the order of a column, the best first; or rising or falling: testLoss:desc',
    async completes() {
      const { runColumnNames } = await import('../../report/runs/columns.js');
      return { choices: runColumnNames() };
    },
  },
  columns: { takes: LIST, describe: 'These columns alone: run,seed,testAccuracy' },
  yes: { takes: SWITCH, describe: 'With rm: remove without asking' },
} as const;

type RunsArguments = OptionValues<typeof OPTIONS> & GlobalOptions;

export const command = defineCommand({
  name: 'runs',
  describe: 'Runs of a folder, also those that are being trained; or remove some',
  examples: [
    ['cnnzoo runs', 'every run in the folder runs, the latest first'],
    ["cnnzoo runs --filter 'testAccuracy>=0.99 batch:64' --sort testLoss", 'the best of some'],
    ['cnnzoo runs sweeps --format csv --columns run,seed,testAccuracy', 'of another folder, for a program'],
    ['cnnzoo evaluate @latest', 'the run that was begun last'],
    ['cnnzoo predict @best:lenet5 seven.png', 'the most accurate one of a model, a data set or a tag'],
    ['cnnzoo runs rm runs/lenet5-20260801-120000', 'remove one for good, after asking'],
  ],
  places: {
    folder: {
      takes: text('FOLDER|rm', 'folder'),
      describe: 'A folder with runs (default: runs); or rm, to remove the runs after it',
    },
    runs: { takes: RUN, many: true, describe: 'With rm: run folders' },
  },
  options: OPTIONS,
  async run(args) {
    const { folder, runs } = args;
    if (folder === 'rm') return removeRuns(runs, args);
    if (runs.length > 0)
      throw new UsageError(`runs lists one folder at a time, got ${JSON.stringify(runs[0])} as well.`);
    if (args.yes) throw new UsageError('--yes goes with runs rm only.');
    return listFolder(folder, args);
  },
});

async function listFolder(given: string | undefined, args: RunsArguments): Promise<number> {
  const { RUNS } = await import('../../runs/run-paths.js');
  const { exists } = await import('../../base/files/folders.js');
  const { namedRunColumns, sortRunRows } = await import('../../report/runs/columns.js');
  const { filteredRuns, renderRuns } = await import('../../report/runs/render.js');
  const { listRuns } = await import('../../tasks/runs/run-rows.js');
  const { printResult } = await import('../../report/output.js');
  if (given !== undefined && !exists(given)) throw new UsageError(`There is no folder ${given}.`);
  const folder = given ?? RUNS;
  const { rows: all, problems } = listRuns(folder);
  const columns = args.columns && namedRunColumns(args.columns, all);
  const found = filteredRuns(all, args.filter ?? []);
  const sorted = args.sort === undefined ? { rows: found, notes: [] } : sortRunRows(found, args.sort);
  await printResult((format, style) => renderRuns(sorted.rows, format, style, columns), args);
  for (const note of [...sorted.notes, ...emptyNotes(folder, all.length, found.length)])
    tell(`notice: ${note}`);
  for (const sentence of problems.flatMap(({ sentences }) => sentences)) insist(sentence);
  return problems.length > 0 ? 1 : 0;
}

function emptyNotes(folder: string, all: number, found: number): string[] {
  if (all === 0)
    return [`there are no runs in ${folder} yet; "cnnzoo train lenet5 --dataset digits" makes one.`];
  return found === 0 ? [`the filter holds for none of the ${all} runs in ${folder}.`] : [];
}

async function removeRuns(runs: readonly string[], args: RunsArguments): Promise<number> {
  const stray = (['filter', 'sort', 'columns'] as const).find((key) => args[key] !== undefined);
  if (stray !== undefined) throw new UsageError(`${flagOf(stray)} does not go with runs rm: name the runs.`);
  if (runs.length === 0) throw new UsageError('runs rm needs at least one run: cnnzoo runs rm RUN...');
  const { removeAll, requireRemovable } = await import('../../runs/watch/removing.js');
  await requireRemovable(runs);
  if (!args.yes && !(await isMeant(runs))) return 0;
  await removeAll(runs, (dir) => tell(`removed ${dir}`));
  return 0;
}

/** Asks on the terminal. @throws UsageError where there is nobody to ask */
async function isMeant(runs: readonly string[]): Promise<boolean> {
  const { askYes } = await import('../../ui/lines/ask.js');
  const { counted } = await import('../../base/text/words.js');
  for (const run of runs) insist(run);
  const answer = await askYes(`Remove ${counted(runs.length, 'run')} for good, weights and all?`);
  if (answer !== null) return answer;
  throw new UsageError('runs rm asks before it removes anything, and nobody is there to answer: add --yes.');
}
