import { maxOf, minOf } from '../../base/extremes.js';
import { counted } from '../../base/text/words.js';
import { type ChangeName, changeOf } from '../../tasks/robustness/changes.js';
import type { Robustness, RobustnessRow, RunRobustness } from '../../tasks/robustness/robustness.js';
import { truncate, wrapText } from '../../terminal/text.js';
import { brailleChart, SWATCH, swatch, toneOf } from '../charts/braille-chart.js';
import { chartMarker, DASHES, LINE_COLORS, lineChart } from '../charts/line-chart.js';
import type { Column } from '../column.js';
import { element, QUIET, svgDocument, textElement, textLength } from '../svg/svg.js';
import { renderTable } from '../table.js';
import { type DrawingStyle, type Picture, pictureTable } from './picture.js';

type Row = { readonly run: string } & RobustnessRow;

const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
const right = 'right' as const;
const columns: readonly Column<Row>[] = [
  { key: 'run', header: 'Run', priority: 0, shrinkTo: 12, value: (row) => row.run },
  { key: 'change', header: 'Change', priority: 1, value: (row) => row.change },
  { key: 'amount', header: 'Amount', priority: 0, align: right, value: (row) => row.amount },
  {
    key: 'accuracy',
    header: 'Accuracy',
    priority: 0,
    align: right,
    value: (row) => row.accuracy,
    format: percent,
  },
  {
    key: 'unchanged',
    header: 'Unchanged',
    priority: 2,
    align: right,
    value: (row) => row.unchanged,
    format: percent,
  },
];

/** Accuracy, and the share of unchanged answers, as images change: a chart a change, a colour a run. */
export function robustnessPicture({ runs, problems }: Robustness): Picture {
  const rows = runs.flatMap(({ run, rows }) => rows.map((row) => ({ run, ...row })));
  return {
    svg: async () => robustnessSvg(runs),
    pngScale: 2,
    terminal: (style) => robustnessText(runs, rows, style),
    json: { runs },
    table: pictureTable(rows, columns),
    problems,
  };
}

function titleOf(runs: readonly RunRobustness[]): string {
  const [{ images, dataset, split }] = runs as readonly [RunRobustness];
  const same = runs.every((run) => run.images === images && run.dataset === dataset);
  const on = same ? ` on ${counted(images, `${split === 'all' ? '' : `${split} `}image`)} of ${dataset}` : '';
  return `Accuracy as images change${on}`;
}

function changesOf(runs: readonly RunRobustness[]): ChangeName[] {
  return [...new Set(runs.flatMap(({ rows }) => rows.map(({ change }) => change)))];
}

/** "shift, pixels" */
function axisOf(change: ChangeName): string {
  return `${change}, ${changeOf(change).unit}`;
}

function pointsOf({ rows }: RunRobustness, change: ChangeName, what: 'accuracy' | 'unchanged') {
  return rows
    .filter((row) => row.change === change)
    .map((row) => [row.amount, row[what]] as const)
    .sort(([a], [b]) => a - b);
}

const MARGIN = 16;
const CHART = { width: 400, height: 260 };
const HEAD = 44;
const LINE = 18;

function robustnessSvg(runs: readonly RunRobustness[]): string {
  const title = titleOf(runs);
  const changes = changesOf(runs);
  const across = Math.min(2, changes.length);
  const legend = legendOf(runs, Math.max(CHART.width * across, textLength(title, 15)));
  const top = HEAD + legend.length * LINE;
  const charts = changes.map((change, i) =>
    lineChart(chartOf(runs, change), {
      x: MARGIN + (i % across) * (CHART.width + MARGIN),
      y: top + Math.floor(i / across) * (CHART.height + MARGIN),
      ...CHART,
    }),
  );
  const width = Math.max(across * (CHART.width + MARGIN), textLength(title, 15) + MARGIN) + MARGIN;
  const height = top + Math.ceil(changes.length / across) * (CHART.height + MARGIN);
  const heading = textElement(title, { x: MARGIN, y: 26, 'font-size': 15, 'font-weight': 600 });
  return svgDocument(width, height, title, [heading, ...legend, ...charts]);
}

function chartOf(runs: readonly RunRobustness[], change: ChangeName) {
  const amounts = runs.flatMap((run) => pointsOf(run, change, 'accuracy').map(([amount]) => amount));
  const [from, to] = [minOf(amounts), maxOf(amounts)];
  return {
    title: change,
    xTitle: axisOf(change),
    id: `chart-${change}`,
    xRange: from === to ? ([from - 0.5, to + 0.5] as const) : ([from, to] as const),
    yRange: [0, 1] as const,
    lines: runs.flatMap((run, index) =>
      (['accuracy', 'unchanged'] as const).map((what) => ({
        points: pointsOf(run, change, what),
        color: colorOf(index),
        marker: index,
        dashed: what === 'unchanged',
      })),
    ),
  };
}

function colorOf(index: number): string {
  return LINE_COLORS[index % LINE_COLORS.length]!;
}

/** A line a run, and one for what is dashed. */
function legendOf(runs: readonly RunRobustness[], width: number): string[] {
  const entries = runs.map(({ run }, index) => ({ name: run, color: colorOf(index), index }));
  const dashed = { name: 'dashed: answers as without the change', color: QUIET, index: -1 };
  return [...entries, dashed].map(({ name, color, index }, i) => {
    const y = HEAD + i * LINE;
    const stroke = {
      x1: MARGIN,
      x2: MARGIN + 22,
      y1: y,
      y2: y,
      stroke: color,
      'stroke-width': 2,
      'stroke-dasharray': index < 0 ? DASHES : undefined,
    };
    const text = truncate(name, Math.floor((width - 28) / textLength('m', 12)));
    return [
      element('line', stroke),
      index < 0 ? '' : chartMarker(index, MARGIN + 11, y, color),
      textElement(text, { x: MARGIN + 28, y: y + 4, 'font-size': 12 }),
    ].join('');
  });
}

function robustnessText(runs: readonly RunRobustness[], rows: readonly Row[], style: DrawingStyle): string {
  const { theme, columns: width } = style;
  const lines = wrapText(titleOf(runs), width).map((line) => theme.paint('strong', line));
  if (theme.glyphs.braille) {
    lines.push(
      ...runs.map(({ run }, index) => {
        const sample = theme.paint(toneOf(index), swatch({ index }, runs.length > 1));
        return `${sample} ${truncate(run, width - SWATCH - 1, theme.glyphs.ellipsis)}`;
      }),
    );
    for (const change of changesOf(runs)) lines.push('', ...chartText(runs, change, style));
    lines.push('');
  }
  return `${lines.join('\n')}\n${renderTable(rows, columns, { width, theme })}`;
}

function chartText(runs: readonly RunRobustness[], change: ChangeName, style: DrawingStyle): string[] {
  const lines = runs.map((run, index) => ({ points: pointsOf(run, change, 'accuracy'), index }));
  if (lines.every(({ points }) => points.length < 2)) return [];
  return brailleChart({ title: `accuracy by ${axisOf(change)}`, xTitle: '', lines }, style);
}
