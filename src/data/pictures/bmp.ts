/** Pixels of a BMP file, from the top row down, [height, width, channels] bytes: red, green, blue and, of 4, alpha. */
interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly pixels: Uint8Array;
}

/** Values of the header's field for compression (Microsoft, "BITMAPINFOHEADER structure"). */
const PLAIN = 0;
const BIT_FIELDS = 3;
const ALPHA_BIT_FIELDS = 6;

const FILE_HEADER = 14;
/** OS/2's header, with sizes of 16 bits and colours of three bytes. */
const CORE_HEADER = 12;
const INFO_HEADER = 40;

/** What the headers of a BMP file say. */
interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bitsPerPixel: number;
  readonly compression: number;
  /** Bytes of the headers, up to bit masks that follow them, or to the palette. */
  readonly end: number;
  readonly paletteEntryBytes: 3 | 4;
  readonly paletteEntries: number;
  /** Where the pixels begin. */
  readonly offset: number;
}

/** @returns nothing where the headers make no sense or are not whole */
export function readBmpHeader(file: Buffer): BmpHeader | undefined {
  if (file.length < FILE_HEADER + CORE_HEADER || file.toString('latin1', 0, 2) !== 'BM') return undefined;
  const offset = file.readUInt32LE(10);
  const size = file.readUInt32LE(14);
  const end = FILE_HEADER + size;
  if (size === CORE_HEADER) {
    const [width, height, bitsPerPixel] = [18, 20, 24].map((at) => file.readUInt16LE(at)) as [
      number,
      number,
      number,
    ];
    const paletteEntries = colours(bitsPerPixel, 0);
    const about = { width, height, bitsPerPixel, offset, end, paletteEntries };
    return checked({ ...about, topDown: false, compression: PLAIN, paletteEntryBytes: 3 });
  }
  if (size < INFO_HEADER || file.length < FILE_HEADER + INFO_HEADER) return undefined;
  const [width, height] = [file.readInt32LE(18), file.readInt32LE(22)];
  const bitsPerPixel = file.readUInt16LE(28);
  return checked({
    width,
    height: Math.abs(height),
    topDown: height < 0,
    bitsPerPixel,
    compression: file.readUInt32LE(30),
    end,
    paletteEntryBytes: 4,
    paletteEntries: colours(bitsPerPixel, file.readUInt32LE(46)),
    offset,
  });
}

function colours(bitsPerPixel: number, said: number): number {
  if (bitsPerPixel > 8) return 0;
  const most = 1 << bitsPerPixel;
  return said === 0 || said > most ? most : said;
}

function checked(header: BmpHeader): BmpHeader | undefined {
  const { width, height, bitsPerPixel } = header;
  return width > 0 && height > 0 && [1, 4, 8, 16, 24, 32].includes(bitsPerPixel) ? header : undefined;
}

/** Whether the pixels are stored as they are: run-length coded and embedded JPEG or PNG pictures are not read. */
export function isPlainBmp({ compression, bitsPerPixel }: BmpHeader): boolean {
  if (compression === PLAIN) return true;
  return (
    (compression === BIT_FIELDS || compression === ALPHA_BIT_FIELDS) &&
    (bitsPerPixel === 16 || bitsPerPixel === 32)
  );
}

/** Rows begin at multiples of four bytes. */
function rowBytes({ width, bitsPerPixel }: BmpHeader): number {
  return Math.ceil((width * bitsPerPixel) / 32) * 4;
}

/** How long a file with this header is at least. */
export function bmpFileBytes(header: BmpHeader): number {
  return header.offset + rowBytes(header) * header.height;
}

/**
 * Reads an uncompressed BMP file: 1, 4 and 8 bits a pixel with a palette, 16, 24 and 32 bits with or without bit masks,
 * bottom up or top down. The fourth byte of 32 bits counts as alpha only where a mask says so.
 * @returns nothing where the file is not whole, its header makes no sense or it is not plain
 */
export function readBmp(file: Buffer): Bitmap | undefined {
  const header = readBmpHeader(file);
  if (header === undefined || !isPlainBmp(header) || bmpFileBytes(header) > file.length) return undefined;
  const colourAt = header.bitsPerPixel <= 8 ? paletteReader(file, header) : directReader(file, header);
  if (colourAt === undefined) return undefined;
  const { width, height, topDown, offset } = header;
  const stride = rowBytes(header);
  const { channels } = colourAt;
  const pixels = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const row = offset + (topDown ? y : height - 1 - y) * stride;
    for (let x = 0; x < width; x++) colourAt.copy(row, x, pixels, (y * width + x) * channels);
  }
  return { width, height, channels, pixels };
}

/** Copies the colour of pixel `x` of the row at `row` in the file. */
interface ColourReader {
  readonly channels: 3 | 4;
  copy(row: number, x: number, out: Uint8Array, to: number): void;
}

function paletteReader(file: Buffer, header: BmpHeader): ColourReader | undefined {
  const { bitsPerPixel, end, paletteEntries, paletteEntryBytes } = header;
  if (end + paletteEntries * paletteEntryBytes > file.length) return undefined;
  const perByte = 8 / bitsPerPixel;
  const mask = (1 << bitsPerPixel) - 1;
  return {
    channels: 3,
    copy(row, x, out, to) {
      const byte = file[row + Math.floor(x / perByte)]!;
      // The first pixel lies in the highest bits.
      const index = (byte >> (8 - bitsPerPixel * ((x % perByte) + 1))) & mask;
      // A colour that the palette lacks is black.
      const at = index < paletteEntries ? end + index * paletteEntryBytes : -1;
      for (let c = 0; c < 3; c++) out[to + c] = at < 0 ? 0 : file[at + 2 - c]!;
    },
  };
}

function directReader(file: Buffer, header: BmpHeader): ColourReader | undefined {
  const bytes = header.bitsPerPixel / 8;
  if (bytes === 3) {
    return {
      channels: 3,
      copy(row, x, out, to) {
        for (let c = 0; c < 3; c++) out[to + c] = file[row + x * 3 + 2 - c]!;
      },
    };
  }
  const masks = masksOf(file, header);
  if (masks === undefined) return undefined;
  const fields = masks.map(fieldOf);
  return {
    channels: fields.length as 3 | 4,
    copy(row, x, out, to) {
      const value = file.readUIntLE(row + x * bytes, bytes);
      fields.forEach((field, c) => {
        out[to + c] = field(value);
      });
    },
  };
}

/** The bits of red, green, blue and perhaps alpha. */
function masksOf(file: Buffer, { compression, bitsPerPixel, end }: BmpHeader): number[] | undefined {
  if (compression === PLAIN) {
    return bitsPerPixel === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0x00ff00, 0x0000ff];
  }
  // They follow the shortest header, and lie at the same place within the longer ones.
  const from = FILE_HEADER + INFO_HEADER;
  const hasAlpha = compression === ALPHA_BIT_FIELDS || end >= from + 16;
  const count = hasAlpha ? 4 : 3;
  if (from + 4 * count > file.length) return undefined;
  const masks = Array.from({ length: count }, (_, i) => file.readUInt32LE(from + 4 * i));
  return masks[3] === 0 ? masks.slice(0, 3) : masks;
}

/** Scales what a mask selects to a byte. */
function fieldOf(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (value) => Math.round((255 * ((value & mask) >>> shift)) / most);
}
