import { maxOf, minOf } from '../../base/extremes.js';
import { listed } from '../../base/text/words.js';
import type { Range } from '../../rasters/tiles.js';
import type { FeatureMaps } from '../../tasks/visualize/activity/features.js';
import type { Column } from '../column.js';
import { type Picture, pictureTable } from './picture.js';
import { type Sheet, sheetSvg, sheetText } from './sheet.js';

interface Row extends Range {
  readonly index: number;
}

const figure = (value: number): string => value.toFixed(4);
const columns: readonly Column<Row>[] = [
  { key: 'index', header: 'Map', priority: 0, align: 'right', value: (row) => row.index },
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

/** About how wide maps are in a file; a vector's values are small squares. */
const MAP_SIDE = 72;
const VALUE_SIDE = 20;
const LARGEST_INPUT = 224;

/** An image and what a layer makes of it. */
export function featuresPicture(features: FeatureMaps): Picture {
  const { model, run, image, layer, kind, shape, input, scale, maps } = features;
  const isVector = shape.length === 1;
  const sheet: Sheet = {
    title: `${model}: what ${layer} makes of an image${run === null ? ` (${features.origin})` : ''}`,
    sections: [
      {
        heading: `the image, ${input.width}x${input.height}`,
        tiles: [input],
        side: Math.min(LARGEST_INPUT, input.width * Math.max(1, Math.round(MAP_SIDE / input.width))),
      },
      {
        heading: headingOf(features),
        tiles: maps.map(({ tile }) => tile),
        side: isVector ? VALUE_SIDE : MAP_SIDE,
      },
    ],
  };
  const rows = maps.map(({ index, min, max, mean }) => ({ index, min, max, mean }));
  return {
    svg: () => sheetSvg(sheet),
    pngScale: 1,
    terminal: (style) => sheetText(sheet, style),
    json: { model, run, image, layer, type: kind, outputShape: shape, scale, maps: rows },
    table: pictureTable(rows, columns),
  };
}

/** "conv2d_2 (conv2d): 16 maps of 10x10", and which of them are shown where those are not all. */
function headingOf({ layer, kind, shape, scale, depth, maps }: FeatureMaps): string {
  const isVector = shape.length === 1;
  const what = isVector ? `${depth} values` : `${depth} maps of ${shape[1]}x${shape[0]}`;
  const numbers = maps.map(({ index }) => String(index));
  const which = maps.length === depth ? '' : `, of them ${listed(numbers, 8)}`;
  const range =
    scale === 'shared'
      ? `, all from ${minOf(maps.map(({ min }) => min)).toPrecision(3)} to ${maxOf(maps.map(({ max }) => max)).toPrecision(3)}`
      : '';
  return `${layer} (${kind}): ${what}${which}${range}`;
}
