import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { codeOf, messageOf, WorkError } from '../../base/errors.js';
import { isGzip } from '../../base/files/checksum.js';
import { type IdxFile, idxSha256 } from './idx.js';

/** How a table of pixels is laid out: an image a row, as Kaggle publishes MNIST. */
export interface CsvLayout {
  /** Columns in all. */
  readonly columns: number;
  /** The column of the label; undefined where there is none. */
  readonly labelAt: number | undefined;
  /** Whether the first line names the columns. */
  readonly hasHeading: boolean;
  /** Of the square images, in pixels. */
  readonly side: number;
}

export interface PixelCsv {
  /** [count, side, side] */
  readonly images: IdxFile;
  /** [count]; undefined where the table has none. */
  readonly labels: IdxFile | undefined;
}

const CHUNK_BYTES = 1 << 20;
const LEAST_SIDE = 2;

async function* content(path: string): AsyncGenerator<Buffer> {
  const handle = await open(path);
  const gzipped = await isGzip(handle).finally(() => handle.close());
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const stream = gzipped ? file.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : file;
  file.on('error', (error) => stream.destroy(error));
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } finally {
    file.destroy();
  }
}

/** The layout of a table of pixels, by its first lines; undefined for another table, and for what cannot be read. */
export async function csvLayout(path: string): Promise<CsvLayout | undefined> {
  const [first, second] = await firstLines(path);
  return first && layoutOf(first, second);
}

/** The fields of the first two lines, as far as there are some; none of what cannot be read or is no file. */
export async function firstLines(path: string): Promise<string[][]> {
  let text = '';
  try {
    // A pipe would be waited for.
    if (!(await stat(path)).isFile()) return [];
    for await (const chunk of content(path)) {
      text += chunk.toString('latin1');
      if (text.split('\n', 3).length > 2 || text.length > CHUNK_BYTES) break;
    }
  } catch {
    return [];
  }
  const lines = text.replace(/^\u00ef\u00bb\u00bf/, '').split(/\r?\n/, 2);
  return lines.map((line) => line.split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1')));
}

const isNumber = (field: string): boolean => /^\d+$/.test(field);

/** @param second the line below, which tells a table of numbers under headings of any words */
function layoutOf(fields: readonly string[], second: readonly string[] = []): CsvLayout | undefined {
  const columns = fields.length;
  const side = (pixels: number): number | undefined => {
    const root = Math.sqrt(pixels);
    return Number.isInteger(root) && root >= LEAST_SIDE ? root : undefined;
  };
  if (fields.every(isNumber)) {
    const whole = side(columns);
    if (whole !== undefined) return { columns, labelAt: undefined, hasHeading: false, side: whole };
    const rest = side(columns - 1);
    return rest === undefined ? undefined : { columns, labelAt: 0, hasHeading: false, side: rest };
  }
  const at = fields.findIndex((field) => /^(label|class)$/i.test(field));
  const labelAt = at < 0 ? undefined : at;
  const isPixel = (field: string, i: number): boolean =>
    i === labelAt || /^(pixel)?_?\d+(x\d+)?$/i.test(field);
  const found = side(columns - (labelAt === undefined ? 0 : 1));
  // Pixels may be called anything (p0, x1, "1,1") where a label is named and whole numbers follow.
  const isNamed = labelAt !== undefined && second.length === columns && second.every(isNumber);
  return found && (isNamed || fields.every(isPixel))
    ? { columns, labelAt, hasHeading: true, side: found }
    : undefined;
}

/**
 * Reads a table of pixels, gzipped or not: whole numbers from 0 to 255, row by row of the image.
 * @throws WorkError, one sentence that names the line and the column
 */
export async function readPixelCsv(path: string, layout: CsvLayout): Promise<PixelCsv> {
  const table = new Table(path, layout);
  try {
    for await (const chunk of content(path)) table.push(chunk);
  } catch (error) {
    if (error instanceof WorkError) throw error;
    throw new WorkError(`${path} could not be read (${codeOf(error) ?? messageOf(error)}).`);
  }
  const { labels, pixels, count } = table.finish();
  const { side } = layout;
  const file = (shape: readonly number[], data: Uint8Array): IdxFile => ({
    path,
    shape,
    data,
    sha256: idxSha256(shape, data),
  });
  return {
    images: file([count, side, side], pixels),
    labels: layout.labelAt === undefined ? undefined : file([count], labels),
  };
}

const [COMMA, NEWLINE, RETURN, SPACE, ZERO, QUOTE] = [0x2c, 0x0a, 0x0d, 0x20, 0x30, 0x22];

/** Takes the bytes of a table as they come. */
class Table {
  #labels = new Uint8Array(1024);
  #pixels: Uint8Array;
  #count = 0;
  #line = 1;
  #column = 0;
  #pixel = 0;
  /** Of the field that is being read; -1 before its first digit. */
  #value = -1;
  #skipsLine: boolean;

  readonly #path: string;
  readonly #layout: CsvLayout;

  constructor(path: string, layout: CsvLayout) {
    this.#path = path;
    this.#layout = layout;
    this.#pixels = new Uint8Array(1024 * layout.side ** 2);
    this.#skipsLine = layout.hasHeading;
  }

  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (this.#skipsLine) {
        if (byte === NEWLINE) {
          this.#skipsLine = false;
          this.#line++;
        }
      } else if (byte >= ZERO && byte <= ZERO + 9) {
        this.#value = Math.max(this.#value, 0) * 10 + byte - ZERO;
        if (this.#value > 255) this.#fail();
      } else if (byte === COMMA) this.#endField();
      else if (byte === NEWLINE) this.#endLine();
      else if (byte !== RETURN && byte !== SPACE && byte !== QUOTE && !this.#isMark(byte)) this.#fail();
    }
  }

  finish(): { labels: Uint8Array; pixels: Uint8Array; count: number } {
    this.#endLine();
    if (this.#count === 0) throw new WorkError(`${this.#path} holds no images.`);
    const count = this.#count;
    return {
      labels: this.#labels.slice(0, count),
      pixels: this.#pixels.slice(0, count * this.#layout.side ** 2),
      count,
    };
  }

  /** The byte-order mark at the beginning. */
  #isMark(byte: number): boolean {
    return this.#line === 1 && this.#column === 0 && byte >= 0xbb;
  }

  #endField(): void {
    if (this.#value < 0 || this.#column >= this.#layout.columns) this.#fail();
    if (this.#column === this.#layout.labelAt) this.#labels[this.#count] = this.#value;
    else this.#pixels[this.#pixel++] = this.#value;
    this.#column++;
    this.#value = -1;
  }

  #endLine(): void {
    const isBlank = this.#column === 0 && this.#value < 0;
    if (!isBlank) {
      this.#endField();
      if (this.#column !== this.#layout.columns)
        throw new WorkError(
          `${this.#path}:${this.#line} has ${this.#column} columns, but expected ${this.#layout.columns}, as in its first line.`,
        );
      this.#count++;
      this.#makeRoom();
    }
    this.#column = 0;
    this.#line++;
  }

  #makeRoom(): void {
    if (this.#count < this.#labels.length) return;
    const grown = (old: Uint8Array): Uint8Array<ArrayBuffer> => {
      const next = new Uint8Array(2 * old.length);
      next.set(old);
      return next;
    };
    this.#labels = grown(this.#labels);
    this.#pixels = grown(this.#pixels);
  }

  #fail(): never {
    throw new WorkError(
      `${this.#path}:${this.#line} has no whole number from 0 to 255 in column ${this.#column + 1}.`,
    );
  }
}
