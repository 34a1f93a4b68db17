import { join } from 'node:path';
import { formatEta, formatLoss, formatPercent, formatRate } from '../../../../base/text/format.js';
import { toneOf } from '../../../../report/charts/braille-chart.js';
import type { Column } from '../../../../report/column.js';
import { RUNS } from '../../../../runs/run-paths.js';
import { settingOf, settingText } from '../../../../tasks/compare/settings.js';
import { markOf } from '../../../../terminal/braille.js';
import type { Tone } from '../../../../terminal/theme.js';
import { shortNames } from '../../parts/short-names.js';
import { lineOf } from '../../parts/words.js';
import type { ListSource } from '../../state/pane.js';
import type { RunsState } from '../../state/runs-state.js';
import { CONDITION_WORDS, type RunFigure, type RunRow, runRows } from './run-row.js';

const right = 'right' as const;

/** A name is given so many columns before settings get any. */
const NAME = 28;

const NAMED_AS: Readonly<Record<RunFigure['of'], string>> = {
  test: 'test',
  validation: 'val',
  training: 'train',
};

const FIRST: readonly Column<RunRow>[] = [
  { key: 'name', header: 'Run', priority: 0, shrinkTo: NAME, value: (row) => row.name },
  { key: 'state', header: 'State', priority: 0, value: (row) => CONDITION_WORDS[row.condition] },
  { key: 'epoch', header: 'Epoch', priority: 3, align: right, value: epochOf },
  {
    key: 'accuracy',
    header: 'Accuracy',
    priority: 0,
    align: right,
    value: (row) => row.accuracy?.value ?? null,
    format: (value) => formatPercent(value),
    note: ({ accuracy }) => (accuracy === null ? '' : NAMED_AS[accuracy.of]),
  },
  {
    key: 'loss',
    header: 'Loss',
    priority: 2,
    align: right,
    value: (row) => row.loss?.value ?? null,
    format: (value) => formatLoss(value),
  },
  // The figure says it already; it can be filtered by.
  { key: 'of', header: 'of', priority: 40, value: (row) => row.accuracy?.of ?? null },
  {
    key: 'speed',
    header: 'Images/s',
    priority: 5,
    align: right,
    value: (row) => row.run?.now?.imagesPerSecond ?? row.run?.brief?.history.at(-1)?.imagesPerSecond ?? null,
    format: (value) => formatRate(value),
  },
  {
    key: 'eta',
    header: 'Left',
    priority: 4,
    align: right,
    value: (row) => (row.condition === 'training' ? (row.run?.now?.etaSeconds ?? null) : null),
    format: (value) => formatEta(value),
  },
];

const LAST: readonly Column<RunRow>[] = [
  {
    key: 'created',
    header: 'Begun',
    priority: 20,
    // What starts is the latest of all; of what cannot be read it is not known.
    value: ({ run }) => (run === null ? '9999' : (run.brief?.created ?? null)),
    format: whenOf,
  },
];

/** Settings that every run has, by names as in comparisons. */
const USUAL: readonly Column<RunRow>[] = [
  { key: 'model', header: 'Model', priority: 9, shrinkTo: 10, value: (row) => row.run?.brief?.model ?? null },
  {
    key: 'dataset',
    header: 'Data',
    priority: 10,
    shrinkTo: 8,
    value: (row) => row.run?.brief?.dataset.name ?? null,
  },
  {
    key: 'optimizer',
    header: 'Optimizer',
    priority: 11,
    value: (row) => row.config?.training.optimizer?.name ?? null,
  },
  {
    key: 'learningRate',
    header: 'LR',
    priority: 8,
    align: right,
    value: (row) => row.config?.training.optimizer?.learningRate ?? null,
  },
  {
    key: 'batchSize',
    header: 'Batch',
    priority: 12,
    align: right,
    value: (row) => row.run?.brief?.batchSize ?? null,
  },
  { key: 'seed', header: 'Seed', priority: 13, align: right, value: (row) => row.run?.brief?.seed ?? null },
  {
    key: 'epochs',
    header: 'Epochs',
    priority: 14,
    align: right,
    value: (row) => row.run?.brief?.epochs ?? null,
  },
  { key: 'device', header: 'Device', priority: 15, value: (row) => row.run?.brief?.engine.device ?? null },
];

