import type { Filter } from '../../rasters/filter-tiles.js';
import type { Range } from '../../rasters/tiles.js';
import type { FirstFilters } from '../../tasks/visualize/networks/filters.js';
import type { Column } from '../column.js';
import { type Picture, pictureTable } from './picture.js';
import { type Sheet, sheetSvg, sheetText } from './sheet.js';

const SIDE = 40;

interface Row {
  readonly index: number;
  readonly before: Range;
  readonly after: Range | null;
}

const figure = (value: number): string => value.toFixed(4);
const ranges = (['before', 'after'] as const).flatMap((when) =>
  (['min', 'max', 'mean'] as const).map(
    (what): Column<Row> => ({
      key: `${when}${what[0]!.toUpperCase()}${what.slice(1)}`,
      header: `${what} ${when}`,
      priority: 1,
      align: 'right',
      value: (row) => row[when]?.[what] ?? null,
      format: figure,
    }),
  ),
);
const columns: readonly Column<Row>[] = [
  { key: 'index', header: 'Filter', priority: 0, align: 'right', value: (row) => row.index },
  ...ranges,
];

/** The filters of a first layer before and after training. */
export function filtersPicture(filters: FirstFilters): Picture {
  const { model, run, seed, layer, shape, before, beforeOrigin, after } = filters;
  const title = `${model}: ${before.length} filters of ${layer}, ${shape.join('x')}`;
  const tiles = (list: readonly Filter[]) => list.map(({ tile }) => tile);
  const sections = [{ heading: `before training, ${beforeOrigin}`, tiles: tiles(before), side: SIDE }];
  if (after) {
    const heading = `after training, weights ${after.origin}`;
    sections.push({ heading, tiles: tiles(after.filters), side: SIDE });
  }
  const sheet: Sheet = { title, sections };
  const rows = before.map((filter, index) => ({
    index,
    before: plain(filter),
    after: after && plain(after.filters[index]!),
  }));
  return {
    svg: () => sheetSvg(sheet),
    pngScale: 1,
    terminal: (style) => sheetText(sheet, style),
    json: { model, run, seed, layer, kernelShape: shape, filters: rows },
    table: pictureTable(rows, columns),
  };
}

function plain({ min, max, mean }: Range): Range {
  return { min, max, mean };
}
