import { maxOf } from '../../base/extremes.js';
import { formatPercent } from '../../base/text/format.js';
import { visible } from '../../base/text/visible.js';
import type { Sweep, SweepCell } from '../../tasks/compare/sweep.js';
import { textWidth, truncate } from '../../terminal/text.js';
import type { Theme } from '../../terminal/theme.js';
import { rangeOf, type SweepRange, shareOf } from '../charts/sweep-range.js';
import type { TableStyle } from '../table.js';

/** The least columns for a line with its error bar. */
const MIN_LINE = 16;
const MAX_LINE = 60;
/** Colours of the 256 of terminals from low to high, dark enough for white text. */
const RAMP = [236, 238, 23, 24, 25, 28] as const;

/** A sweep over one setting as a line with error bars, over two as a heat map; of more there is none. */
export function renderSweep(sweep: Sweep, style: TableStyle): string | null {
  const [first, second, ...more] = sweep.keys;
  if (first === undefined || more.length > 0) return null;
  const range = rangeOf(sweep.cells);
  return second === undefined
    ? errorBars(sweep, range, style)
    : heatMap(sweep, range, [first, second], style);
}

function title({ model }: Sweep, by: string, { theme }: TableStyle): string {
  return theme.paint('strong', `Test accuracy of ${visible(model)} by ${by}`);
}

/** A row a value: its mean, and from one deviation below it to one above. */
function errorBars(sweep: Sweep, range: SweepRange, style: TableStyle): string {
  const [key] = sweep.keys;
  const { theme, width } = style;
  const labels = sweep.cells.map(({ values }) => visible(values[key!]!));
  const side = Math.min(Math.floor(width / 3), maxOf(labels.map(textWidth)));
  const figures = sweep.cells.map(figureOf);
  const figure = maxOf(figures.map(textWidth));
  const room = Math.min(MAX_LINE, width - side - figure - 4);
  const rows = sweep.cells.map((cell, i) => {
    const label = padEnd(truncate(labels[i]!, side, theme.glyphs.ellipsis), side);
    const line = room < MIN_LINE ? '' : `  ${barOf(cell, range, room, theme)}`;
    const isBest = cell.meanTestAccuracy === range.best;
    return `${label}  ${theme.paint(isBest ? 'good' : 'plain', figures[i]!.padStart(figure))}${line}`;
  });
  const axis =
    room < MIN_LINE ? [] : [theme.paint('quiet', `${' '.repeat(side + figure + 4)}${axisOf(range, room)}`)];
  return `${[title(sweep, visible(key!), style), ...rows, ...axis].join('\n')}\n`;
}

/** `97.50 ± 0.21 %`. */
function figureOf({ meanTestAccuracy, testAccuracyDeviation }: SweepCell): string {
  if (testAccuracyDeviation === null) return formatPercent(meanTestAccuracy);
  return `${(100 * meanTestAccuracy).toFixed(2)} ± ${formatPercent(testAccuracyDeviation)}`;
}

function barOf(
  { meanTestAccuracy, testAccuracyDeviation }: SweepCell,
  range: SweepRange,
  room: number,
  { glyphs }: Theme,
): string {
  const at = (value: number) => Math.round(shareOf(range, value) * (room - 1));
  const spread = testAccuracyDeviation ?? 0;
  const [low, middle, high] = [meanTestAccuracy - spread, meanTestAccuracy, meanTestAccuracy + spread].map(
    at,
  );
  const marks = glyphs.braille
    ? { line: '─', low: '├', high: '┤', mean: '●' }
    : { line: '-', low: '|', high: '|', mean: 'o' };
  const letters = Array.from({ length: room }, (_, i) => (i > low! && i < high! ? marks.line : ' '));
  if (low! < middle!) letters[low!] = marks.low;
  if (high! > middle!) letters[high!] = marks.high;
  letters[middle!] = marks.mean;
  return letters.join('').trimEnd();
}

function axisOf({ low, high }: SweepRange, room: number): string {
  const [left, right] = [formatPercent(low), formatPercent(high)];
  return `${left}${' '.repeat(Math.max(1, room - left.length - right.length))}${right}`;
}

/** A row a value of the first setting, a column a value of the second. */
function heatMap(
  sweep: Sweep,
  range: SweepRange,
  [first, second]: readonly [string, string],
  style: TableStyle,
): string | null {
  const { theme, width } = style;
  const [rows, columns] = [sweep.values[0]!, sweep.values[1]!];
  const widest = (values: readonly string[]) => maxOf(values.map((value) => textWidth(visible(value))));
  const cell = Math.max(6, widest(columns)) + 2;
  const side = widest(rows) + 1;
  if (side + cell * columns.length > width) return null;
  const lines = rows.map((row) => {
    const cells = columns.map((column) => {
      const found = sweep.cells.find(({ values }) => values[first] === row && values[second] === column);
      if (found === undefined) return theme.paint('quiet', '-'.padStart(cell - 1).padEnd(cell));
      const isBest = found.meanTestAccuracy === range.best;
      const text = `${(100 * found.meanTestAccuracy).toFixed(2)}${isBest ? '*' : ' '}`.padStart(cell);
      return theme.shade(RAMP[stepOf(range, found)]!, text);
    });
    return `${padEnd(visible(row), side)}${cells.join('')}`;
  });
  const head = columns.map((value) => `${visible(value)} `.padStart(cell)).join('');
  return `${[
    `${title(sweep, `${visible(first)} (down) and ${visible(second)} (across)`, style)}${theme.paint('quiet', ', in percent; * the best')}`,
    theme.paint('quiet', ' '.repeat(side) + head),
    ...lines,
  ].join('\n')}\n`;
}

function stepOf(range: SweepRange, { meanTestAccuracy }: SweepCell): number {
  return Math.min(RAMP.length - 1, Math.floor(shareOf(range, meanTestAccuracy) * RAMP.length));
}

function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}
