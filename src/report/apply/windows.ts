import { setting } from '../../base/text/settings.js';
import type { WindowGeometry } from '../../models/graph/window.js';
import type { SeenPlaces, Windows } from '../../tasks/apply/windows.js';
import { words } from './lines.js';
import { type Block, sideBySide } from './matrix.js';

/** More positions than this are told, not drawn; of a large map there are fewer. */
const MOST_DRAWN = 36;
const MOST_CHARACTERS = 6000;
const SEEN = '#';
const INPUT = '.';
const PADDING = '+';

/** Which places of its input every value of a layer sees: drawn, and as a rule. */
export function windowLines({ layer, input, geometry, positions }: Windows, width: number): string[] {
  const { output, size, strides, pads } = geometry;
  const padded = [input[0] + pads[0] + pads[2], input[1] + pads[1] + pads[3]] as const;
  const hasPadding = pads.some((pad) => pad > 0);
  const head = [
    `${layer}: a ${size.join('x')} window on ${input.join('x')}${hasPadding ? `, padded to ${padded.join('x')}` : ''}, strides ${strides.join('x')}: ${output.join('x')} positions`,
    rule(geometry),
    `${SEEN} seen  ${INPUT} not seen${hasPadding ? `  ${PADDING} padding` : ''}`,
  ];
  const told = head.flatMap((line) => words(line, width));
  const most = Math.min(MOST_DRAWN, Math.floor(MOST_CHARACTERS / (2 * padded[0] * padded[1])));
  const fits = 2 * padded[1] - 1 <= width;
  const blocks = fits ? positions.slice(0, most).map((one) => drawn(geometry, input, one)) : [];
  const rest = positions.length - blocks.length;
  const tail =
    rest > 0
      ? [
          '',
          `${blocks.length > 0 ? '... and ' : ''}${rest} more positions (${setting('format', 'json')} has all)`,
        ]
      : [];
  return [...told, ...(blocks.length > 0 ? ['', ...sideBySide(blocks, width)] : []), ...tail];
}

/** Neuron (i, j) sees rows i*s to i*s + f - 1, and columns likewise. */
function rule({ size, strides, pads }: WindowGeometry): string {
  const part = (axis: 0 | 1, name: string, letter: string) => {
    const scaled = strides[axis] === 1 ? letter : `${letter}*${strides[axis]}`;
    const shift = size[axis] - 1 - pads[axis];
    const first = pads[axis] > 0 ? `${scaled} - ${pads[axis]}` : scaled;
    const last = shift === 0 ? scaled : `${scaled} ${shift > 0 ? '+' : '-'} ${Math.abs(shift)}`;
    return `${name} ${first} to ${last}`;
  };
  return `the value at (i, j) sees ${part(0, 'rows', 'i')} and ${part(1, 'columns', 'j')}`;
}

function drawn(
  { pads: [top, left, bottom, right] }: WindowGeometry,
  [height, width]: readonly [number, number],
  { place, rows, columns }: SeenPlaces,
): Block {
  const within = (at: number, [first, last]: readonly [number, number]) => at >= first && at <= last;
  const characterAt = (row: number, column: number): string => {
    if (within(row, rows) && within(column, columns)) return SEEN;
    return within(row, [0, height - 1]) && within(column, [0, width - 1]) ? INPUT : PADDING;
  };
  const lines = Array.from({ length: top + height + bottom }, (_, y) =>
    Array.from({ length: left + width + right }, (_, x) => characterAt(y - top, x - left)).join(' '),
  );
  return { title: `(${place.join(', ')})`, lines };
}
