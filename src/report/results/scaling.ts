import { maxOf } from '../../base/extremes.js';
import { formatInteger } from '../../base/text/format.js';
import { counted } from '../../base/text/words.js';
import type { ScalingRow } from '../../tasks/bench/scaling.js';
import { barSpans } from '../../terminal/bar.js';
import { wrapText } from '../../terminal/text.js';
import { paintSpans } from '../../terminal/theme.js';
import type { Column } from '../column.js';
import type { Format } from '../format.js';
import { renderRows } from '../render.js';
import type { TableStyle } from '../table.js';
import { benchColumns } from './bench-columns.js';

/** A column of `bench`, which stays here up to another width. */
const own = (key: string, rest: Pick<Column<ScalingRow>, 'priority' | 'shrinkTo'>): Column<ScalingRow> => ({
  ...benchColumns.find((column) => column.key === key)!,
  ...rest,
});

/** On 60 columns there is room for those up to priority 1, and beside a short name for that of priority 2. */
const scalingColumns: readonly Column<ScalingRow>[] = [
  own('model', { priority: 0, shrinkTo: 12 }),
  own('mode', { priority: 1 }),
  own('batchSize', { priority: 4 }),
  { key: 'threads', header: 'Threads', priority: 0, align: 'right', value: (r) => r.threads },
  own('msPerStep', { priority: 3 }),
  own('imagesPerSecond', { priority: 0 }),
  {
    key: 'efficiency',
    header: 'Efficiency',
    priority: 2,
    align: 'right',
    value: (r) => r.efficiency,
    format: (share: number) => `${(100 * share).toFixed(0)} %`,
  },
  {
    key: 'expectedMs',
    header: 'Model ms',
    priority: 5,
    align: 'right',
    value: (r) => r.expectedMs,
    format: (ms: number) => ms.toFixed(ms < 100 ? 2 : 0),
  },
  { key: 'best', header: 'Best', priority: 0, value: remark },
];

function remark({ isFastest, isChosen }: ScalingRow): string {
  return [...(isFastest ? ['fastest'] : []), ...(isChosen ? ['taken'] : [])].join(', ');
}

/** How images/s grow with threads, in any format; below a table as bars and in words. */
export async function renderScaling(
  cells: readonly (readonly ScalingRow[])[],
  format: Format,
  style: TableStyle,
): Promise<string> {
  const rows = cells.flat();
  const table = await renderRows(format, rows, scalingColumns, rows, style);
  return format === 'table' ? table + cells.map((cell) => `\n${chart(cell, style)}`).join('') : table;
}

const BAR = 40;
const LEAST_BAR = 10;

/** One cell's images/s as bars, and which number of threads is best. */
function chart(rows: readonly ScalingRow[], { width, theme }: TableStyle): string {
  const most = maxOf(rows.map(({ imagesPerSecond }) => imagesPerSecond));
  const labels = rows.map(({ threads }) => counted(threads, 'thread'));
  const values = rows.map(({ imagesPerSecond }) => `${formatInteger(Math.round(imagesPerSecond))} images/s`);
  const [left, right] = [labels, values].map((texts) => maxOf(texts.map(({ length }) => length)));
  const bar = Math.max(LEAST_BAR, Math.min(BAR, width - left! - right! - 3));
  const lines = rows.map(({ imagesPerSecond }, i) => {
    const spans = barSpans(imagesPerSecond / most, bar, theme.glyphs);
    return `${labels[i]!.padEnd(left!)} ${paintSpans(theme, spans)} ${values[i]!.padStart(right!)}\n`;
  });
  const said = wrapText(bestOf(rows), width).map((line) => `${theme.paint('plain', line)}\n`);
  return [...said, ...lines].join('');
}

/** Which number of threads is best, and what the model takes. */
function bestOf(rows: readonly ScalingRow[]): string {
  const best = rows.find(({ isFastest }) => isFastest)!;
  const { model, mode, batchSize, threads, speedUp } = best;
  const fastest =
    threads === 1
      ? '1 thread is fastest'
      : `${threads} threads are fastest, ${speedUp.toFixed(2)} times as fast as one`;
  const chosen = rows.find(({ isChosen }) => isChosen)?.threads;
  const other = rows[0]!.isChosen === null ? '' : chosen === threads ? ', and taken' : otherChoice(chosen);
  return `${model} ${mode}, batch ${batchSize}: ${fastest}${other}.`;
}

function otherChoice(chosen: number | undefined): string {
  return chosen === undefined
    ? '; a number that was not measured would be taken'
    : `; ${chosen} would be taken`;
}
