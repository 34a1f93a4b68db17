import type { Axis, Field } from '../fields.js';

/** Where a pixel lies among the values of a map in one direction: between which two, and how near to the second. */
interface Between {
  readonly first: number;
  readonly second: number;
  readonly share: number;
}

/**
 * A map as values of pixels: each of its values stands where the middle of what it sees is, those between are
 * interpolated linearly, and beyond the outermost they stay as there.
 * @param map [rows * columns]
 * @param field what the values see; of null, which see the whole picture, the map is spread evenly
 * @returns [height * width]
 */
export function spread(
  map: readonly number[],
  [rows, columns]: readonly [number, number],
  field: Field | null,
  [height, width]: readonly [number, number],
): Float32Array {
  const down = placesIn(field?.[0] ?? evenly(rows, height), rows, height);
  const across = placesIn(field?.[1] ?? evenly(columns, width), columns, width);
  const values = new Float32Array(height * width);
  down.forEach((y, row) => {
    across.forEach((x, column) => {
      const along = (line: number) =>
        mixed(map[line * columns + x.first]!, map[line * columns + x.second]!, x.share);
      values[row * width + column] = mixed(along(y.first), along(y.second), y.share);
    });
  });
  return values;
}

function evenly(count: number, pixels: number): Axis {
  return { start: 0, size: pixels / count, stride: pixels / count };
}

function placesIn({ start, size, stride }: Axis, count: number, pixels: number): Between[] {
  const middle = start + (size - 1) / 2;
  return Array.from({ length: pixels }, (_, pixel) => {
    const at = Math.max(0, Math.min(count - 1, (pixel - middle) / stride));
    const first = Math.floor(at);
    return { first, second: Math.min(count - 1, first + 1), share: at - first };
  });
}

function mixed(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}
