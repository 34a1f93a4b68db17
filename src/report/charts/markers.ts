import { type Attributes, element, rounded } from '../svg/svg.js';

/** Dots differ in form too, for print and for those who tell no colours apart: a circle, a square, a triangle, a rhombus. */
export function markerShape(
  series: number,
  x: number,
  y: number,
  size: number,
  attributes: Attributes,
  content = '',
): string {
  const points = (list: readonly (readonly [number, number])[]) =>
    element(
      'polygon',
      {
        ...attributes,
        points: list.map(([dx, dy]) => `${rounded(x + dx * size)},${rounded(y + dy * size)}`).join(' '),
      },
      content,
    );
  switch (series % 4) {
    case 1:
      return element(
        'rect',
        { ...attributes, x: x - 0.9 * size, y: y - 0.9 * size, width: 1.8 * size, height: 1.8 * size },
        content,
      );
    case 2:
      return points([
        [0, -1.2],
        [1.1, 0.9],
        [-1.1, 0.9],
      ]);
    case 3:
      return points([
        [0, -1.3],
        [1.3, 0],
        [0, 1.3],
        [-1.3, 0],
      ]);
    default:
      return element('circle', { ...attributes, cx: x, cy: y, r: size }, content);
  }
}
