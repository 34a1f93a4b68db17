import { Chalk } from 'chalk';
import { maxOf } from '../../base/extremes.js';
import { colorLevel } from '../../terminal/color.js';
import { truncate } from '../../terminal/text.js';
import type { Column } from '../column.js';
import { renderTable, type TableStyle } from '../table.js';

const MOST_CONFUSED = 10;
/** Of the 256 colours of terminals, dark enough for white text. */
const GREENS = [22, 22, 28];
const REDS = [52, 88, 124, 160];
/** The shares of a row from which each red holds. */
const RED_SHARES = [0.005, 0.02, 0.05, 0.1];

/** The matrix where it fits, else the pairs that are confused most. */
export function renderConfusion(
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
  color: boolean | undefined,
  style: TableStyle,
): string {
  const largest = confusion.reduce((most, row) => maxOf(row, most), 0);
  const width = Math.max(String(largest).length, String(classes.length - 1).length) + 1;
  const isShort = classes.every((label) => label.length < width);
  // Columns are headed by numbers where the labels are too long; the rows then say which number is which.
  const names = isShort
    ? classes
    : classes.map((label, i) => (label === String(i) ? label : `${i} ${label}`));
  const side = Math.min(20, maxOf(names.map((name) => name.length))) + 1;
  if (side + width * classes.length > Math.min(style.width, 200))
    return renderConfused(confusion, classes, style);
  const shade = shading(color);
  const { paint, glyphs } = style.theme;
  const head = classes.map((label, i) => (isShort ? label : String(i)).padStart(width)).join('');
  const rows = confusion.map((row, i) => {
    const total = row.reduce((a, b) => a + b, 0);
    const cells = row.map((count, j) => {
      const text = (count === 0 ? '.' : String(count)).padStart(width);
      return count === 0 ? paint('quiet', text) : shade(text, count / total, i === j);
    });
    return truncate(names[i]!, side - 1, glyphs.ellipsis).padEnd(side) + cells.join('');
  });
  const title = `${paint('strong', 'Confusion')} ${paint('quiet', '(a row a true class, a column a predicted one)')}`;
  return [title, ' '.repeat(side) + paint('quiet', head), ...rows, ''].join('\n');
}

/** Which classes are taken for which others, the most frequent first. */
function renderConfused(
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
  style: TableStyle,
): string {
  const pairs = confusion
    .flatMap((row, i) =>
      row.map((count, j) => ({ label: classes[i]!, predicted: classes[j]!, count, wrong: i !== j })),
    )
    .filter(({ count, wrong }) => wrong && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_CONFUSED);
  const columns: readonly Column<(typeof pairs)[number]>[] = [
    { key: 'label', header: 'Class', priority: 0, shrinkTo: 10, value: (pair) => pair.label },
    { key: 'predicted', header: 'Taken for', priority: 0, shrinkTo: 10, value: (pair) => pair.predicted },
    { key: 'count', header: 'Images', priority: 0, align: 'right', value: (pair) => pair.count },
  ];
  return pairs.length === 0 ? '' : renderTable(pairs, columns, style);
}

/** How a cell of the matrix looks: greens on the diagonal, reds beside it, the stronger the larger the row's share. */
function shading(color: boolean | undefined): (text: string, share: number, isRight: boolean) => string {
  const { stdout, env } = process;
  const level = colorLevel(stdout, { env, flag: color });
  const chalk = new Chalk({ level });
  if (level < 2) {
    return (text, share, isRight) => (isRight ? chalk.green(text) : share < 0.05 ? text : chalk.red(text));
  }
  return (text, share, isRight) => {
    if (isRight) return chalk.bgAnsi256(GREENS[Math.min(2, Math.floor(share * 3))]!).whiteBright(text);
    const step = RED_SHARES.findLastIndex((least) => share >= least);
    return step < 0 ? text : chalk.bgAnsi256(REDS[step]!).whiteBright(text);
  };
}
