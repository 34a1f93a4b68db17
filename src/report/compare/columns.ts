import { UsageError } from '../../base/errors.js';
import {
  formatBytes,
  formatDuration,
  formatInteger,
  formatLoss,
  formatPercent,
} from '../../base/text/format.js';
import { nearest } from '../../base/text/nearest.js';
import { setting } from '../../base/text/settings.js';
import type { CompareRow } from '../../tasks/compare/row.js';
import { formatPoints } from '../results/gap.js';
import { compareValues, readSort } from '../sorting.js';
import type { CompareColumn } from './column.js';
import { differingColumns, isSettingKey, SETTING_KEYS, settingColumn } from './setting-columns.js';

const right = { align: 'right' } as const;

/** Every column, in the order of the JSON. */
const COLUMNS = {
  name: { header: 'Name', priority: 0, value: (row) => row.name },
  kind: { header: 'Kind', priority: 12, value: (row) => row.kind },
  params: { ...right, header: 'Params', priority: 3, value: (row) => row.params, format: formatInteger },
  macs: { ...right, header: 'MACs', priority: 4, value: (row) => row.macs, format: formatInteger },
  parameterBytes: {
    ...right,
    header: 'Weights',
    priority: 9,
    value: (row) => row.parameterBytes,
    format: formatBytes,
  },
  trainingActivationBytes: {
    ...right,
    header: 'Activations',
    priority: 10,
    value: (row) => row.trainingActivationBytes,
    format: formatBytes,
  },
  receptiveField: {
    ...right,
    header: 'Rec. field',
    priority: 11,
    value: (row) => row.receptiveField?.join('x') ?? null,
    json: (row) => row.receptiveField,
    none: 'all',
  },
  dataset: { header: 'Dataset', priority: 7, value: (row) => row.dataset },
  epochs: { ...right, header: 'Epochs', priority: 8, value: (row) => row.epochs },
  testAccuracy: {
    ...right,
    header: 'Accuracy',
    priority: 1,
    value: (row) => row.testAccuracy,
    format: formatPercent,
    best: 'high',
    isResult: true,
  },
  testLoss: {
    ...right,
    header: 'Loss',
    priority: 5,
    value: (row) => row.testLoss,
    format: formatLoss,
    isResult: true,
  },
  seconds: {
    ...right,
    header: 'Time',
    priority: 5,
    value: (row) => row.seconds,
    format: formatDuration,
    isResult: true,
  },
  imagesPerSecond: {
    ...right,
    header: 'Images/s',
    priority: 6,
    value: (row) => row.imagesPerSecond,
    format: formatInteger,
    best: 'high',
    isResult: true,
  },
  run: { header: 'Run', priority: 7, value: (row) => row.run },
  status: { header: 'Status', priority: 2, value: (row) => row.status },
  seed: { ...right, header: 'Seed', priority: 6, value: (row) => row.seed },
  optimizer: { header: 'Optimizer', priority: 4, value: (row) => row.optimizer },
  learningRate: { ...right, header: 'Learning rate', priority: 4, value: (row) => row.learningRate },
  batchSize: { ...right, header: 'Batch', priority: 4, value: (row) => row.batchSize },
  trainImages: {
    ...right,
    header: 'Trained on',
    priority: 13,
    value: (row) => row.trainImages,
    format: formatInteger,
  },
  testImages: {
    ...right,
    header: 'Tested on',
    priority: 13,
    value: (row) => row.testImages,
    format: formatInteger,
  },
  engine: { header: 'Engine', priority: 14, value: (row) => row.engine },
  device: { header: 'Device', priority: 14, value: (row) => row.device },
  group: { header: 'Group', priority: 2, value: (row) => row.group },
  trainingAccuracy: {
    ...right,
    header: 'In training',
    priority: 9,
    value: (row) => row.trainingAccuracy,
    format: formatPercent,
    best: 'high',
    isResult: true,
  },
  trainingMeasured: { header: 'Measured', priority: 14, value: (row) => row.trainingMeasured },
  gap: {
    ...right,
    header: 'Gap',
    priority: 6,
    value: (row) => row.gap,
    format: formatPoints,
    isResult: true,
  },
  gapByEpoch: {
    header: 'Gap by epoch',
    priority: 15,
    value: (row) => row.gapByEpoch?.map(formatPoints).join(' ') ?? null,
    json: (row) => row.gapByEpoch,
  },
} satisfies Record<Key, Omit<CompareColumn, 'key'>>;

type Key = Exclude<keyof CompareRow, 'config'>;

const KEYS = Object.keys(COLUMNS) as Key[];

const pick = (keys: readonly Key[]): CompareColumn[] => keys.map((key) => ({ key, ...COLUMNS[key] }));

/** Everything there is: what JSON and CSV have. Settings that differ between the runs come last. */
export function allColumns(rows: readonly CompareRow[]): CompareColumn[] {
  return [...pick(KEYS), ...differingColumns(rows)];
}

