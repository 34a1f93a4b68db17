import { emptyRaster, paste, type Raster, resized, tiled } from '../../../base/raster.js';
import { type PictureStyle, pictureLines, pixelsPerCharacter } from '../../../terminal/terminal-picture.js';
import { fitText } from '../../../terminal/text.js';
import type { Theme } from '../../../terminal/theme.js';
import type { Area } from '../state/pane.js';

/** A picture in characters, as large as the room allows; enlarged by whole numbers. */
export function pictureIn(raster: Raster, { width, height }: Area, style: PictureStyle): string[] {
  const [across, down] = pixelsPerCharacter(style);
  const [w, h] = sizeIn(raster, width * across, height * down);
  return pictureLines(evened(resized(raster, w, h), down), style);
}

/** The largest size of a picture in so much room, in pixels: whole multiples of its own where it is enlarged. */
export function sizeIn(raster: Raster, width: number, height: number): readonly [number, number] {
  const scale = Math.min(width / raster.width, height / raster.height);
  const factor = scale >= 1 ? Math.floor(scale) : scale;
  return [Math.max(1, Math.floor(raster.width * factor)), Math.max(1, Math.floor(raster.height * factor))];
}

/** With a height that fills whole characters. */
function evened(raster: Raster, down: number): Raster {
  const height = Math.ceil(raster.height / down) * down;
  if (height === raster.height) return raster;
  const result = emptyRaster(raster.width, height);
  paste(result, raster, 0, 0);
  return result;
}

/** About how many columns of characters an image takes in a sheet. */
const TILE = 16;

/** Images beside each other, each with its words above it, row by row. */
export function captionedTiles(
  tiles: readonly { readonly raster: Raster; readonly caption: string }[],
  { width, height }: Area,
  theme: Theme,
  style: PictureStyle,
): string[] {
  if (tiles.length === 0) return [];
  const [across, down] = pixelsPerCharacter(style);
  const each = Math.max(4, Math.min(TILE, width));
  const columns = Math.max(1, Math.floor((width + 2) / (each + 2)));
  const { raster } = tiles[0]!;
  const [w, h] = [each * across, Math.max(1, Math.round((each * across * raster.height) / raster.width))];
  const lines: string[] = [];
  for (let from = 0; from < tiles.length && lines.length < height; from += columns) {
    const row = tiles.slice(from, from + columns);
    lines.push(
      theme.paint(
        'quiet',
        row
          .map(({ caption }) => fitText(caption, each, theme.glyphs.ellipsis))
          .join('  ')
          .trimEnd(),
      ),
    );
    const sheet = tiled(
      row.map((tile) => resized(tile.raster, w, h)),
      row.length,
      2 * across,
      0,
    );
    lines.push(...pictureLines(evened(sheet, down), style), '');
  }
  return lines.slice(0, height);
}

/** Where a tile of a grid lies, and how many there are beside each other. */
export interface Grid {
  readonly columns: number;
  readonly lines: readonly string[];
  /** Images that fit. */
  readonly shown: number;
}

/** Small images in rows without words, one of them framed by `frame` at its left. */
export function tileGrid(tiles: readonly Raster[], area: Area, chosen: number, style: PictureStyle): Grid {
  if (tiles.length === 0 || area.width < 4 || area.height < 2) return { columns: 1, lines: [], shown: 0 };
  const [across, down] = pixelsPerCharacter(style);
  const [{ width, height }] = tiles as readonly [Raster];
  const [columns, w, h] = gridSize(tiles.length, { width, height }, area, across, down);
  const rows = Math.max(1, Math.floor((area.height * down + down) / (h + down)));
  const top = Math.max(
    0,
    Math.min(Math.ceil(tiles.length / columns) - rows, Math.floor(chosen / columns) - (rows >> 1)),
  );
  const shown = tiles.slice(top * columns, (top + rows) * columns);
  const lines: string[] = [];
  for (let from = 0; from < shown.length; from += columns) {
    const row = shown.slice(from, from + columns).map((tile, i) => {
      const small = resized(tile, w, h);
      return top * columns + from + i === chosen ? framed(small) : small;
    });
    lines.push(...pictureLines(evened(tiled(row, row.length, across, 0), down), style));
  }
  return { columns, lines: lines.slice(0, area.height), shown: shown.length };
}

/** The size at which all fit, or the smallest at which they can be told apart. */
function gridSize(
  count: number,
  tile: { readonly width: number; readonly height: number },
  area: Area,
  across: number,
  down: number,
): readonly [columns: number, width: number, height: number] {
  const [roomX, roomY] = [area.width * across, area.height * down];
  for (let scale = 4; scale >= 1; scale--) {
    const [w, h] = [tile.width * scale, tile.height * scale];
    const columns = Math.floor((roomX + across) / (w + across));
    if (columns >= 1 && Math.ceil(count / columns) * (Math.ceil(h / down) * down) <= roomY)
      return [columns, w, h];
  }
  const side = Math.max(1, Math.min(tile.width, 10));
  const h = Math.max(1, Math.round((side * tile.height) / tile.width));
  return [Math.max(1, Math.floor((roomX + across) / (side + across))), side, h];
}

const FRAME = [240, 180, 40] as const;

/** With a frame over its border, so that it is found among others. */
function framed(raster: Raster): Raster {
  const { width, height } = raster;
  const pixels = new Uint8Array(raster.pixels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isBorder = x === 0 || y === 0 || x === width - 1 || y === height - 1;
      if (isBorder) pixels.set([...FRAME, 255], 4 * (y * width + x));
    }
  }
  return { width, height, pixels };
}
