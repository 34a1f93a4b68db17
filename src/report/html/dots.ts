import { maxOf, minOf } from '../../base/extremes.js';
import { formatPercent } from '../../base/text/format.js';
import type { CostPoint } from '../../tasks/compare/pareto.js';
import { linearScale, percentTicks } from '../scale.js';
import { element, textElement } from '../svg/svg.js';
import { type Area, chart, marker, WIDTH, xOf } from './axes.js';

/** Of one recipe: its name and its dots below. */
const ROW = 40;
const TOP = 8;

/** A line a recipe with a dot a seed, and a stroke at their mean. */
export function accuracyDots(points: readonly CostPoint[], seriesOf: (label: string) => number): string {
  const area: Area = { left: 14, top: TOP, right: WIDTH - 22, bottom: TOP + ROW * points.length };
  const all = points.flatMap(({ accuracies }) => accuracies);
  const room = Math.max(0.0005, (maxOf(all) - minOf(all)) * 0.06);
  const scale = linearScale([minOf(all) - room, Math.min(1, maxOf(all) + room)], 4);
  const format = percentTicks(scale);
  const ticks = scale.ticks.flatMap((tick) => {
    const x = xOf(area, scale, tick);
    return [
      element('line', { x1: x, y1: area.top, x2: x, y2: area.bottom, class: 'grid-line' }),
      textElement(format(tick), {
        x,
        y: area.bottom + 15,
        'text-anchor': 'middle',
        class: 'axis',
      }),
    ];
  });
  const rows = points.map((point, i) =>
    row(point, area.top + ROW * i, seriesOf(point.label), (value) => xOf(area, scale, value)),
  );
  return chart(area.bottom + 22, 'Test accuracy of each model and seed', [...ticks, ...rows]);
}

function row(
  { label, accuracies, testAccuracy }: CostPoint,
  top: number,
  series: number,
  at: (value: number) => number,
): string {
  const y = top + 28;
  const x = at(testAccuracy);
  const mean = element('line', {
    x1: x,
    y1: y - 9,
    x2: x,
    y2: y + 9,
    stroke: 'var(--c)',
    'stroke-width': 2,
  });
  const title =
    accuracies.length > 1
      ? `${label}, mean ${formatPercent(testAccuracy)}`
      : `${label}, ${formatPercent(testAccuracy)}`;
  const dots = accuracies.map((value) =>
    marker(series, at(value), y, `${label}: ${formatPercent(value)}`, 4.5),
  );
  return element(
    'g',
    { class: `s${series}` },
    [textElement(title, { x: 2, y: top + 12 }), ...(accuracies.length > 1 ? [mean] : []), ...dots].join(''),
  );
}
