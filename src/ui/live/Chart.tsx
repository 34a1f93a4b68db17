import { type Line, plot, spanOf } from '../../terminal/braille.js';
import { axisRow } from '../../terminal/chart-axis.js';
import { paintSpans, type Span, spansWidth, type Theme } from '../../terminal/theme.js';
import { Lines } from './Lines.js';

interface ChartProps {
  readonly theme: Theme;
  readonly width: number;
  /** Rows of the drawing, under the caption. */
  readonly height: number;
  /** Rows of the axis under it, which counts epochs: 1, or 0 where there is no room. */
  readonly axis: number;
  /** Forms of the caption, the most telling first: the first that fits is shown. */
  readonly captions: readonly (readonly Span[])[];
  readonly lines: readonly Line[];
  /** The figures at the edges of the drawing. */
  readonly label: (value: number) => string;
  readonly logarithmic?: boolean;
  /** What the x axis goes from and to; by default whole epochs. */
  readonly span?: readonly [first: number, last: number];
  /** What it counts; epochs by default. */
  readonly xTitle?: string;
}

/** A caption, and if there is room the lines drawn under it. */
export function Chart(props: ChartProps) {
  const { captions, width, height, theme } = props;
  const caption = captions.find((form) => spansWidth(form) <= width) ?? captions.at(-1)!;
  const lines = [[...caption], ...(height > 0 ? drawing(props) : [])];
  return <Lines lines={lines.map((line) => paintSpans(theme, fill(line, width)))} />;
}

/** The lines with the figures of the top and the bottom edge to their left, and the epochs below. */
function drawing(props: ChartProps): Span[][] {
  const { lines, width, height, axis, label: format, logarithmic, xTitle = 'epoch' } = props;
  const options = { width: width - LABEL, height, logarithmic, span: props.span ?? wholeEpochs(lines) };
  const { rows, range, span } = plot(lines, options);
  const chart = rows.map((row, index) => {
    let label = '';
    if (range !== undefined && index === 0) label = format(range[1]);
    else if (range !== undefined && index === height - 1) label = format(range[0]);
    return [{ text: `${label.padStart(LABEL - 1)} `, tone: 'quiet' as const }, ...row];
  });
  if (axis === 0) return chart;
  const text = span === undefined ? '' : `${xTitle.padStart(LABEL - 1)} ${axisRow(span, width - LABEL)}`;
  return [...chart, [{ text, tone: 'quiet' }]];
}

/** From the epoch in which the lines begin to the end of the one in which they end, so that the axis stays as it is meanwhile. */
function wholeEpochs(lines: readonly Line[]): readonly [number, number] | undefined {
  if (lines.every(({ points }) => points.length === 0)) return undefined;
  const [first, last] = spanOf(lines);
  const begin = Math.floor(first);
  return [begin, Math.max(begin + 1, Math.ceil(last - 1e-9))];
}

/** Columns for the figures at the edges, with a space after them. */
const LABEL = 8;

/** Makes a line as wide as the chart, so that what stands beside it keeps its place. */
function fill(line: readonly Span[], width: number): Span[] {
  return [...line, { text: ' '.repeat(Math.max(0, width - spansWidth(line))) }];
}
