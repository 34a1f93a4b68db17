import { escapeXml } from '../../base/text/markup.js';
import { markerShape } from '../charts/markers.js';
import type { Scale } from '../scale.js';
import { element, textElement } from '../svg/svg.js';

/** Of every chart, in its own pixels: about as wide as a telephone, so that letters are read there too. */
export const WIDTH = 360;

/** Where a chart's figures lie. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Axis {
  readonly scale: Scale;
  readonly format: (value: number) => string;
  readonly name: string;
}

export function xOf({ left, right }: Area, scale: Scale, value: number): number {
  return left + scale.at(value) * (right - left);
}

export function yOf({ top, bottom }: Area, scale: Scale, value: number): number {
  return bottom - scale.at(value) * (bottom - top);
}

/** A chart; `label` is what those hear who do not see it. */
export function chart(height: number, label: string, content: readonly string[]): string {
  const attributes = { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': label };
  return element('svg', attributes, `\n${content.join('\n')}\n`);
}

/** Grid lines with their figures, and the names of both axes. */
export function axes(area: Area, x: Axis, y: Axis): string[] {
  return [
    ...y.scale.ticks.flatMap((tick) => {
      const at = yOf(area, y.scale, tick);
      return [
        gridLine(area.left, at, area.right, at),
        textElement(y.format(tick), { x: area.left - 5, y: at + 4, 'text-anchor': 'end', class: 'axis' }),
      ];
    }),
    ...x.scale.ticks.flatMap((tick) => {
      const at = xOf(area, x.scale, tick);
      return [
        gridLine(at, area.top, at, area.bottom),
        textElement(x.format(tick), { x: at, y: area.bottom + 15, 'text-anchor': 'middle', class: 'axis' }),
      ];
    }),
    textElement(x.name, {
      x: (area.left + area.right) / 2,
      y: area.bottom + 31,
      'text-anchor': 'middle',
      class: 'axis',
    }),
    textElement(y.name, { x: 2, y: area.top - 8, class: 'axis' }),
  ];
}

function gridLine(x1: number, y1: number, x2: number, y2: number): string {
  return element('line', { x1, y1, x2, y2, class: 'grid-line' });
}

/** A dot of a series, in its colour and form. */
export function marker(series: number, x: number, y: number, title: string, size = 5): string {
  const attributes = { fill: 'var(--c)', stroke: 'var(--card)', 'stroke-width': 1 };
  return markerShape(series, x, y, size, attributes, element('title', {}, escapeXml(title)));
}

/** Lines differ in their dashes too. */
export function dashes(series: number): string | undefined {
  return [undefined, '6 3', '2 3', '8 3 2 3'][series % 4];
}
