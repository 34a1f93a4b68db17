import { formatPercent } from '../../base/text/format.js';
import { escapeXml } from '../../base/text/markup.js';
import type { Sweep, SweepCell } from '../../tasks/compare/sweep.js';
import { rangeOf, type SweepRange, shareOf } from '../charts/sweep-range.js';
import { linearScale, percentTicks } from '../scale.js';
import { element, textElement } from '../svg/svg.js';
import { type Area, chart, marker, WIDTH, yOf } from './axes.js';

const HEIGHT = 250;
const AREA: Area = { left: 54, top: 26, right: WIDTH - 12, bottom: HEIGHT - 42 };
/** Of a heat map's cell, in pixels. */
const CELL = 30;
/** Room for the values of the first setting. */
const SIDE = 90;
const TOP = 34;
/** So many letters of a value have room. */
const LETTERS = 13;

/** A sweep over one setting as a line with error bars, over two as a heat map; of more there is none. */
export function sweepChart(sweep: Sweep): string | null {
  const [first, second, ...more] = sweep.keys;
  if (first === undefined || more.length > 0) return null;
  return second === undefined ? errorBars(sweep, first) : heatMap(sweep, first, second);
}

function errorBars({ model, cells }: Sweep, key: string): string {
  const range = rangeOf(cells);
  const room = Math.max(0.0005, (range.high - range.low) * 0.06);
  const y = linearScale([range.low - room, Math.min(1, range.high + room)], 5);
  const format = percentTicks(y);
  const xAt = (i: number) => AREA.left + ((i + 0.5) / cells.length) * (AREA.right - AREA.left);
  const at = (value: number) => yOf(AREA, y, value);
  const points = cells.map(
    ({ meanTestAccuracy }, i) => `${xAt(i).toFixed(1)},${at(meanTestAccuracy).toFixed(1)}`,
  );
  const grid = y.ticks.flatMap((tick) => [
    element('line', { x1: AREA.left, y1: at(tick), x2: AREA.right, y2: at(tick), class: 'grid-line' }),
    textElement(format(tick), { x: AREA.left - 5, y: at(tick) + 4, 'text-anchor': 'end', class: 'axis' }),
  ]);
  const drawn = cells.map((cell, i) => errorBar(cell, key, xAt(i), at));
  return chart(HEIGHT, `Test accuracy of ${model} by ${key}`, [
    ...grid,
    element(
      'g',
      { class: 's0' },
      [element('polyline', { class: 'curve', stroke: 'var(--c)', points: points.join(' ') }), ...drawn].join(
        '',
      ),
    ),
    ...cells.map(({ values }, i) =>
      textElement(cut(values[key]!), {
        x: xAt(i),
        y: AREA.bottom + 15,
        'text-anchor': 'middle',
        class: 'axis',
      }),
    ),
    textElement(key, {
      x: (AREA.left + AREA.right) / 2,
      y: AREA.bottom + 31,
      'text-anchor': 'middle',
      class: 'axis',
    }),
    textElement('test accuracy', { x: 2, y: AREA.top - 8, class: 'axis' }),
  ]);
}

function errorBar(cell: SweepCell, key: string, x: number, at: (value: number) => number): string {
  const { meanTestAccuracy, testAccuracyDeviation, values } = cell;
  const dot = marker(0, x, at(meanTestAccuracy), `${key} ${values[key]}: ${told(cell)}`, 4);
  if (testAccuracyDeviation === null) return dot;
  const [top, bottom] = [
    at(meanTestAccuracy + testAccuracyDeviation),
    at(meanTestAccuracy - testAccuracyDeviation),
  ];
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    element('line', { x1, y1, x2, y2, stroke: 'var(--c)', 'stroke-width': 1.4 });
  return [
    line(x, top, x, bottom),
    line(x - 4, top, x + 4, top),
    line(x - 4, bottom, x + 4, bottom),
    dot,
  ].join('');
}

/** `97.50 %, standard deviation 0.21 % over 3 seeds`. */
function told({ meanTestAccuracy, testAccuracyDeviation, seeds }: SweepCell): string {
  const mean = formatPercent(meanTestAccuracy);
  if (testAccuracyDeviation === null) return mean;
  return `${mean}, standard deviation ${formatPercent(testAccuracyDeviation)} over ${seeds.length} seeds`;
}

function heatMap(sweep: Sweep, first: string, second: string): string {
  const [rows, columns] = [sweep.values[0]!, sweep.values[1]!];
  const range = rangeOf(sweep.cells);
  const width = (WIDTH - SIDE - 4) / columns.length;
  const head = columns.map((value, i) =>
    textElement(cut(value), {
      x: SIDE + (i + 0.5) * width,
      y: TOP - 6,
      'text-anchor': 'middle',
      class: 'axis',
    }),
  );
  const body = rows.flatMap((row, i) => [
    textElement(cut(row), {
      x: SIDE - 6,
      y: TOP + (i + 0.5) * CELL + 4,
      'text-anchor': 'end',
      class: 'axis',
    }),
    ...columns.flatMap((column, j) => {
      const cell = sweep.cells.find(({ values }) => values[first] === row && values[second] === column);
      const place = { x: SIDE + j * width, y: TOP + i * CELL, width };
      return cell === undefined ? [] : [heatCell(cell, place, range, `${first} ${row}, ${second} ${column}`)];
    }),
  ]);
  return chart(TOP + rows.length * CELL + 8, `Test accuracy of ${sweep.model} by ${first} and ${second}`, [
    textElement(`${first} (down), ${second} (across)`, { x: 2, y: 12, class: 'axis' }),
    ...head,
    ...body,
  ]);
}

function heatCell(
  cell: SweepCell,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
  range: SweepRange,
  name: string,
): string {
  const share = shareOf(range, cell.meanTestAccuracy);
  const isBest = cell.meanTestAccuracy === range.best;
  const box = element('rect', {
    x: x + 1,
    y: y + 1,
    width: Math.max(1, width - 2),
    height: CELL - 2,
    fill: 'var(--s0)',
    'fill-opacity': (0.06 + 0.5 * share).toFixed(3),
    stroke: isBest ? 'var(--good)' : 'none',
    'stroke-width': 2,
  });
  const figure = textElement((100 * cell.meanTestAccuracy).toFixed(width < 40 ? 0 : 2), {
    x: x + width / 2,
    y: y + CELL / 2 + 4,
    'text-anchor': 'middle',
  });
  const title = element('title', {}, escapeXml(`${name}: ${told(cell)}${isBest ? ', the best' : ''}`));
  return element('g', {}, title + box + (width < 22 ? '' : figure));
}

function cut(value: string): string {
  return value.length > LETTERS ? `${value.slice(0, LETTERS - 1)}…` : value;
}
