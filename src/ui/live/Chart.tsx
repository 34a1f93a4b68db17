import { type Line, plot } from '../braille.js';
import { paintSpans, type Span, spansWidth, type Theme } from '../theme.js';
import { Lines } from './Lines.js';

export interface ChartProps {
  readonly theme: Theme;
  readonly width: number;
  /** Rows of the drawing, under the caption. */
  readonly height: number;
  /** Forms of the caption, the most telling first: the first that fits is shown. */
  readonly captions: readonly (readonly Span[])[];
  readonly lines: readonly Line[];
  /** The figures at the edges of the drawing. */
  readonly label: (value: number) => string;
  readonly logarithmic?: boolean;
}

/** A caption, and if there is room the lines drawn under it. */
export function Chart(props: ChartProps) {
  const { captions, width, height, theme } = props;
  const caption = captions.find((form) => spansWidth(form) <= width) ?? captions.at(-1)!;
  const lines = [[...caption], ...(height > 0 ? drawing(props) : [])];
  return <Lines lines={lines.map((line) => paintSpans(theme, fill(line, width)))} />;
}

/** The lines with the figures of the top and the bottom edge to their left. */
function drawing({ lines, width, height, label: format, logarithmic }: ChartProps): Span[][] {
  const { rows, range } = plot(lines, { width: width - LABEL, height, logarithmic });
  return rows.map((row, index) => {
    let label = '';
    if (range !== undefined && index === 0) label = format(range[1]);
    else if (range !== undefined && index === height - 1) label = format(range[0]);
    return [{ text: `${label.padStart(LABEL - 1)} `, tone: 'quiet' as const }, ...row];
  });
}

/** Columns for the figures at the edges, with a space after them. */
const LABEL = 8;

/** Makes a line as wide as the chart, so that what stands beside it keeps its place. */
function fill(line: readonly Span[], width: number): Span[] {
  return [...line, { text: ' '.repeat(Math.max(0, width - spansWidth(line))) }];
}
