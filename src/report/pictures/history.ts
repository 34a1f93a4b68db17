import type { RunHistory } from '../../tasks/visualize/runs/history.js';
import { markOf } from '../../terminal/braille.js';
import { truncate } from '../../terminal/text.js';
import { brailleChart, SWATCH, swatch, toneOf } from '../charts/braille-chart.js';
import { type ChartLine, chartMarker, DASHES, LINE_COLORS, lineChart } from '../charts/line-chart.js';
import type { Column } from '../column.js';
import { element, svgDocument, textElement, textLength } from '../svg/svg.js';
import { renderTable } from '../table.js';
import { type DrawingStyle, type Picture, pictureTable } from './picture.js';

type Figure = 'loss' | 'accuracy';
const FIGURES: readonly Figure[] = ['loss', 'accuracy'];
/** The images that a network does not learn from: their figures' names, and how their lines look beside those of training. */
const LOOKS = {
  validation: { loss: 'validationLoss', accuracy: 'validationAccuracy' },
  test: { loss: 'testLoss', accuracy: 'testAccuracy' },
} as const;
type Look = keyof typeof LOOKS;
const LOOK_NAMES: readonly Look[] = ['validation', 'test'];

type Row = { readonly run: string } & RunHistory['epochs'][number];

const figure = (value: number): string => value.toFixed(4);
const column = (key: keyof Row, header: string, priority: number, format?: typeof figure): Column<Row> => ({
  key,
  header,
  priority,
  align: key === 'run' ? 'left' : 'right',
  value: (row) => row[key],
  ...(format ? { format } : {}),
});
const columns: readonly Column<Row>[] = [
  column('run', 'Run', 0),
  column('epoch', 'Epoch', 1),
  column('loss', 'Loss', 3, figure),
  column('accuracy', 'Accuracy', 2, figure),
  column('validationLoss', 'Val. loss', 5, figure),
  column('validationAccuracy', 'Val. accuracy', 4, figure),
  column('testLoss', 'Test loss', 5, figure),
  column('testAccuracy', 'Test accuracy', 4, figure),
  column('seconds', 'Seconds', 6, (value) => value.toFixed(1)),
  column('imagesPerSecond', 'Images/s', 7, (value) => value.toFixed(0)),
];

/** The training of one run, or of several in the same charts. */
export function historyPicture(histories: readonly RunHistory[]): Picture {
  const rows = histories.flatMap(({ run, epochs }) => epochs.map((record) => ({ run, ...record })));
  return {
    svg: async () => historySvg(histories),
    pngScale: 2,
    terminal: (style) => historyText(histories, rows, style),
    json: { runs: histories.map(({ steps: _, ...history }) => history) },
    table: pictureTable(rows, shownColumns(rows)),
  };
}

/** Test figures that no epoch has need no column. */
function shownColumns(rows: readonly Row[]): readonly Column<Row>[] {
  return columns.filter(({ key }) => !/^test/.test(key) || rows.some((row) => row[key as keyof Row] != null));
}

/** The looks at other images that there are figures of. */
function looksOf(histories: readonly RunHistory[]): Look[] {
  return LOOK_NAMES.filter((look) =>
    histories.some(({ epochs }) => epochs.some((epoch) => (epoch[LOOKS[look].loss] ?? null) !== null)),
  );
}

function titleOf(histories: readonly RunHistory[]): string {
  const [only, ...others] = histories;
  if (others.length > 0) return `Training of ${histories.length} runs`;
  return `Training of ${only!.model} on ${only!.dataset}, seed ${only!.seed}`;
}

/** What is drawn, and how it looks in the chart: the curves of one run, or one run each. */
interface LegendEntry {
  readonly name: string;
  readonly dashed: boolean;
  /** Of its colour; -1 for what all runs have. */
  readonly index: number;
  /** Of the marks on it: in print a circle, a square, a triangle, ..., in a terminal o, x, +, ... */
  readonly marker: number;
  readonly mark: string;
}

/** The marks of one run's curves, by which the book that the plot is known from tells them: training o, test s. */
const MARKS = { training: 'o', validation: 'x', test: 's' } as const;

/** The same in print: training in circles, the first of the others in squares; beside test figures validation in triangles. */
function markerOf(name: 'training' | Look, looks: readonly Look[]): number {
  if (name === 'training') return 0;
  return name === 'validation' && looks.includes('test') ? 2 : 1;
}

function legendOf(histories: readonly RunHistory[]): LegendEntry[] {
  const looks = looksOf(histories);
  if (histories.length === 1) {
    return (['training', ...looks] as const).map((name, index) => ({
      name,
      mark: MARKS[name],
      dashed: name === 'validation',
      index,
      marker: markerOf(name, looks),
    }));
  }
  const runs = histories.map(({ run }, index) => ({
    name: run,
    dashed: false,
    index,
    marker: index,
    mark: markOf(index),
  }));
  return [...runs, ...looks.map((name) => ({ name, dashed: true, index: -1, marker: -1, mark: '' }))];
}

type Curve = Omit<ChartLine, 'color'> & {
  readonly index: number;
  /** In a terminal. */
  readonly mark: string;
};

