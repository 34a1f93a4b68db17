import { markOf, plot } from '../../terminal/braille.js';
import { axisRow } from '../../terminal/chart-axis.js';
import { truncate } from '../../terminal/text.js';
import { paintSpans, type Span, type Tone } from '../../terminal/theme.js';
import type { RunHistory } from '../../visualize/history.js';
import { type ChartLine, chartMarker, DASHES, LINE_COLORS, lineChart } from '../charts/line-chart.js';
import type { Column } from '../column.js';
import { element, svgDocument, textElement, textLength } from '../svg/svg.js';
import { renderTable } from '../table.js';
import { type DrawingStyle, type Picture, pictureTable } from './picture.js';

type Figure = 'loss' | 'accuracy';
const FIGURES: readonly Figure[] = ['loss', 'accuracy'];
const VALIDATION = { loss: 'validationLoss', accuracy: 'validationAccuracy' } as const;

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
    table: pictureTable(rows, columns),
  };
}

function titleOf(histories: readonly RunHistory[]): string {
  const [only, ...others] = histories;
  if (others.length > 0) return `Training of ${histories.length} runs`;
  return `Training of ${only!.model} on ${only!.dataset}, seed ${only!.seed}`;
}

/** What is drawn, and how it looks in the chart: the two curves of one run, or one run each. */
interface LegendEntry {
  readonly name: string;
  readonly dashed: boolean;
  /** Of its colour, and of the marks on it; -1 for what all runs have. */
  readonly index: number;
}

function legendOf(histories: readonly RunHistory[]): LegendEntry[] {
  const hasValidation = histories.some(({ epochs }) => epochs.some((epoch) => epoch.validationLoss !== null));
  if (histories.length === 1) {
    const names = hasValidation ? ['training', 'validation'] : ['training'];
    return names.map((name, index) => ({ name, dashed: index === 1, index }));
  }
  const runs = histories.map(({ run }, index) => ({ name: run, dashed: false, index }));
  return hasValidation ? [...runs, { name: 'validation', dashed: true, index: -1 }] : runs;
}

/** The lines of one figure, each with its place in the legend. */
function curves(
  histories: readonly RunHistory[],
  name: Figure,
): (Omit<ChartLine, 'color' | 'marker'> & { index: number })[] {
  const alone = histories.length === 1;
  return histories.flatMap(({ epochs, steps }, index) => {
    const training = epochs.map((epoch) => [epoch.epoch, epoch[name]] as const);
    const validation = epochs.flatMap((epoch) => {
      const value = epoch[VALIDATION[name]];
      return value === null ? [] : [[epoch.epoch, value] as const];
    });
    const seen = alone || epochs.length === 0 ? steps.map((step) => [step.at, step[name]] as const) : [];
    return [
      { points: seen, faint: true, index },
      { points: training, index },
      { points: validation, dashed: true, index: alone ? 1 : index },
    ].filter(({ points }) => points.length > 0);
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
        lines: curves(histories, name).map(({ index, ...line }) => ({
          ...line,
          color: colorOf(index),
          marker: index,
        })),
      },
      { x: MARGIN + i * (CHART.width + MARGIN), y: top, ...CHART },
    ),
  );
  const heading = textElement(title, { x: MARGIN, y: 26, 'font-size': 15, 'font-weight': 600 });
  return svgDocument(width, top + CHART.height + MARGIN / 2, title, [heading, ...parts, ...charts]);
}

function colorOf(index: number): string {
  return index < 0 ? '#656d76' : LINE_COLORS[index % LINE_COLORS.length]!;
}

function legend(histories: readonly RunHistory[], width: number): { parts: string[]; lines: number } {
  let [x, line] = [0, 0];
  const parts = legendOf(histories).flatMap(({ name: whole, dashed, index }) => {
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
      index < 0 ? '' : chartMarker(index, left + LEGEND.swatch / 2, y, colorOf(index)),
      textElement(name, { x: left + LEGEND.swatch + 6, y: y + 4, 'font-size': LEGEND.size }),
    ];
  });
  return { parts, lines: line + 1 };
}

const TONES: readonly Tone[] = ['training', 'validation', 'good', 'warning', 'bad'];
const ROWS = 10;
const LABEL = 8;

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
  return `${lines.join('\n')}\n${renderTable(table, columns, { width, theme })}`;
}

function toneOf(index: number): Tone {
  return index < 0 ? 'quiet' : TONES[index % TONES.length]!;
}

const SWATCH = 5;

/** A piece of a line as the chart draws it. */
function swatch({ dashed, index }: LegendEntry, isMarked: boolean): string {
  const [stroke, gap] = ['\u2812', dashed ? ' ' : '\u2812'];
  const mark = isMarked && index >= 0 ? markOf(index) : stroke;
  return `${stroke}${gap}${mark}${gap}${stroke}`;
}

function chartText(
  histories: readonly RunHistory[],
  name: Figure,
  { theme, columns: width }: DrawingStyle,
): string[] {
  const all = curves(histories, name);
  const strong = all.filter(({ faint }) => !faint);
  // Faint lines have no place where dots are all alike, unless there is nothing else.
  const shown = strong.some(({ points }) => points.length > 1) ? strong : all;
  const isMarked = shown.some(({ index }) => index !== shown[0]!.index);
  const drawn = shown.map(({ points, index, dashed }) => ({
    points: points.map(([x, y]) => ({ x, low: y, high: y })),
    tone: toneOf(index),
    dashed,
    ...(isMarked ? { mark: markOf(index) } : {}),
  }));
  const columns = Math.min(width, 100) - LABEL;
  const { rows, range, span } = plot(drawn, { width: columns, height: ROWS });
  const axis = span === undefined ? [] : [`${'epoch'.padStart(LABEL - 1)} ${axisRow(span, columns)}`];
  return [
    theme.paint('quiet', name),
    ...rows.map((row, i) => {
      const edge = range && (i === 0 ? range[1] : i === ROWS - 1 ? range[0] : undefined);
      const label: Span = {
        text: `${edge === undefined ? '' : Number(edge.toPrecision(3))} `.padStart(LABEL),
        tone: 'quiet',
      };
      return paintSpans(theme, [label, ...row]).trimEnd();
    }),
    ...axis.map((text) => theme.paint('quiet', text.trimEnd())),
  ];
}
