import { maxOf } from '../../base/extremes.js';
import { emptyRaster, paste, type Raster, resized, tiled } from '../../base/raster.js';
import { setting } from '../../base/text/settings.js';
import { pictureLines, pixelsPerCharacter } from '../../terminal/terminal-picture.js';
import { textWidth, truncate, wrapText } from '../../terminal/text.js';
import { element, QUIET, svgDocument, textElement, textLength } from '../svg/svg.js';
import { dataUri } from './out.js';
import type { DrawingStyle } from './picture.js';

/** Small images of one size, with what they are. */
export interface Section {
  readonly heading: string;
  readonly tiles: readonly Raster[];
  /** About how wide one shall be in a file, in pixels; smaller ones are enlarged by whole numbers. */
  readonly side: number;
  /** What stands under each, a line or several. */
  readonly captions?: readonly (readonly string[])[];
  /** Whether it stands at the begin of a line, whatever room there is beside the one before. */
  readonly startsRow?: boolean;
  /** Images in a row, where the sheet is not to choose. */
  readonly columns?: number;
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

const CAPTION = { size: 11, height: 14 };

/** The sheet as an SVG: each section's images as one image in it. */
export async function sheetSvg({ title, sections }: Sheet): Promise<string> {
  const grids = sections.map((section) => {
    const grid = gridOf(section);
    return { section, grid, width: Math.max(grid.raster.width, textLength(section.heading, HEADING.size)) };
  });
  const content = [
    textElement(title, { x: MARGIN, y: MARGIN + TITLE.size, 'font-size': TITLE.size, 'font-weight': 600 }),
  ];
  let [x, y, rowHeight] = [MARGIN, MARGIN + TITLE.height, 0];
  let right = MARGIN + textLength(title, TITLE.size);
  for (const { section, grid, width } of grids) {
    const isFull = x + width > WIDEST || section.startsRow;
    if (x > MARGIN && isFull) [x, y, rowHeight] = [MARGIN, y + rowHeight, 0];
    content.push(
      textElement(section.heading, { x, y: y + HEADING.size, 'font-size': HEADING.size, fill: QUIET }),
      await gridSvg(grid, section, x, y + HEADING.height),
    );
    right = Math.max(right, x + width);
    x = Math.ceil(x + width + 2 * MARGIN);
    rowHeight = Math.max(rowHeight, HEADING.height + grid.raster.height + MARGIN);
  }
  return svgDocument(right + MARGIN, y + rowHeight, title, content);
}

/** Images in rows as one, and where they are in it. */
interface Grid {
  readonly raster: Raster;
  readonly columns: number;
  /** Of one image with its gap, and with the room for what stands under it. */
  readonly step: { readonly across: number; readonly down: number };
  readonly tileHeight: number;
}

function gridOf({ tiles, side, captions, columns: wanted }: Section): Grid {
  const [{ width, height }] = tiles as readonly [Raster];
  const times = Math.max(1, Math.round(side / width));
  const shrink = Math.min(1, side / width);
  const [w, h] = (
    times > 1 ? [width * times, height * times] : [width * shrink, height * shrink].map(Math.ceil)
  ) as [number, number];
  const lines = maxOf(
    (captions ?? []).map(({ length }) => length),
    0,
  );
  const columns = wanted ?? columnsFor(tiles.length);
  const room = h + lines * CAPTION.height;
  const shown = tiles.map((tile) => withRoom(resized(tile, w, h), room));
  const step = { across: w + GAP, down: room + GAP };
  return { raster: tiled(shown, columns, GAP, 0), columns, step, tileHeight: h };
}

/** An image with so many rows, those below it empty. */
function withRoom(tile: Raster, height: number): Raster {
  if (height === tile.height) return tile;
  const result = emptyRaster(tile.width, height);
  paste(result, tile, 0, 0);
  return result;
}

async function gridSvg(
  { raster, ...grid }: Grid,
  { captions }: Section,
  x: number,
  y: number,
): Promise<string> {
  const { width, height } = raster;
  const image = element('image', { x, y, width, height, href: await dataUri(raster) });
  const texts = (captions ?? []).flatMap((lines, i) => {
    const left = x + (i % grid.columns) * grid.step.across;
    const top = y + Math.floor(i / grid.columns) * grid.step.down + grid.tileHeight;
    const most = Math.floor((grid.step.across - GAP) / textLength('m', CAPTION.size));
    return lines.map((line, nth) =>
      textElement(truncate(line, most), {
        x: left,
        y: top + (nth + 1) * CAPTION.height - 3,
        'font-size': CAPTION.size,
      }),
    );
  });
  return [image, ...texts].join('\n');
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

/** Images with words under them are at least so wide in a terminal, in characters. */
const WORDS = 16;

export function sheetText({ title, sections }: Sheet, style: DrawingStyle): string {
  const { theme } = style;
  const lines = wrapText(title, style.columns).map((line) => theme.paint('strong', line));
  for (const section of sections) {
    const { rows, left } = section.captions ? captioned(section, style) : drawn(section, style);
    lines.push('', ...wrapText(section.heading, style.columns).map((line) => theme.paint('quiet', line)));
    lines.push(...rows);
    if (left > 0)
      lines.push(theme.paint('quiet', `and ${left} more: all of them with ${setting('out', 'FILE.png')}`));
  }
  return `${lines.join('\n')}\n`;
}

/** Lines of a section, and how many of its images they leave out. */
interface Drawn {
  readonly rows: readonly string[];
  readonly left: number;
}

function drawn(section: Section, style: DrawingStyle): Drawn {
  const { raster, left } = fitted(section, style);
  return { rows: pictureLines(raster, style), left };
}

/** Row by row, each with its words under it. */
function captioned({ tiles, captions }: Section, style: DrawingStyle): Drawn {
  const [across, down] = pixelsPerCharacter(style);
  const [{ width, height }] = tiles as readonly [Raster];
  const columns = Math.max(1, Math.min(tiles.length, Math.floor((style.columns + 1) / (WORDS + 1))));
  const characters = Math.floor((style.columns + 1) / columns) - 1;
  const size = sizeIn(characters * across, width);
  const tileHeight = Math.max(1, Math.round((size * height) / width));
  const rows: string[] = [];
  let shown = 0;
  while (shown < tiles.length && (shown === 0 || rows.length < MOST_LINES)) {
    const part = tiles.slice(shown, shown + columns).map((tile) => {
      const wide = emptyRaster(characters * across, tileHeight);
      paste(wide, resized(tile, size, tileHeight), 0, 0);
      return wide;
    });
    rows.push(...pictureLines(evened(tiled(part, columns, across, 0), down), style));
    rows.push(...wordsUnder(captions!.slice(shown, shown + columns), characters, style), '');
    shown += part.length;
  }
  return { rows: rows.slice(0, -1), left: tiles.length - shown };
}

function wordsUnder(
  captions: readonly (readonly string[])[],
  width: number,
  { theme }: DrawingStyle,
): string[] {
  const lines = maxOf(captions.map(({ length }) => length));
  return Array.from({ length: lines }, (_, i) =>
    captions
      .map((words) => {
        const text = truncate(words[i] ?? '', width, theme.glyphs.ellipsis);
        return text + ' '.repeat(width - textWidth(text));
      })
      .join(' ')
      .trimEnd(),
  );
}

/** A width for an image in so much room: enlarged by a whole number, else as wide as the room. */
function sizeIn(room: number, width: number): number {
  return room >= width ? width * Math.floor(room / width) : Math.floor(room);
}

/** As large as width and height allow, by a whole number where they are enlarged. */
function fitted({ tiles, columns: wanted }: Section, style: DrawingStyle): { raster: Raster; left: number } {
  const [across, down] = pixelsPerCharacter(style);
  const room = { width: style.columns * across, height: LINES * down };
  const [{ width, height }] = tiles as readonly [Raster];
  const least = Math.min(SMALLEST, width);
  const gap = across;
  let columns = wanted ?? columnsFor(tiles.length);
  while (columns > 1 && columns * (least + gap) - gap > room.width) columns--;
  const rows = Math.ceil(tiles.length / columns);
  const widest = (room.width + gap) / columns - gap;
  const highest = (((room.height + gap) / rows - gap) * width) / height;
  const size = sizeIn(Math.max(least, Math.min(widest, highest)), width);
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
