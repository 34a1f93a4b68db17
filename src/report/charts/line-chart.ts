import { maxOf, minOf } from '../../base/extremes.js';
import { niceTicks, tickLabel } from '../../terminal/ticks.js';
import { element, INK, QUIET, textElement } from '../svg/svg.js';
import { markerShape } from './markers.js';

export interface ChartLine {
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly color: string;
  readonly dashed?: boolean;
  /** The form of the dots on it, by number, for print and for those who tell no colours apart. */
  readonly marker: number;
  /** A thin line in the background that may leave the chart. */
  readonly faint?: boolean;
}

export interface LineChart {
  readonly title: string;
  readonly xTitle: string;
  readonly lines: readonly ChartLine[];
  /** Distinguishes the charts of one document. */
  readonly id: string;
  /** Where the axes begin and end; without them from 0 to the last point across, and as the lines need it upwards. */
  readonly xRange?: readonly [from: number, to: number];
  readonly yRange?: readonly [from: number, to: number];
}

export interface ChartPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Colours that the colour-blind can tell apart (M. Okabe and K. Ito 2008). */
export const LINE_COLORS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#000000',
] as const;

/** Strokes and gaps of a dashed line. */
export const DASHES = '5 4';

const MARKER_SIZE = 3.5;

/** A dot of a line. */
export function chartMarker(marker: number, x: number, y: number, color: string): string {
  return markerShape(marker, x, y, MARKER_SIZE, { fill: color });
}

const LEFT = 46;
const TOP = 26;
const BOTTOM = 38;
const RIGHT = 8;
const GRID = '#d8dee4';

/** Lines over two axes with round figures, as a `<g>`. The axes fit the lines that are not faint, where there are any. */
export function lineChart(chart: LineChart, place: ChartPlace): string {
  const { title, xTitle, lines, id, yRange } = chart;
  const strong = lines.some(({ faint, points }) => !faint && points.length > 1);
  const points = lines.filter(({ faint }) => !(strong && faint)).flatMap((line) => line.points);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const yTicks = niceTicks(...(yRange ?? ([minOf(ys), maxOf(ys)] as const)), 6);
  const [xBegin, xEnd] = chart.xRange ?? [0, maxOf(xs, 1)];
  const most = chart.xRange ? 7 : Math.min(11, Math.ceil(xEnd) + 1);
  const xTicks = niceTicks(xBegin, xEnd, most).filter((x) => x >= xBegin - 1e-9 && x <= xEnd + 1e-9);
  const [width, height] = [place.width - LEFT - RIGHT, place.height - TOP - BOTTOM];
  const toX = (x: number): number => LEFT + ((x - xBegin) / (xEnd - xBegin)) * width;
  const toY = (y: number): number => TOP + (1 - (y - yTicks[0]!) / (yTicks.at(-1)! - yTicks[0]!)) * height;
  const grid = yTicks.flatMap((tick) => [
    element('line', { x1: LEFT, x2: LEFT + width, y1: toY(tick), y2: toY(tick), stroke: GRID }),
    label(tickLabel(tick, yTicks), LEFT - 6, toY(tick) + 4, 'end'),
  ]);
  const bottom = TOP + height;
  const axis = [
    element('line', { x1: LEFT, x2: LEFT + width, y1: bottom, y2: bottom, stroke: INK }),
    ...xTicks.map((tick) => label(tickLabel(tick, xTicks), toX(tick), bottom + 16, 'middle')),
    label(xTitle, LEFT + width / 2, bottom + 32, 'middle'),
  ];
  const frame = element('rect', { x: LEFT, y: TOP, width: width + RIGHT, height });
  const drawn = lines.map((line) => drawLine(line, toX, toY));
  return element(
    'g',
    { transform: `translate(${place.x} ${place.y})` },
    [
      textElement(title, { x: LEFT, y: 14, 'font-weight': 600 }),
      element('clipPath', { id }, frame),
      ...grid,
      element('g', { 'clip-path': `url(#${id})` }, drawn.join('')),
      ...axis,
    ].join('\n'),
  );
}

function label(text: string, x: number, y: number, anchor: string): string {
  return textElement(text, { x, y, 'text-anchor': anchor, 'font-size': 11, fill: QUIET });
}

function drawLine(
  { points, color, dashed, faint, marker }: ChartLine,
  toX: (x: number) => number,
  toY: (y: number) => number,
): string {
  const path = element('polyline', {
    points: points.map(([x, y]) => `${toX(x).toFixed(1)},${toY(y).toFixed(1)}`).join(' '),
    fill: 'none',
    stroke: color,
    'stroke-width': faint ? 1 : 2,
    'stroke-opacity': faint ? '0.35' : undefined,
    'stroke-dasharray': dashed ? DASHES : undefined,
    'stroke-linejoin': 'round',
  });
  if (faint) return path;
  return path + points.map(([x, y]) => chartMarker(marker, toX(x), toY(y), color)).join('');
}
