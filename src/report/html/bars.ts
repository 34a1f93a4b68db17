import { maxOf } from '../../base/extremes.js';
import { element, textElement, textLength } from '../svg/svg.js';
import { chart, WIDTH } from './axes.js';

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly series: number;
}

const ROW = 36;

/** A bar a model, as long as its figure; figures that differ by orders of magnitude are seen by their numbers. */
export function bars(title: string, values: readonly Bar[]): string {
  const most = maxOf(
    values.map(({ value }) => value),
    1e-9,
  );
  const room = WIDTH - 8 - maxOf(values.map(({ text }) => textLength(text, 11)));
  const rows = values.map(({ label, value, text, series }, i) => {
    const width = Math.max(1, (value / most) * room);
    return element(
      'g',
      { class: `s${series}` },
      [
        textElement(label, { x: 2, y: ROW * i + 12 }),
        element('rect', { x: 2, y: ROW * i + 17, width, height: 12, rx: 2, fill: 'var(--c)' }),
        textElement(text, { x: width + 7, y: ROW * i + 27, class: 'axis' }),
      ].join(''),
    );
  });
  return chart(ROW * values.length, title, rows);
}
