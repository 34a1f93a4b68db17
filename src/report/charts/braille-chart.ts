import { markOf, plot } from '../../terminal/braille.js';
import { axisRow } from '../../terminal/chart-axis.js';
import { paintSpans, type Span, type Theme, type Tone } from '../../terminal/theme.js';

export interface BrailleLine {
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashed?: boolean;
  /** Of its colour. */
  readonly index: number;
  /** What stands on it here and there; by its index where absent. */
  readonly mark?: string;
}

export interface BrailleChart {
  readonly title: string;
  readonly xTitle: string;
  readonly lines: readonly BrailleLine[];
  /** What the y axis goes from and to; by default as far as the lines. */
  readonly yRange?: readonly [from: number, to: number];
}

const TONES: readonly Tone[] = ['training', 'validation', 'good', 'warning', 'bad'];
const ROWS = 10;
const LABEL = 8;
const WIDEST = 100;

/** The colour of a line, by its index; below 0 for what all have. */
export function toneOf(index: number): Tone {
  return index < 0 ? 'quiet' : TONES[index % TONES.length]!;
}

/** Lines in braille dots over two axes, a text a row; several lines have marks, which are told apart without colours. */
export function brailleChart(
  { title, xTitle, lines, yRange }: BrailleChart,
  { theme, columns: width }: { readonly theme: Theme; readonly columns: number },
): string[] {
  const isMarked = lines.some(({ index }) => index !== lines[0]!.index);
  const drawn = lines.map(({ points, index, dashed, mark }) => ({
    points: points.map(([x, y]) => ({ x, low: y, high: y })),
    tone: toneOf(index),
    dashed,
    ...(isMarked ? { mark: mark ?? markOf(index) } : {}),
  }));
  const columns = Math.min(width, WIDEST) - LABEL;
  const { rows, range, span } = plot(drawn, { width: columns, height: ROWS, range: yRange });
  const axis = span === undefined ? [] : [`${xTitle.padStart(LABEL - 1)} ${axisRow(span, columns)}`];
  return [
    theme.paint('quiet', title),
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

/** Columns of a swatch. */
export const SWATCH = 5;

/** A piece of a line as the chart draws it, for a legend. */
export function swatch(
  { dashed, index, mark: own }: Pick<BrailleLine, 'dashed' | 'index' | 'mark'>,
  isMarked: boolean,
): string {
  const [stroke, gap] = ['\u2812', dashed ? ' ' : '\u2812'];
  const mark = isMarked && index >= 0 ? (own ?? markOf(index)) : stroke;
  return `${stroke}${gap}${mark}${gap}${stroke}`;
}