function epochOf({ run }: RunRow): string | null {
  if (!run?.brief) return null;
  const { epoch, epochs } = run.brief;
  return `${run.now === null ? epoch : Math.max(epoch, Math.floor(run.now.position))}/${epochs}`;
}

/** The local time, without the year: `11-29 01:30`. */
function whenOf(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime()) || iso.length < 8) return '';
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

const keptColumns = new WeakMap<
  readonly RunRow[],
  { readonly differing: readonly string[]; readonly columns: readonly Column<RunRow>[] }
>();

/** The columns that all runs have, then the settings that are not the same in all of them, then those that are. */
function runColumns(state: RunsState): readonly Column<RunRow>[] {
  const rows = runRows(state);
  const before = keptColumns.get(rows);
  if (before?.differing === state.differing) return before.columns;
  const differs = ({ value }: Column<RunRow>) =>
    new Set(rows.map(value).filter((one) => one !== null)).size > 1;
  const [varied, same] = [USUAL.filter(differs), USUAL.filter((column) => !differs(column))];
  const others = state.differing.map(
    (key, i): Column<RunRow> => ({
      key,
      header: key.replace(/^training\./, ''),
      priority: 16 + i / 100,
      shrinkTo: 8,
      value: ({ config }) => textOf(config === null ? undefined : settingOf(config, key)),
    }),
  );
  // What is the same everywhere can still be filtered by, but nobody needs to see it.
  const [name, ...first] = FIRST;
  const columns = [
    { ...name!, cut: shortNames(rows.map((row) => row.name)) },
    ...first,
    ...varied,
    ...others,
    ...LAST,
    ...same.map((column) => ({ ...column, priority: 30 })),
  ];
  keptColumns.set(rows, { differing: state.differing, columns });
  return columns;
}

function textOf(value: unknown): string | number | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'number' ? value : settingText(value);
}

const TONES: Readonly<Partial<Record<RunRow['condition'], Tone>>> = {
  training: 'training',
  elsewhere: 'training',
  starting: 'quiet',
  completed: 'good',
  stopped: 'warning',
  interrupted: 'warning',
  diverged: 'bad',
  gone: 'bad',
  failed: 'bad',
  damaged: 'bad',
};

/** A training whose run comes to lie in the folder. */
function trainWords(folder: string): string[] {
  const words = ['train', 'lenet5', '--dataset', 'digits', '--epochs', '2'];
  return folder === RUNS ? words : [...words, '--run-dir', join(folder, 'lenet5')];
}

export const runList: ListSource<RunRow> = {
  rows: ({ runs }) => runRows(runs),
  id: ({ dir }) => dir,
  canMark: ({ run }) => run !== null,
  columns: ({ runs }) => runColumns(runs),
  aliases: {
    run: 'name',
    status: 'state',
    acc: 'accuracy',
    lr: 'learningRate',
    rate: 'speed',
    batch: 'batchSize',
    data: 'dataset',
    left: 'eta',
  },
  tone: (row, column) => (column.key === 'state' ? (TONES[row.condition] ?? 'plain') : 'plain'),
  mark({ lists }, row) {
    const index = lists.runs.marks.indexOf(row.dir);
    return index < 0 ? null : { text: markOf(index), tone: toneOf(index) };
  },
  empty: ({ folder, runs }) =>
    runs.isRead
      ? [
          runs.hasFolder
            ? `No runs in ${folder} yet.`
            : `There is no folder ${folder} yet: the first training makes it.`,
          '',
          'In the zoo (key 1) choose a model, t trains it, and it shows up here.',
          `Trainings from anywhere else do too: ${lineOf(trainWords(folder))}`,
        ]
      : [`Looking at ${folder}.`],
};
