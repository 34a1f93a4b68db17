/** An image of [height, width, 4] bytes, RGBA; what is transparent shows the paper or the terminal behind it. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

export function emptyRaster(width: number, height: number): Raster {
  return { width, height, pixels: new Uint8Array(4 * width * height) };
}

/** Bytes of [height, width, 1] or [height, width, 3] as an opaque image. */
export function opaqueRaster(bytes: ArrayLike<number>, width: number, height: number): Raster {
  const raster = emptyRaster(width, height);
  const channels = bytes.length / (width * height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) raster.pixels[4 * i + c] = bytes[i * channels + Math.min(c, channels - 1)]!;
    raster.pixels[4 * i + 3] = 255;
  }
  return raster;
}

/** The image at another size: each pixel repeated, or the mean of those that fall together. */
export function resized(raster: Raster, width: number, height: number): Raster {
  if (width === raster.width && height === raster.height) return raster;
  const result = emptyRaster(width, height);
  for (let y = 0; y < height; y++) {
    const rows = range(y, height, raster.height);
    for (let x = 0; x < width; x++) average(raster, rows, range(x, width, raster.width), result, y, x);
  }
  return result;
}

/** Which of `from` places fall into place `i` of `to`; at least one. */
function range(i: number, to: number, from: number): readonly [number, number] {
  const begin = Math.floor((i * from) / to);
  return [begin, Math.max(begin + 1, Math.floor(((i + 1) * from) / to))];
}

function average(
  { pixels, width }: Raster,
  rows: readonly [number, number],
  columns: readonly [number, number],
  into: Raster,
  y: number,
  x: number,
): void {
  const count = (rows[1] - rows[0]) * (columns[1] - columns[0]);
  for (let c = 0; c < 4; c++) {
    let sum = 0;
    for (let row = rows[0]; row < rows[1]; row++) {
      for (let column = columns[0]; column < columns[1]; column++)
        sum += pixels[4 * (row * width + column) + c]!;
    }
    into.pixels[4 * (y * into.width + x) + c] = Math.round(sum / count);
  }
}

/** Copies an image into a larger one. */
export function paste(onto: Raster, raster: Raster, top: number, left: number): void {
  for (let y = 0; y < raster.height; y++) {
    const row = raster.pixels.subarray(4 * y * raster.width, 4 * (y + 1) * raster.width);
    onto.pixels.set(row, 4 * ((top + y) * onto.width + left));
  }
}

/** Images of one size side by side, `columns` in a row, with `gap` transparent pixels between and around them. */
export function tiled(tiles: readonly Raster[], columns: number, gap: number, margin = gap): Raster {
  const [{ width, height }] = tiles as readonly [Raster];
  const rows = Math.ceil(tiles.length / columns);
  const across = Math.min(columns, tiles.length);
  const sheet = emptyRaster(
    across * (width + gap) - gap + 2 * margin,
    rows * (height + gap) - gap + 2 * margin,
  );
  tiles.forEach((tile, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    paste(sheet, tile, margin + row * (height + gap), margin + column * (width + gap));
  });
  return sheet;
}
