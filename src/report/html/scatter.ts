import { maxOf, minOf } from '../../base/extremes.js';
import { formatPercent } from '../../base/text/format.js';
import type { Cost } from '../../tasks/compare/costs.js';
import { type CostPoint, type ParetoPoint, paretoPoints } from '../../tasks/compare/pareto.js';
import { COST_NAMES, costAxis, formatCost, formatTick } from '../compare/pareto.js';
import { linearScale, percentTicks } from '../scale.js';
import { element, textElement, textLength } from '../svg/svg.js';
import { type Area, axes, chart, marker, WIDTH, xOf, yOf } from './axes.js';

const HEIGHT = 270;
const AREA: Area = { left: 54, top: 26, right: WIDTH - 12, bottom: HEIGHT - 42 };
const FONT = 11;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Placed {
  readonly point: ParetoPoint;
  readonly x: number;
  readonly y: number;
}

/** Accuracy against a cost, with the front of those that nothing beats. @param seriesOf the colour of a label */
export function scatter(
  points: readonly CostPoint[],
  cost: Cost,
  seriesOf: (label: string) => number,
): string {
  const found = paretoPoints(points, cost);
  const x = costAxis(
    cost,
    found.map((point) => point.cost),
  );
  const accuracies = points.map(({ testAccuracy }) => testAccuracy);
  const room = Math.max(0.0005, (maxOf(accuracies) - minOf(accuracies)) * 0.08);
  const y = linearScale([minOf(accuracies) - room, Math.min(1, maxOf(accuracies) + room)], 5);
  const placed = found.map((point) => ({
    point,
    x: xOf(AREA, x, point.cost),
    y: yOf(AREA, y, point.point.testAccuracy),
  }));
  const axis = { name: COST_NAMES[cost], scale: x, format: (value: number) => formatTick(cost, value) };
  const name = { name: 'test accuracy', scale: y, format: percentTicks(y) };
  return chart(HEIGHT, `Accuracy against ${COST_NAMES[cost]}`, [
    ...axes(AREA, axis, name),
    ...fronts(placed),
    ...placed.map((p) =>
      element('g', { class: `s${seriesOf(p.point.point.label)}` }, dot(p, cost, seriesOf)),
    ),
    ...labels(placed),
  ]);
}

function dot({ point, x, y }: Placed, cost: Cost, seriesOf: (label: string) => number): string {
  const { label, testAccuracy } = point.point;
  const standing = point.beatenBy === null ? 'on the front' : `beaten by ${point.beatenBy}`;
  const title = `${label}: ${formatPercent(testAccuracy)}, ${formatCost(cost, point.cost)} ${cost === 'seconds' ? '' : COST_NAMES[cost]}, ${standing}`;
  return marker(seriesOf(label), x, y, title.replace(' ,', ','));
}

/** A line through the front of each group. */
function fronts(placed: readonly Placed[]): string[] {
  const groups = [...new Set(placed.map(({ point }) => point.point.group))];
  return groups.flatMap((group) => {
    const front = placed.filter(({ point }) => point.point.group === group && point.beatenBy === null);
    const points = front.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
    return front.length > 1 ? [element('polyline', { points, class: 'front' })] : [];
  });
}

/** Names beside their dots, where they hide neither another name nor a dot. */
function labels(placed: readonly Placed[]): string[] {
  const taken: Box[] = [
    // The name of the axis above the chart.
    { x: 0, y: AREA.top - 20, width: 80, height: 16 },
    ...placed.map(({ x, y }) => ({ x: x - 6, y: y - 6, width: 12, height: 12 })),
  ];
  return placed.map(({ point, x, y }) => {
    const width = textLength(point.point.label, FONT);
    const places: Box[] = [
      { x: x + 9, y: y - 6 },
      { x: x - 9 - width, y: y - 6 },
      { x: x - width / 2, y: y - 22 },
      { x: x - width / 2, y: y + 8 },
      { x: x + 6, y: y + 6 },
      { x: x - width - 6, y: y - 20 },
    ].map((place) => ({ ...place, width, height: 12 }));
    const box = places.find((place) => isInside(place) && !taken.some((other) => overlaps(place, other)));
    const chosen = box ?? clamped(places[2]!);
    taken.push(chosen);
    return textElement(point.point.label, { x: chosen.x, y: chosen.y + 10, class: 'name' });
  });
}

function isInside({ x, y, width, height }: Box): boolean {
  return x >= AREA.left && x + width <= WIDTH && y >= AREA.top - 4 && y + height <= AREA.bottom;
}

function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function clamped(box: Box): Box {
  return { ...box, x: Math.max(2, Math.min(WIDTH - box.width, box.x)) };
}
