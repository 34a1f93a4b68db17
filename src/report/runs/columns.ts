import { UsageError } from '../../base/errors.js';
import {
  formatDuration,
  formatEta,
  formatInteger,
  formatLoss,
  formatPercent,
  formatRate,
} from '../../base/text/format.js';
import { nearest } from '../../base/text/nearest.js';
import { setting } from '../../base/text/settings.js';
import type { RunListRow } from '../../tasks/runs/run-rows.js';
import type { RunColumn } from '../compare/column.js';
import { differingColumns, isSettingKey, settingColumn } from '../compare/setting-columns.js';
import { compareValues, readSort } from '../sorting.js';

export type RunListColumn = RunColumn<RunListRow>;

type Key = Exclude<keyof RunListRow, 'config' | 'testedOn'>;

const right = { align: 'right' } as const;
const share = { ...right, format: formatPercent, best: 'high', isResult: true } as const;
const loss = { ...right, format: formatLoss, isResult: true } as const;

/** Every column, in the order of the JSON. */
const COLUMNS = {
  run: { header: 'Run', priority: 0, shrinkTo: 20, cut: 'middle', value: (row) => row.run },
  name: { header: 'Model', priority: 3, shrinkTo: 10, value: (row) => row.name },
  status: { header: 'Status', priority: 0, value: (row) => row.status },
  dataset: { header: 'Dataset', priority: 9, shrinkTo: 8, value: (row) => row.dataset },
  epochs: { ...right, header: 'Epochs', priority: 3, value: (row) => row.epochs },
  plannedEpochs: { ...right, header: 'Of', priority: 4, value: (row) => row.plannedEpochs },
  testAccuracy: { ...share, header: 'Accuracy', priority: 1, value: (row) => row.testAccuracy },
  testLoss: { ...loss, header: 'Loss', priority: 2, value: (row) => row.testLoss },
  validationAccuracy: { ...share, header: 'Validation', priority: 5, value: (row) => row.validationAccuracy },
  validationLoss: { ...loss, header: 'Val. loss', priority: 16, value: (row) => row.validationLoss },
  trainingAccuracy: { ...share, header: 'In training', priority: 5, value: (row) => row.trainingAccuracy },
  trainingLoss: { ...loss, header: 'Tr. loss', priority: 16, value: (row) => row.trainingLoss },
  seconds: { ...right, header: 'Time', priority: 11, value: (row) => row.seconds, format: formatDuration },
  imagesPerSecond: {
    ...right,
    header: 'Images/s',
    priority: 12,
    value: (row) => row.imagesPerSecond,
    format: formatRate,
    best: 'high',
  },
  etaSeconds: { ...right, header: 'Left', priority: 4, value: (row) => row.etaSeconds, format: formatEta },
  optimizer: { header: 'Optimizer', priority: 7, value: (row) => row.optimizer },
  learningRate: { ...right, header: 'Learning rate', priority: 7, value: (row) => row.learningRate },
  batchSize: { ...right, header: 'Batch', priority: 7, value: (row) => row.batchSize },
  seed: { ...right, header: 'Seed', priority: 8, value: (row) => row.seed },
  params: { ...right, header: 'Params', priority: 13, value: (row) => row.params, format: formatInteger },
  device: { header: 'Device', priority: 14, value: (row) => row.device },
  tags: {
    header: 'Tags',
    priority: 5,
    value: (row) => (row.tags.length === 0 ? null : row.tags.join(' ')),
    json: (row) => row.tags,
  },
  created: { header: 'Begun', priority: 10, value: (row) => row.created, format: localTime },
} satisfies Record<Key, Omit<RunListColumn, 'key'>>;

/** Other names of columns in filters: those of the studio's list. */
export const ALIASES: Readonly<Record<string, string>> = {
  acc: 'testAccuracy',
  accuracy: 'testAccuracy',
  loss: 'testLoss',
  lr: 'learningRate',
  rate: 'imagesPerSecond',
  speed: 'imagesPerSecond',
  batch: 'batchSize',
  data: 'dataset',
  model: 'name',
  state: 'status',
  tag: 'tags',
};

