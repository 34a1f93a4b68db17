import { maxOf, minOf } from '../../base/extremes.js';
import { escapeXml } from '../../base/text/markup.js';
import { linearScale, logarithmicScale, type Scale } from '../scale.js';
import { element } from '../svg/svg.js';
import { type Area, axes, chart, dashes, WIDTH, xOf, yOf } from './axes.js';

/** One run: figures over epochs. */
export interface Curve {
  readonly label: string;
  readonly series: number;
  readonly points: readonly (readonly [epoch: number, value: number])[];
  /** Of the validation images after each epoch. */
  readonly validation: readonly (readonly [epoch: number, value: number])[];
  /** Of the test images after each epoch. */
  readonly test: readonly (readonly [epoch: number, value: number])[];
}

export interface CurvesOptions {
  readonly title: string;
  readonly name: string;
  readonly format: (scale: Scale) => (value: number) => string;
  readonly isLogarithmic: boolean;
}

const HEIGHT = 270;
const RING = { fill: 'var(--card)', stroke: 'var(--c)', 'stroke-width': 1.5 } as const;
const AREA: Area = { left: 54, top: 26, right: WIDTH - 12, bottom: HEIGHT - 42 };

/** Runs over epochs, a line each; looks at the validation images are rings, at the test images squares. */
export function curves(
  runs: readonly Curve[],
  { title, name, format, isLogarithmic }: CurvesOptions,
): string {
  const all = runs.flatMap(({ points, validation, test }) => [...points, ...validation, ...test]);
  const values = all.map(([, value]) => value);
  const x = linearScale([0, maxOf(all.map(([epoch]) => epoch))], 5);
  const y = scaleOf(values, isLogarithmic);
  return chart(HEIGHT, title, [
    ...axes(AREA, { scale: x, format: String, name: 'epochs' }, { scale: y, format: format(y), name }),
    ...runs.map((run) => curve(run, x, y)),
  ]);
}

function scaleOf(values: readonly number[], isLogarithmic: boolean): Scale {
  const [low, high] = [minOf(values), maxOf(values)];
  return isLogarithmic && low > 0 && high / low > 1.5
    ? logarithmicScale(low * 0.95, high * 1.05)
    : linearScale([low, high], 5);
}

function curve({ label, series, points, validation, test }: Curve, x: Scale, y: Scale): string {
  const at = ([epoch, value]: readonly [number, number]) =>
    [xOf(AREA, x, epoch), yOf(AREA, y, value)] as const;
  const line = element(
    'polyline',
    {
      class: 'curve',
      stroke: 'var(--c)',
      'stroke-dasharray': dashes(series),
      points: points
        .map((point) =>
          at(point)
            .map((v) => v.toFixed(1))
            .join(','),
        )
        .join(' '),
    },
    element('title', {}, escapeXml(label)),
  );
  const dots = validation.map((point) => {
    const [cx, cy] = at(point);
    return element('circle', { cx, cy, r: 3, ...RING });
  });
  const squares = test.map((point) => {
    const [cx, cy] = at(point);
    return element('rect', { x: cx - 3, y: cy - 3, width: 6, height: 6, ...RING });
  });
  return element('g', { class: `s${series}` }, [line, ...dots, ...squares].join(''));
}
