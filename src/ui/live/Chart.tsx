import { plot } from '../braille.js';
import type { Point } from '../series.js';
import { paintSpans, type Span, spansWidth, type Theme } from '../theme.js';
import { Lines } from './Lines.js';

export interface ChartProps {
  readonly theme: Theme;
  readonly width: number;
  /** Rows of the drawing, under the line of figures. */
  readonly height: number;
  readonly name: string;
  readonly now: number | undefined;
  readonly validation: number | undefined;
  readonly training: readonly Point[];
  readonly validated: readonly Point[];
  readonly format: (value: number) => string;
  /** Shorter, for the edges of the drawing. */
  readonly label: (value: number) => string;
  readonly logarithmic?: boolean;
}

/** A figure with its history under it. */
export function Chart(props: ChartProps) {
  const lines = [figures(props), ...(props.height > 0 ? drawing(props) : [])];
  return <Lines lines={lines.map((line) => paintSpans(props.theme, fill(line, props.width)))} />;
}

function figures({ name, now, validation, format, width }: ChartProps): Span[] {
  const quiet = (text: string): Span => ({ text, tone: 'quiet' });
  const bad = now !== undefined && !Number.isFinite(now);
  const line: Span[] = [
    quiet(`${name} `),
    now === undefined ? quiet('-') : { text: format(now), tone: bad ? 'bad' : 'training' },
  ];
  const more: Span[] =
    validation === undefined
      ? []
      : [
          quiet('  validation '),
          { text: format(validation), tone: Number.isFinite(validation) ? 'validation' : 'bad' },
        ];
  return spansWidth(line) + spansWidth(more) <= width ? [...line, ...more] : line;
}

/** The lines with the figures of the top and the bottom edge to their left. */
function drawing({ training, validated, width, height, label: format, logarithmic }: ChartProps): Span[][] {
  const scale = { width: width - LABEL, height, logarithmic };
  const { rows, range } = plot(
    [
      { points: training, tone: 'training' },
      { points: validated, tone: 'validation' },
    ],
    scale,
  );
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