/** The names that `sort` and `columns` take, before any run is known. */
export function columnNames(): string[] {
  return [...KEYS, ...SETTING_KEYS];
}

/** What a table shows where nothing is asked for: what applies, and what is not the same all the way down. */
export function shownColumns(rows: readonly CompareRow[]): CompareColumn[] {
  const differs = (key: Key) => new Set(rows.map((row) => row[key]).filter((v) => v !== null)).size > 1;
  const sizes: Key[] = ['params', 'macs', 'parameterBytes', 'trainingActivationBytes', 'receptiveField'];
  if (rows.every((row) => row.kind === 'model')) return pick(['name', ...sizes]);
  const isUnfinished = rows.some((row) => row.status !== null && row.status !== 'completed');
  const namesClash = new Set(rows.map((row) => row.name)).size < rows.length;
  const settings = [
    ...pick((['optimizer', 'learningRate', 'batchSize'] as const).filter(differs)),
    ...differingColumns(rows),
  ];
  const before = pick([
    ...(differs('group') ? (['group'] as const) : []),
    'name',
    ...(differs('seed') ? (['seed'] as const) : []),
  ]);
  const after = pick([
    'testAccuracy',
    'testLoss',
    ...(rows.some((row) => row.gap !== null) ? (['gap'] as const) : []),
    ...(isUnfinished ? (['status'] as const) : []),
    'epochs',
    'seconds',
    'imagesPerSecond',
    ...sizes,
    'dataset',
    'run',
  ]);
  // Rows of one name are told apart by their folders and their settings.
  const telling = (priority: number) => (column: CompareColumn) =>
    namesClash ? { ...column, priority } : column;
  return [
    ...before,
    ...settings.map(telling(2)),
    ...after.map((column) => (column.key === 'run' ? telling(1)(column) : column)),
  ];
}

/**
 * The columns of these names, in its order; the first stays however narrow the terminal is.
 * @param rows what they are to show, once that is known
 * @throws UsageError for a name that is not a column's.
 */
export function namedColumns(names: readonly string[], rows: readonly CompareRow[] = []): CompareColumn[] {
  const columns = names.map((name) => namedColumn(setting('columns'), name, rows));
  return columns.map((column, i) => ({ ...column, priority: i }));
}

/** @throws UsageError where a setting that was asked for is none of any of these runs. */
export function requireSettings(rows: readonly CompareRow[], columns: readonly CompareColumn[]): void {
  const runs = rows.filter(({ kind }) => kind === 'run');
  const missing = columns.find(
    (column) => !isKey(column.key) && runs.every((row) => column.value(row) === null),
  );
  if (missing === undefined || runs.length === 0) return;
  throw new UsageError(`${setting('columns')}: none of these runs has a setting "${missing.key}".`);
}

function isKey(name: string): name is Key {
  return KEYS.some((key) => key === name);
}

/** @throws UsageError for a name that is not a column's, with the nearest and the list. */
function namedColumn(flag: string, name: string, rows: readonly CompareRow[]): CompareColumn {
  if (isKey(name)) return { key: name, ...COLUMNS[name] };
  if (isSettingKey(name)) return settingColumn(name, rows);
  const close = nearest(name, columnNames());
  const meant = close === undefined ? '' : ` Did you mean "${close}"?`;
  throw new UsageError(
    `${flag}: there is no column "${name}".${meant} There are ${KEYS.join(', ')}, and settings as ${setting('set')} takes them, such as training.validationSplit.`,
  );
}

/**
 * Rows in the order of a column, the best first: the highest accuracy and rate, the lowest of everything else; or rising or
 * falling where that is said, `params:desc`. Rows without a figure come last. What came out of training is ranked within
 * each group only.
 * @param given undefined for the order that they have
 * @throws UsageError for a name that is not a column's, and for another order than `asc` or `desc`.
 */
export function sortRows(rows: readonly CompareRow[], given: string | undefined): readonly CompareRow[] {
  if (given === undefined) return rows;
  const { name, sign: wanted } = readSort(given);
  const column = namedColumn(setting('sort'), name, rows);
  const sign = wanted ?? (column.best === 'high' ? -1 : 1);
  const figure = (row: CompareRow) =>
    column.key === 'receptiveField' ? (row.receptiveField?.[0] ?? null) : column.value(row);
  return rows.toSorted((a, b) => {
    const byGroup = column.isResult ? compareValues(a.group, b.group, 1) : 0;
    return byGroup || compareValues(figure(a), figure(b), sign);
  });
}

/** The most accurate run, where all runs can be held against each other and there is more than one. */
export function bestRow(rows: readonly CompareRow[]): CompareRow | undefined {
  const tested = rows.filter((row) => row.testAccuracy !== null);
  if (tested.length < 2 || new Set(tested.map((row) => row.group)).size > 1) return undefined;
  return tested.reduce((best, row) => (row.testAccuracy! > best.testAccuracy! ? row : best));
}
