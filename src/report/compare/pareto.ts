import { formatDuration, formatInteger, formatPercent } from '../../base/text/format.js';
import type { Cost } from '../../tasks/compare/costs.js';
import type { CostPoint, ParetoPoint } from '../../tasks/compare/pareto.js';
import { paretoPoints } from '../../tasks/compare/pareto.js';
import type { Theme, Tone } from '../../terminal/theme.js';
import type { Column } from '../column.js';
import { costScale, linearScale, type Scale, timeScale } from '../scale.js';
import { renderTable, type TableStyle } from '../table.js';

export const COST_NAMES: Readonly<Record<Cost, string>> = {
  macs: 'MACs',
  params: 'parameters',
  seconds: 'training time',
};

export function formatCost(cost: Cost, value: number): string {
  return cost === 'seconds' ? formatDuration(value) : formatInteger(value);
}

const HEIGHT = 12;
const MAX_WIDTH = 72;
/** Columns for the figures of the accuracy axis, with a space after them. */
const LABEL = 9;

interface Key extends ParetoPoint {
  /** The letter that stands for it in the drawing. */
  readonly letter: string;
}

/** Accuracy against a cost, drawn with a letter a recipe, and a table of what the letters stand for. */
export function renderPareto(points: readonly CostPoint[], cost: Cost, style: TableStyle): string {
  const { theme } = style;
  const { isLogarithmic } = costAxis(
    cost,
    points.map((point) => point[cost]),
  );
  const title = theme.paint(
    'strong',
    `Accuracy against ${COST_NAMES[cost]}${isLogarithmic ? ', by ratios' : ''}`,
  );
  const keys = lettered(paretoPoints(points, cost));
  const drawing = draw(keys, cost, Math.min(MAX_WIDTH, style.width), theme);
  const columns = paretoColumns(cost, new Set(points.map(({ group }) => group)).size > 1);
  const table = renderTable(keys, columns, {
    ...style,
    tone: (row, column): Tone => (column.key === 'key' ? toneOf(row) : 'plain'),
  });
  return `${[title, ...drawing].join('\n')}\n\n${table}`;
}

/** As markdown and other tables have it. */
export function paretoColumns(cost: Cost, hasGroups: boolean): Column<Key>[] {
  return [
    { key: 'key', header: 'Key', priority: 0, value: (row) => row.letter },
    { key: 'name', header: 'Name', priority: 0, shrinkTo: 16, value: (row) => row.point.label },
    ...(hasGroups
      ? [{ key: 'group', header: 'Group', priority: 1, value: (row: Key) => row.point.group }]
      : []),
    {
      key: 'testAccuracy',
      header: 'Accuracy',
      priority: 1,
      align: 'right',
      value: (row) => row.point.testAccuracy,
      format: formatPercent,
    },
    {
      key: cost,
      header: COST_NAMES[cost],
      priority: 2,
      align: 'right',
      value: (row) => row.cost,
      format: (value: number) => formatCost(cost, value),
    },
    {
      key: 'beatenBy',
      header: 'Pareto',
      priority: 3,
      value: (row) => (row.beatenBy === null ? 'on the front' : `beaten by ${row.beatenBy}`),
    },
  ];
}

export function lettered(points: readonly ParetoPoint[]): Key[] {
  const letterOf = (i: number): string => String.fromCharCode((i < 26 ? 97 : 65) + (i % 26));
  return points.map((point, i) => ({ ...point, letter: letterOf(i) }));
}

function toneOf({ beatenBy }: Key): Tone {
  return beatenBy === null ? 'good' : 'quiet';
}

function draw(keys: readonly Key[], cost: Cost, width: number, theme: Theme): string[] {
  const columns = Math.max(10, width - LABEL - 2);
  const x = costAxis(
    cost,
    keys.map((key) => key.cost),
  );
  const y = linearScale(
    keys.map(({ point }) => point.testAccuracy),
    4,
  );
  const cells = Array.from({ length: HEIGHT }, () => new Array<Key | undefined>(columns));
  for (const key of keys) {
    const row = Math.round((1 - y.at(key.point.testAccuracy)) * (HEIGHT - 1));
    place(cells[row]!, Math.round(x.at(key.cost) * (columns - 1)), key);
  }
  const [side, floor, corner] = theme.glyphs.braille ? ['│', '─', '└'] : ['|', '-', '+'];
  const edge = (row: number): string => {
    if (row === 0) return formatPercent(y.high, 1);
    return row === HEIGHT - 1 ? formatPercent(y.low, 1) : '';
  };
  const rows = cells.map((row, i) => {
    const label = theme.paint('quiet', `${edge(i).padStart(LABEL - 1)} ${side}`);
    const drawn = Array.from(row, (key) => (key ? theme.paint(toneOf(key), key.letter) : ' ')).join('');
    return `${label}${drawn}`.trimEnd();
  });
  return [
    ...rows,
    theme.paint('quiet', `${' '.repeat(LABEL)}${corner}${floor!.repeat(columns)}`),
    theme.paint('quiet', `${' '.repeat(LABEL + 1)}${tickLine(x, cost, columns)}`.trimEnd()),
  ];
}

/** The axis's figures under their places, as far as they do not touch. */
function tickLine(scale: Scale, cost: Cost, columns: number): string {
  let line = '';
  for (const tick of scale.ticks) {
    const text = formatTick(cost, tick);
    const centre = Math.round(scale.at(tick) * (columns - 1)) - Math.floor(text.length / 2);
    const at = Math.max(0, Math.min(columns - text.length, centre));
    if (line === '' || at >= line.length + 2) line = line.padEnd(at) + text;
  }
  return line;
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** The axis of a cost. */
export function costAxis(cost: Cost, values: readonly number[]): Scale {
  return cost === 'seconds' ? timeScale(values) : costScale(values);
}

/** A round figure in few characters: `500K`, `20M`, `5s`. */
export function formatTick(cost: Cost, value: number): string {
  if (cost !== 'seconds') return compact.format(value);
  if (value < 10) return `${Number(value.toPrecision(2))}s`;
  return formatDuration(value).replace(/ 00[sm]$/, '');
}

/** In the cell itself, or where that is taken in the nearest free one. */
function place(row: (Key | undefined)[], at: number, key: Key): void {
  for (let away = 0; away < row.length; away++) {
    for (const column of [at + away, at - away]) {
      if (column < 0 || column >= row.length || row[column] !== undefined) continue;
      row[column] = key;
      return;
    }
  }
}