const KEYS = Object.keys(COLUMNS) as Key[];

const pick = (keys: readonly Key[]): RunListColumn[] => keys.map((key) => ({ key, ...COLUMNS[key] }));

/** The names that `sort` and `columns` take, before any run is known. */
export function runColumnNames(): readonly string[] {
  return KEYS;
}

/** Everything there is: what JSON and CSV have. Settings that differ between the runs come last. */
export function allRunColumns(rows: readonly RunListRow[]): RunListColumn[] {
  return [...pick(KEYS), ...differingColumns(rows)];
}

/** What a table shows where nothing is asked for: what applies, and what is not the same all the way down. */
export function shownRunColumns(rows: readonly RunListRow[]): RunListColumn[] {
  const values = (key: Key) => new Set(rows.map((row) => COLUMNS[key].value(row)));
  const isThere = (key: Key) => [...values(key)].some((value) => value !== null);
  const differs = (key: Key) => values(key).size > 1;
  const isUntested = rows.some((row) => row.testAccuracy === null);
  return [
    ...pick(['run', 'status', ...(['name', 'tags'] as const).filter(isThere)]),
    ...pick((['dataset', 'optimizer', 'learningRate', 'batchSize', 'seed'] as const).filter(differs)),
    ...differingColumns(rows),
    ...pick(['epochs', 'plannedEpochs']),
    ...pick((['testAccuracy', 'testLoss', 'validationAccuracy'] as const).filter(isThere)),
    ...pick((['trainingAccuracy'] as const).filter((key) => isUntested && isThere(key))),
    ...pick(['seconds', 'imagesPerSecond', ...(['etaSeconds'] as const).filter(isThere), 'created']),
  ];
}

/**
 * The columns of these names, in its order; the first stays however narrow the terminal is.
 * @throws UsageError for a name that is not a column's
 */
export function namedRunColumns(names: readonly string[], rows: readonly RunListRow[] = []): RunListColumn[] {
  return names.map((name, i) => ({ ...namedColumn(setting('columns'), name, rows), priority: i }));
}

/** @throws UsageError for a name that is not a column's, with the nearest and the list. */
function namedColumn(flag: string, name: string, rows: readonly RunListRow[]): RunListColumn {
  const key = KEYS.find((one) => one === (ALIASES[name] ?? name));
  if (key !== undefined) return { key, ...COLUMNS[key] };
  if (isSettingKey(name)) return settingColumn(name, rows);
  const close = nearest(name, [...KEYS, ...Object.keys(ALIASES)]);
  throw new UsageError(
    `${flag}: there is no column "${name}".${close === undefined ? '' : ` Did you mean "${close}"?`} There are ${KEYS.join(', ')}, and settings as ${setting('set')} takes them, such as training.validationSplit.`,
  );
}

/**
 * Rows in the order of a column, the best first, or rising or falling where that is said: `testLoss:desc`. Rows without a
 * figure come last.
 * @throws UsageError for a name that is not a column's, and for another order than `asc` or `desc`
 */
export function sortRunRows(
  rows: readonly RunListRow[],
  given: string,
): { readonly rows: RunListRow[]; readonly notes: readonly string[] } {
  const { name, sign } = readSort(given);
  const column: RunListColumn = namedColumn(setting('sort'), name, rows);
  const direction = sign ?? (column.best === 'high' ? -1 : 1);
  return {
    rows: rows.toSorted((a, b) => compareValues(column.value(a), column.value(b), direction)),
    notes: mixedNotes(rows, column),
  };
}

/** What a ranking does not say by itself: that figures are of different images. */
function mixedNotes(rows: readonly RunListRow[], column: RunListColumn): string[] {
  const ranked = rows.filter((row) => column.isResult && column.value(row) !== null);
  if (new Set(ranked.map(({ testedOn }) => testedOn)).size < 2) return [];
  return [
    `These runs were tested on different images, so their order by ${column.key} does not say which is better: filter by data set, such as dataset:${ranked[0]!.dataset}.`,
  ];
}

/** The local time to the minute: `2026-11-29 01:30`. */
function localTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