/** The lines of one figure, each with its place in the legend. */
function curves(histories: readonly RunHistory[], name: Figure): Curve[] {
  const alone = histories.length === 1;
  const looks = looksOf(histories);
  return histories.flatMap(({ epochs, steps }, index) => {
    const own = { index, marker: index, mark: alone ? MARKS.training : markOf(index) };
    const seen = alone || epochs.length === 0 ? steps.map((step) => [step.at, step[name]] as const) : [];
    return [
      { points: seen, faint: true, ...own },
      { points: epochs.map((epoch) => [epoch.epoch, epoch[name]] as const), ...own },
      ...looks.map((look, i) => ({
        points: pointsOf(epochs, LOOKS[look][name]),
        dashed: !alone || look === 'validation',
        ...(alone ? { index: 1 + i, marker: markerOf(look, looks), mark: MARKS[look] } : own),
      })),
    ].filter(({ points }) => points.length > 0);
  });
}

function pointsOf(
  epochs: RunHistory['epochs'],
  key: (typeof LOOKS)[Look][Figure],
): (readonly [number, number])[] {
  return epochs.flatMap((epoch) => {
    // Runs of older versions lack the figures of the test images.
    const value = epoch[key] ?? null;
    return value === null ? [] : [[epoch.epoch, value] as const];
  });
}

const MARGIN = 16;
const CHART = { width: 400, height: 260 };
const HEAD = 58;
const LEGEND = { swatch: 22, gap: 18, size: 12 };

function historySvg(histories: readonly RunHistory[]): string {
  const title = titleOf(histories);
  const width = 2 * CHART.width + 3 * MARGIN;
  const { parts, lines } = legend(histories, width - 2 * MARGIN);
  const top = HEAD + (lines - 1) * 18;
  const charts = FIGURES.map((name, i) =>
    lineChart(
      {
        title: name,
        xTitle: 'epoch',
        id: `chart-${name}`,
        lines: curves(histories, name).map(({ index, mark: _, ...line }) => ({
          ...line,
          color: colorOf(index),
        })),
        ...(isWholeRange(histories, name) ? { yRange: [0, 1] as const } : {}),
      },
      { x: MARGIN + i * (CHART.width + MARGIN), y: top, ...CHART },
    ),
  );
  const heading = textElement(title, { x: MARGIN, y: 26, 'font-size': 15, 'font-weight': 600 });
  return svgDocument(width, top + CHART.height + MARGIN / 2, title, [heading, ...parts, ...charts]);
}

/** How training and test part ways is seen on the whole scale of accuracies. */
function isWholeRange(histories: readonly RunHistory[], name: Figure): boolean {
  return name === 'accuracy' && looksOf(histories).includes('test');
}

function colorOf(index: number): string {
  return index < 0 ? '#656d76' : LINE_COLORS[index % LINE_COLORS.length]!;
}

function legend(histories: readonly RunHistory[], width: number): { parts: string[]; lines: number } {
  let [x, line] = [0, 0];
  const parts = legendOf(histories).flatMap(({ name: whole, dashed, index, marker }) => {
    const name = truncate(whole, Math.floor(width / textLength('m', LEGEND.size)) - 4);
    const length = LEGEND.swatch + 6 + textLength(name, LEGEND.size);
    if (x > 0 && x + length > width) [x, line] = [0, line + 1];
    const [left, y] = [MARGIN + x, 44 + 18 * line];
    x += length + LEGEND.gap;
    return [
      element('line', {
        x1: left,
        x2: left + LEGEND.swatch,
        y1: y,
        y2: y,
        stroke: colorOf(index),
        'stroke-width': 2,
        'stroke-dasharray': dashed ? DASHES : undefined,
      }),
      index < 0 ? '' : chartMarker(marker, left + LEGEND.swatch / 2, y, colorOf(index)),
      textElement(name, { x: left + LEGEND.swatch + 6, y: y + 4, 'font-size': LEGEND.size }),
    ];
  });
  return { parts, lines: line + 1 };
}

/** The charts in braille dots, where there are any, and how each run ended. */
function historyText(histories: readonly RunHistory[], rows: readonly Row[], style: DrawingStyle): string {
  const { theme, columns: width } = style;
  const lines = [theme.paint('strong', titleOf(histories))];
  if (theme.glyphs.braille) {
    const entries = legendOf(histories);
    const words = entries.map((entry) => {
      const sample = theme.paint(toneOf(entry.index), swatch(entry, entries.length > 1));
      return `${sample} ${truncate(entry.name, width - SWATCH - 1, theme.glyphs.ellipsis)}`;
    });
    lines.push(...(histories.length === 1 ? [words.join('  ')] : words));
    for (const name of FIGURES) lines.push('', ...chartText(histories, name, style));
    lines.push('');
  }
  const table =
    histories.length === 1
      ? rows
      : histories.flatMap(({ run }) => rows.findLast((row) => row.run === run) ?? []);
  return `${lines.join('\n')}\n${renderTable(table, shownColumns(rows), { width, theme })}`;
}

function chartText(histories: readonly RunHistory[], name: Figure, style: DrawingStyle): string[] {
  const all = curves(histories, name);
  const strong = all.filter(({ faint }) => !faint);
  // Faint lines have no place where dots are all alike, unless there is nothing else.
  const lines = strong.some(({ points }) => points.length > 1) ? strong : all;
  const yRange = isWholeRange(histories, name) ? ([0, 1] as const) : undefined;
  return brailleChart({ title: name, xTitle: 'epoch', lines, yRange }, style);
}
