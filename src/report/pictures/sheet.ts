import { emptyRaster, paste, type Raster, resized, tiled } from '../../base/raster.js';
import { setting } from '../../base/text/settings.js';
import { pictureLines, pixelsPerCharacter } from '../../terminal/terminal-picture.js';
import { wrapText } from '../../terminal/text.js';
import { element, QUIET, svgDocument, textElement, textLength } from '../svg/svg.js';
import { dataUri } from './out.js';
import type { DrawingStyle } from './picture.js';

/** Small images of one size, with what they are. */
export interface Section {
  readonly heading: string;
  readonly tiles: readonly Raster[];
  /** About how wide one shall be in a file, in pixels; smaller ones are enlarged by whole numbers. */
  readonly side: number;
}

/** Small images in rows. */
export interface Sheet {
  readonly title: string;
  readonly sections: readonly Section[];
}

const MARGIN = 16;
const GAP = 6;
/** Sections stand side by side as far as they fit into so many pixels. */
const WIDEST = 1000;
const TITLE = { size: 15, height: 30 };
const HEADING = { size: 12, height: 22 };

/** The sheet as an SVG: each section's images as one image in it. */
export async function sheetSvg({ title, sections }: Sheet): Promise<string> {
  const grids = sections.map(({ heading, tiles, side }) => {
    const grid = gridOf(tiles, side);
    return { heading, grid, width: Math.max(grid.width, textLength(heading, HEADING.size)) };
  });
  const content = [
    textElement(title, { x: MARGIN, y: MARGIN + TITLE.size, 'font-size': TITLE.size, 'font-weight': 600 }),
  ];
  let [x, y, rowHeight] = [MARGIN, MARGIN + TITLE.height, 0];
  let right = MARGIN + textLength(title, TITLE.size);
  for (const { heading, grid, width } of grids) {
    if (x > MARGIN && x + width > WIDEST) [x, y, rowHeight] = [MARGIN, y + rowHeight, 0];
    content.push(
      textElement(heading, { x, y: y + HEADING.size, 'font-size': HEADING.size, fill: QUIET }),
      element('image', {
        x,
        y: y + HEADING.height,
        width: grid.width,
        height: grid.height,
        href: await dataUri(grid),
      }),
    );
    right = Math.max(right, x + width);
    x = Math.ceil(x + width + 2 * MARGIN);
    rowHeight = Math.max(rowHeight, HEADING.height + grid.height + MARGIN);
  }
  return svgDocument(right + MARGIN, y + rowHeight, title, content);
}

function gridOf(tiles: readonly Raster[], side: number): Raster {
  const [{ width, height }] = tiles as readonly [Raster];
  const times = Math.max(1, Math.round(side / width));
  const shrink = Math.min(1, side / width);
  const [w, h] =
    times > 1 ? [width * times, height * times] : [width * shrink, height * shrink].map(Math.ceil);
  return tiled(
    tiles.map((tile) => resized(tile, w!, h!)),
    columnsFor(tiles.length),
    GAP,
    0,
  );
}

/** Columns of a grid that is wider than high, full to its end where that can be. */
export function columnsFor(count: number): number {
  const least = Math.ceil(Math.sqrt(count));
  for (let columns = least; columns <= 2 * least; columns++) if (count % columns === 0) return columns;
  return least;
}

/** Lines that a section's images may take in a terminal, unless even the smallest take more. */
const LINES = 30;
/** Lines that no section exceeds; what is left out is counted. */
const MOST_LINES = 60;
/** Images in a terminal are not made smaller than this, in pixels. */
const SMALLEST = 8;

export function sheetText({ title, sections }: Sheet, style: DrawingStyle): string {
  const lines = wrapText(title, style.columns).map((line) => style.theme.paint('strong', line));
  for (const { heading, tiles } of sections) {
    const { raster, left } = fitted(tiles, style);
    lines.push('', ...wrapText(heading, style.columns).map((line) => style.theme.paint('quiet', line)));
    lines.push(...pictureLines(raster, style));
    if (left > 0)
      lines.push(
        style.theme.paint('quiet', `and ${left} more: all of them with ${setting('out', 'FILE.png')}`),
      );
  }
  return `${lines.join('\n')}\n`;
}

/** As large as width and height allow, by a whole number where they are enlarged. */
function fitted(tiles: readonly Raster[], style: DrawingStyle): { raster: Raster; left: number } {
  const [across, down] = pixelsPerCharacter(style);
  const room = { width: style.columns * across, height: LINES * down };
  const [{ width, height }] = tiles as readonly [Raster];
  const least = Math.min(SMALLEST, width);
  const gap = across;
  let columns = columnsFor(tiles.length);
  while (columns > 1 && columns * (least + gap) - gap > room.width) columns--;
  const rows = Math.ceil(tiles.length / columns);
  const widest = (room.width + gap) / columns - gap;
  const highest = (((room.height + gap) / rows - gap) * width) / height;
  const side = Math.max(least, Math.min(widest, highest));
  const size = side >= width ? width * Math.floor(side / width) : Math.floor(side);
  const tileHeight = Math.max(1, Math.round((size * height) / width));
  const shownRows = Math.max(1, Math.floor((MOST_LINES * down) / (tileHeight + gap)));
  const shown = tiles.slice(0, shownRows * columns).map((tile) => resized(tile, size, tileHeight));
  return { raster: evened(tiled(shown, columns, gap, 0), down), left: tiles.length - shown.length };
}

/** With a height that fills whole characters. */
function evened(raster: Raster, down: number): Raster {
  const result = emptyRaster(raster.width, Math.ceil(raster.height / down) * down);
  paste(result, raster, 0, 0);
  return result;
}
