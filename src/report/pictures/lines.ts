import type { Convolved } from '../../tasks/visualize/convolve/convolve.js';
import type { Column } from '../column.js';
import { type Picture, pictureTable } from './picture.js';
import { type Sheet, sheetSvg, sheetText } from './sheet.js';

interface Row {
  readonly filter: string;
  /** Rows of the kernel. */
  readonly kernel: readonly (readonly number[])[];
}

const columns: readonly Column<Row>[] = [
  { key: 'filter', header: 'Filter', priority: 0, value: (row) => row.filter },
  {
    key: 'kernel',
    header: 'Kernel',
    priority: 1,
    value: (row) => row.kernel.map((r) => r.join('')).join(' '),
  },
];

/** A photograph beside what the two line filters make of it. */
export function linesPicture({ kernels, pictures, padding, strides }: Convolved): Picture {
  const [{ image, height, width, picture, maps }] = pictures as readonly [Convolved['pictures'][number]];
  const sheet: Sheet = {
    title: 'Two filters of 7x7 on a photograph',
    sections: [
      { heading: `the photograph, ${width}x${height}`, tiles: [picture], side: width },
      ...maps.map(({ tile }, i) => ({
        heading: `${kernels[i]!.name} line of ones`,
        tiles: [tile],
        side: width,
      })),
    ],
  };
  const rows = kernels.map(({ name, values }) => ({
    filter: name,
    kernel: Array.from({ length: 7 }, (_, y) => [...values.subarray(7 * y, 7 * (y + 1))]),
  }));
  return {
    svg: () => sheetSvg(sheet),
    pngScale: 1,
    terminal: (style) => sheetText(sheet, style),
    json: { image, height, width, padding, strides, filters: rows },
    table: pictureTable(rows, columns),
  };
}
