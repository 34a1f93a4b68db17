import { maxOf, minOf } from '../../../../base/extremes.js';
import { formatDuration } from '../../../../base/text/format.js';
import { toneOf } from '../../../../report/charts/braille-chart.js';
import { type Line, markOf } from '../../../../terminal/braille.js';
import type { Point } from '../../../../terminal/series.js';
import type { Span, Tone } from '../../../../terminal/theme.js';
import { quiet } from '../../parts/spans.js';
import type { Curves, RunsState } from '../../state/runs-state.js';
import type { RunRow } from './run-row.js';

/** What the two charts of some runs show: their lines, the part of the x axis, and the values that are read. */
export interface RunCharts {
  readonly span: readonly [number, number] | undefined;
  readonly xTitle: string;
  readonly loss: OneChart;
  readonly accuracy: OneChart;
  /** The x that values are read at, in words; null where none are. */
  readonly reading: string | null;
}

interface OneChart {
  readonly lines: readonly Line[];
  readonly captions: readonly (readonly Span[])[];
}

type Measure = 'loss' | 'accuracy';

interface Curve {
  readonly images: keyof typeof IMAGES_OF;
  readonly tone: Tone;
  readonly mark: string | undefined;
  readonly dashed: boolean;
  readonly points: readonly Point[];
}

/** @param marks the marked runs, which give each its sign */
export function runCharts(
  runs: RunsState,
  rows: readonly RunRow[],
  marks: readonly string[],
  format: Readonly<Record<Measure, (value: number) => string>>,
): RunCharts {
  const curves = {
    loss: curvesOf(runs, rows, marks, 'loss'),
    accuracy: curvesOf(runs, rows, marks, 'accuracy'),
  };
  const whole = wholeSpan([...curves.loss, ...curves.accuracy], runs.axis === 'epochs');
  const span = whole && part(whole, runs.zoom);
  const at = span && runs.reading !== null ? span[0] + runs.reading * (span[1] - span[0]) : null;
  const chart = (measure: Measure): OneChart => {
    const lines = curves[measure].map((curve) => ({
      ...curve,
      points: span ? within(curve.points, span) : [],
    }));
    return {
      lines: at === null ? lines : [...lines, cursorLine(lines, at)],
      captions: captionsOf(measure, curves[measure], at, format[measure]),
    };
  };
  const seconds = runs.axis === 'seconds';
  return {
    span,
    xTitle: seconds ? 'seconds' : 'epoch',
    loss: chart('loss'),
    accuracy: chart('accuracy'),
    reading: at === null ? null : seconds ? `after ${formatDuration(at)}` : `at epoch ${at.toFixed(2)}`,
  };
}

/** What each line's figures were measured on, as there is room. */
const IMAGES_OF = {
  batches: { long: 'last batches', short: 'batches' },
  validation: { long: 'validation', short: 'val' },
  test: { long: 'test', short: 'test' },
} as const;

const OTHERS = [
  ['validation', 'x', 'validation'],
  ['test', 's', 'good'],
] as const;

function curvesOf(
  runs: RunsState,
  rows: readonly RunRow[],
  marks: readonly string[],
  measure: Measure,
): Curve[] {
  const isAlone = rows.length === 1;
  return rows.flatMap((row) => {
    const curves = runs.curves[row.dir]?.[runs.axis];
    if (curves === undefined) return [];
    const index = marks.indexOf(row.dir);
    const tone = isAlone ? 'training' : toneOf(index);
    const mark = isAlone ? undefined : markOf(index);
    const training: Curve = { images: 'batches', tone, mark, dashed: false, points: curves[measure] };
    const others = OTHERS.flatMap(([images, sign, own]): Curve[] => {
      const points = curves[otherKey(images, measure)];
      if (points.length === 0) return [];
      return [{ images, tone: isAlone ? own : tone, mark: isAlone ? sign : undefined, dashed: true, points }];
    });
    return [training, ...others];
  });
}

function otherKey(images: 'validation' | 'test', measure: Measure): keyof Curves {
  return measure === 'loss' ? `${images}Loss` : `${images}Accuracy`;
}

/** From where the first line begins to where the last ends; of epochs whole ones, so that the axis stays as it is meanwhile. */
function wholeSpan(curves: readonly Curve[], isEpochs: boolean): readonly [number, number] | undefined {
  const ends = curves.flatMap(({ points }) => (points.length === 0 ? [] : [points[0]!.x, points.at(-1)!.x]));
  if (ends.length === 0) return undefined;
  const [first, last] = [minOf(ends), maxOf(ends)];
  if (!isEpochs) return [0, Math.max(last, 1e-3)];
  return [Math.floor(first), Math.max(Math.floor(first) + 1, Math.ceil(last - 1e-9))];
}

function part(
  [first, last]: readonly [number, number],
  [from, to]: readonly [number, number],
): [number, number] {
  return [first + from * (last - first), first + to * (last - first)];
}

function within(points: readonly Point[], [first, last]: readonly [number, number]): readonly Point[] {
  return points.filter(({ x }) => x >= first - 1e-9 && x <= last + 1e-9);
}

/** A stroke from the bottom to the top. */
function cursorLine(lines: readonly Line[], x: number): Line {
  const points = lines.flatMap((line) => line.points);
  const [low, high] = [minOf(points.map((p) => p.low)), maxOf(points.map((p) => p.high))];
  return { points: points.length === 0 ? [] : [{ x, low, high }], tone: 'quiet' };
}

/** The figures at which the lines have come, or those at the place that is read: the most telling form first. */
function captionsOf(
  measure: Measure,
  curves: readonly Curve[],
  at: number | null,
  format: (value: number) => string,
): Span[][] {
  const figures = curves.flatMap((curve) => {
    const point = at === null ? curve.points.at(-1) : nearestPoint(curve.points, at);
    return point === undefined ? [] : [{ curve, text: format((point.low + point.high) / 2) }];
  });
  const form = (shown: typeof figures, names: 'long' | 'short'): Span[] => [
    quiet(`${measure}`),
    ...shown.flatMap(({ curve, text }): Span[] => {
      const name = `${IMAGES_OF[curve.images][names]} `;
      const sign: Span[] = curve.mark === undefined ? [] : [{ text: `${curve.mark} `, tone: curve.tone }];
      return [quiet('  '), ...sign, quiet(name), { text, tone: curve.tone }];
    }),
  ];
  const solid = figures.filter(({ curve }) => !curve.dashed);
  return [
    form(figures, 'long'),
    form(figures, 'short'),
    form(solid, 'long'),
    form(solid, 'short'),
    form(solid.slice(0, 1), 'long'),
    form(solid.slice(0, 1), 'short'),
    form([], 'short'),
  ];
}

function nearestPoint(points: readonly Point[], at: number): Point | undefined {
  let best: Point | undefined;
  for (const point of points)
    if (best === undefined || Math.abs(point.x - at) < Math.abs(best.x - at)) best = point;
  return best;
}
