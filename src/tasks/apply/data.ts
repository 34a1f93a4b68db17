import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { UsageError } from '../../base/errors.js';
import { exists, statusOf } from '../../base/files/folders.js';
import { randomStream } from '../../base/random.js';
import { sizeOf, type Tensor } from '../../base/tensor.js';
import { formatInteger } from '../../base/text/format.js';
import { MOST_VALUES, readMatrix, requireSize, tooLarge } from './matrix.js';
import { type PictureRequest, readPicture, readPictureBytes } from './pictures.js';

/** What DATA stands for: one image or several of one shape. */
export interface Numbers {
  /** [N, H, W, C], or [N, F] of a vector. */
  readonly tensor: Tensor;
  /** Whether it was written as one row without channels, which may as well be a vector. */
  readonly isRow: boolean;
  /** Whether it is several images, or one that was written as a batch. */
  readonly isBatch: boolean;
}

export interface DataRequest extends PictureRequest {
  /** Of random numbers. */
  readonly seed: number;
}

/** Reads every DATA and puts them together as a batch. @throws UsageError for shapes that differ; WorkError for what cannot be read */
export async function readData(items: readonly string[], request: DataRequest): Promise<Numbers> {
  const all: Numbers[] = [];
  for (const [i, item] of items.entries()) {
    all.push(await readItem(item, items.length > 1 ? `DATA ${i + 1}` : 'DATA', request));
  }
  const [first, ...others] = all as [Numbers, ...Numbers[]];
  if (others.length === 0) return first;
  const shape = first.tensor.shape.slice(1);
  others.forEach(({ tensor }, i) => {
    if (tensor.shape.slice(1).join() === shape.join()) return;
    throw new UsageError(
      `DATA 1 is ${shape.join('x')}, but DATA ${i + 2} is ${tensor.shape.slice(1).join('x')}: all images of a batch have one shape.`,
    );
  });
  const count = all.reduce((sum, { tensor }) => sum + tensor.shape[0]!, 0);
  requireSize([count, ...shape], 'DATA');
  const data = new Float32Array(count * sizeOf(shape));
  let offset = 0;
  for (const { tensor } of all) {
    data.set(tensor.data, offset);
    offset += tensor.data.length;
  }
  return {
    tensor: { shape: [count, ...shape], data },
    isRow: all.every(({ isRow }) => isRow),
    isBatch: true,
  };
}

/**
 * Refuses DATA that are not there, before anything long is done with them.
 * @throws WorkError naming the first that is neither numbers nor a file that is there
 */
export async function requireData(items: readonly string[]): Promise<void> {
  const { requireImages } = await import('../../data/image-reader.js');
  const isMade = (item: string) => item.trim() === '' || GENERATED.test(item) || isLiteral(item);
  for (const item of items) if (!isMade(item)) await requireImages([item]);
}

async function readItem(item: string, what: string, request: DataRequest): Promise<Numbers> {
  if (item.trim() === '')
    throw new UsageError(
      `${what} is empty: give numbers such as "1 2; 3 4" (rows by ";"), a CSV file or a picture.`,
    );
  const made = generated(item, request.seed);
  if (made) return made;
  if (item === '-') return readStandardInput(request);
  const isFile = statusOf(item)?.isFile() === true;
  if (isFile && /\.(csv|tsv|txt)$/i.test(item)) return matrix(lines(await readText(item)), item);
  if (!isFile && isLiteral(item)) return matrix(item, what);
  return asNumbers(await readPicture(item, request));
}

/** Numbers and what stands between them; a single word is a file's or picture's name unless it is a number. */
function isLiteral(item: string): boolean {
  if (exists(item)) return false;
  return (
    /[;|]/.test(item) || /^\s*[-+.\d]+\s/.test(item) || (item.trim() !== '' && Number.isFinite(Number(item)))
  );
}

function matrix(text: string, what: string): Numbers {
  const { shape, data } = readMatrix(text, what);
  requireSize(shape, what);
  const [height, , channels] = shape;
  return { tensor: { shape: [1, ...shape], data }, isRow: height === 1 && channels === 1, isBatch: false };
}

/** Lines of a table as rows of a matrix. */
function lines(text: string): string {
  return text
    .trim()
    .split(/\r?\n/)
    .map((line) => (line.includes(',') ? line : line.replaceAll(';', ',')).replace(/,\s*$/, ''))
    .join('\n');
}

async function readText(path: string): Promise<string> {
  const { size } = statSync(path);
  if (size > 20 * MOST_VALUES) throw tooLarge(`${path}, ${formatInteger(size)} bytes,`);
  return readFile(path, 'utf8');
}

const GENERATORS: Readonly<Record<string, (seed: number) => (index: number) => number>> = {
  ramp: () => (index) => index,
  zeros: () => () => 0,
  ones: () => () => 1,
  random: (seed) => {
    const random = randomStream(seed, 'apply');
    // Two digits are enough to calculate along.
    return () => random.below(100) / 100;
  },
};

const GENERATED = /^(ramp|zeros|ones|random):(.*)$/;

/** `ramp:4x4x1`: 0, 1, 2, ...; `zeros:`, `ones:`, `random:` (hundredths from 0 to 0.99); HxWxC, NxHxWxC, or F for a vector. */
function generated(item: string, seed: number): Numbers | undefined {
  const found = GENERATED.exec(item);
  if (found === null || exists(item)) return undefined;
  const [, name, text] = found;
  const shape = /^[1-9]\d{0,8}(x[1-9]\d{0,8})*$/i.test(text!) ? text!.split(/x/i).map(Number) : [];
  if (![1, 3, 4].includes(shape.length)) {
    throw new UsageError(
      `DATA ${item}: a shape was expected after "${name}:", HxWxC as in ${name}:4x4x1, NxHxWxC, or one number for a vector.`,
    );
  }
  requireSize(shape, 'DATA');
  const value = GENERATORS[name!]!(seed);
  const data = new Float32Array(sizeOf(shape)).map((_, index) => value(index));
  const isBatch = shape.length === 4;
  return { tensor: { shape: isBatch ? shape : [1, ...shape], data }, isRow: false, isBatch };
}

async function readStandardInput(request: DataRequest): Promise<Numbers> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  // Pictures begin with bytes that no text has.
  const isText = bytes
    .subarray(0, 64)
    .every((byte) => (byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13));
  if (!isText) return asNumbers(await readPictureBytes(bytes, 'Standard input', request));
  const text = bytes.toString('utf8');
  return matrix(text.includes('\n') ? lines(text) : text, 'standard input');
}

/** One image [H, W, C]. */
function asNumbers({ shape, data }: Tensor): Numbers {
  return { tensor: { shape: [1, ...shape], data }, isRow: false, isBatch: false };
}
