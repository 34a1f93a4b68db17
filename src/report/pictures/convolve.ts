import type { Range } from '../../rasters/tiles.js';
import type { Convolved, ConvolvedPicture } from '../../tasks/visualize/convolve/convolve.js';
import type { Kernel } from '../../tasks/visualize/convolve/kernels.js';
import type { Column } from '../column.js';
import { type Picture, pictureTable } from './picture.js';
import { type Section, type Sheet, sheetSvg, sheetText } from './sheet.js';

interface Row extends Range {
  readonly image: string;
  readonly filter: string;
  readonly outputShape: readonly [number, number];
}

const figure = (value: number): string => value.toFixed(4);
const columns: readonly Column<Row>[] = [
  { key: 'image', header: 'Image', priority: 1, shrinkTo: 16, value: (row) => row.image },
  { key: 'filter', header: 'Filter', priority: 0, shrinkTo: 12, value: (row) => row.filter },
  { key: 'outputShape', header: 'Output', priority: 2, value: (row) => row.outputShape.join('x') },
  ...(['min', 'max', 'mean'] as const).map(
    (what): Column<Row> => ({
      key: what,
      header: what,
      priority: 1,
      align: 'right',
      value: (row) => row[what],
      format: figure,
    }),
  ),
];

/** Pictures, each beside what filters make of it. */
export function convolvePicture(convolved: Convolved): Picture {
  const { kernels, origin, strides, padding, pictures } = convolved;
  const sheet: Sheet = {
    title: titleOf(convolved),
    sections: pictures.flatMap((picture) => sectionsOf(picture, kernels, pictures.length > 1)),
  };
  const rows = pictures.flatMap(({ image, maps }) =>
    maps.map(({ min, max, mean, tile }, i): Row => {
      const outputShape = [tile.height, tile.width] as const;
      return { image, filter: kernels[i]!.name, outputShape, min, max, mean };
    }),
  );
  return {
    svg: () => sheetSvg(sheet),
    pngScale: 1,
    terminal: (style) => sheetText(sheet, style),
    json: {
      from: origin,
      padding,
      strides,
      filters: kernels.map((kernel) => ({ filter: kernel.name, kernel: nested(kernel) })),
      images: pictures.map(({ image, height, width }) => ({
        image,
        height,
        width,
        maps: rows.filter((row) => row.image === image).map(({ image: _, ...row }) => row),
      })),
    },
    table: pictureTable(rows, columns),
  };
}

function titleOf({ kernels, origin, strides, padding, pictures }: Convolved): string {
  const what = pictures.length === 1 ? 'a picture' : `${pictures.length} pictures`;
  const which = kernels.length === 1 ? 'One filter' : `${kernels.length} filters`;
  const moved = [
    typeof strides === 'number'
      ? strides === 1
        ? []
        : [`strides ${strides}`]
      : [`strides ${strides.join(',')}`],
    padding === 'same' ? [] : [`padding ${padding}`],
  ].flat();
  const whose = origin === null ? '' : ` of ${origin}`;
  return `${which}${whose} on ${what}${moved.length > 0 ? ` (${moved.join(', ')})` : ''}`;
}

function sectionsOf(
  { image, height, width, picture, maps }: ConvolvedPicture,
  kernels: readonly Kernel[],
  isNamed: boolean,
): Section[] {
  const heading = `${isNamed ? image : 'the picture'}, ${width}x${height}`;
  return [
    { heading, tiles: [picture], side: width },
    ...maps.map(({ tile }, i) => ({
      heading: `${kernels[i]!.name}${tile.width === width && tile.height === height ? '' : `, ${tile.width}x${tile.height}`}`,
      tiles: [tile],
      side: tile.width,
    })),
  ];
}

/** [height][width], or [height][width][channels] of several. */
function nested({ shape: [height, width, depth], values }: Kernel): (number | number[])[][] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const place = values.subarray((y * width + x) * depth, (y * width + x + 1) * depth);
      return depth === 1 ? place[0]! : [...place];
    }),
  );
}
