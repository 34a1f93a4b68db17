import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { codeOf, messageOf, WorkError } from '../../base/errors.js';
import { isGzip } from '../../base/files/checksum.js';
import { formatInteger } from '../../base/text/format.js';
import { UnreadForm } from './unread-form.js';

/** What an IDX file should hold, and what its reader may do about one that does not. */
interface IdxExpectation {
  readonly holds: 'images' | 'labels';
  /** Ends the sentence of every error: "delete it, and the next run fetches it again". */
  readonly remedy: string;
}

/** Images or labels, as an IDX file holds them. */
export interface IdxFile {
  /** Of the file, for errors. */
  readonly path: string;
  /** [count, height, width] or [count, height, width, channels] of images, [count] of labels. */
  readonly shape: readonly number[];
  readonly data: Uint8Array;
  /** Of the uncompressed file, header included, in hexadecimal; of an IDX file with these values where it is another. */
  readonly sha256: string;
}

/** Throws what is wrong with the file; `link` joins it to the remedy. */
type Fail = (problem: string, link?: string) => never;

/** The first four bytes: two zeros, the type of the values (8: unsigned byte), the number of dimensions. */
const MAGIC = { images: '00 00 08 03', labels: '00 00 08 01' } as const;
/** What the third byte may say of the values. */
const TYPES: Readonly<Record<number, string>> = {
  8: 'unsigned byte',
  9: 'signed byte',
  11: 'int16',
  12: 'int32',
  13: 'float32',
  14: 'float64',
};
const DIMENSIONS = { images: 3, labels: 1 } as const;
/** Deflate makes nothing smaller than this factor, so that no header can ask for more memory than its file deserves. */
const MOST_DEFLATION = 1032;
const CHUNK_BYTES = 1 << 20;

/**
 * Reads an IDX file of bytes (the format of http://yann.lecun.com/exdb/mnist), gzipped or not, which its first
 * bytes tell. Its size must be exactly what its header says.
 * @throws WorkError, one sentence that names the file, what was expected, what came and the remedy.
 */
export async function readIdx(path: string, expectation: IdxExpectation): Promise<IdxFile> {
  const fail: Fail = (problem, link = '; ') => {
    throw new WorkError(`${path} ${problem}${link}${expectation.remedy}.`);
  };
  let handle: FileHandle;
  try {
    handle = await open(path);
  } catch (error) {
    return fail(`could not be opened (${codeOf(error) ?? messageOf(error)})`);
  }
  const content = new IdxContent(path, expectation.holds, fail);
  try {
    await feed(handle, content);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'Z_BUF_ERROR') return fail(`is cut short: its gzip stream ends after ${content.progress()}`);
    if (code?.startsWith('Z_'))
      return fail(`is damaged: its gzip stream breaks (${messageOf(error)}) after ${content.progress()}`);
    if (code !== undefined && !(error instanceof WorkError)) return fail(`could not be read (${code})`);
    throw error;
  } finally {
    await handle.close();
  }
  return { path, ...content.finish() };
}

async function feed(handle: FileHandle, content: IdxContent): Promise<void> {
  const { size } = await handle.stat();
  const gzipped = await isGzip(handle);
  content.most = gzipped ? size * MOST_DEFLATION : size;
  const file = handle.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES, autoClose: false });
  // When the last step of a pipeline throws, the error of an earlier step that this stops may win.
  let refusal: unknown;
  const take = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      try {
        content.push(chunk);
      } catch (error) {
        refusal = error;
        throw error;
      }
    }
  };
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  try {
    await (gzipped ? pipeline(file, gunzip, take) : pipeline(file, take));
  } catch (error) {
    throw refusal ?? error;
  }
  // Gunzip stops at the end of the stream and ignores what follows, which is no part of an honest file.
  if (gzipped && gunzip.bytesWritten < size) content.trailing = size - gunzip.bytesWritten;
}

/** Takes the uncompressed bytes of an IDX file as they come and holds them against its header. */
class IdxContent {
  /** The most bytes there can be. */
  most = 0;
  /** Bytes of the file after the end of its gzip stream. */
  trailing = 0;
  readonly #hash: Hash = createHash('sha256');
  readonly #header: Uint8Array;
  #headerBytes = 0;
  #shape: number[] = [];
  #data: Uint8Array | undefined;
  #dataBytes = 0;

  readonly #path: string;
  readonly #holds: 'images' | 'labels';
  readonly #fail: Fail;

  constructor(path: string, holds: 'images' | 'labels', fail: Fail) {
    this.#path = path;
    this.#holds = holds;
    this.#fail = fail;
    this.#header = new Uint8Array(4 + 4 * DIMENSIONS[holds]);
  }

  push(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    let rest = chunk;
    if (this.#data === undefined) {
      const part = rest.subarray(0, this.#header.length - this.#headerBytes);
      this.#header.set(part, this.#headerBytes);
      this.#headerBytes += part.length;
      if (this.#headerBytes < this.#header.length) return;
      rest = rest.subarray(part.length);
      this.#data = this.#open();
    }
    // What is more than the header says is counted for the error and kept nowhere.
    const room = Math.max(0, this.#data.length - this.#dataBytes);
    this.#data.set(rest.subarray(0, room), Math.min(this.#dataBytes, this.#data.length));
    this.#dataBytes += rest.length;
  }

  /** Checks the header and makes room for the values. */
  #open(): Uint8Array {
    this.#checkMagic();
    const view = new DataView(this.#header.buffer);
    this.#shape = Array.from({ length: DIMENSIONS[this.#holds] }, (_, i) => view.getUint32(4 + 4 * i));
    const bytes = this.#shape.reduce((product, extent) => product * extent, 1);
    if (bytes === 0) return this.#fail(`holds nothing: its header announces ${this.#announced()}`);
    if (bytes + this.#header.length > this.most)
      return this.#fail(
        `is cut short or damaged: its header announces ${this.#announced()}, more than the file can hold`,
      );
    return new Uint8Array(bytes);
  }

  #checkMagic(): void {
    const wanted = MAGIC[this.#holds];
    const other = this.#holds === 'images' ? 'labels' : 'images';
    const bytes = this.#header.subarray(0, Math.min(4, this.#headerBytes));
    const came = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    if (came === wanted) return;
    this.#checkForm(bytes);
    if (came === MAGIC[other])
      this.#fail(
        `holds ${other} (it begins with ${came}) where ${this.#holds} (${wanted}) were expected, as if the two files ` +
          'were swapped: rename them',
        ', or ',
      );
    const guess = came.startsWith('3c') ? ', perhaps a web page' : '';
    this.#fail(`is no IDX file of ${this.#holds}: expected it to begin with ${wanted}, got ${came}${guess}`);
  }

  /** Tells a sound file of another type or form, which is not damaged, from what is no IDX file. */
  #checkForm([zero, also, type, rank]: Uint8Array): void {
    if (zero !== 0 || also !== 0 || rank === undefined) return;
    const name = TYPES[type!];
    if (name === undefined || rank === 0) return;
    const wanted = `unsigned bytes in ${this.#holds === 'images' ? '3 dimensions (count, height, width)' : '1 dimension'}`;
    if (type !== 8)
      throw new UnreadForm(
        `${this.#path} holds ${name} values, but cnnzoo reads ${this.#holds} as ${wanted}.`,
      );
    if (rank !== DIMENSIONS.images && rank !== DIMENSIONS.labels)
      throw new UnreadForm(
        `${this.#path} holds values in ${rank} dimensions, but cnnzoo reads ${this.#holds} as ${wanted}.`,
      );
  }

  finish(): Omit<IdxFile, 'path'> {
    if (this.#headerBytes === 0) this.#fail(`is empty: expected an IDX file of ${this.#holds}`);
    if (this.#headerBytes >= 4) this.#checkMagic();
    if (this.#data === undefined)
      return this.#fail(
        `is cut short: expected a header of ${this.#header.length} bytes, got ${this.#headerBytes}`,
      );
    const expected = `expected ${this.#announced()}`;
    if (this.#dataBytes < this.#data.length)
      this.#fail(`is cut short: ${expected}, got ${formatInteger(this.#dataBytes)} bytes`);
    const surplus = this.#dataBytes - this.#data.length + this.trailing;
    if (surplus > 0) this.#fail(`is too long: ${expected}, and ${formatInteger(surplus)} more bytes follow`);
    return { shape: this.#shape, data: this.#data, sha256: this.#hash.digest('hex') };
  }

  /** "1,000 of 60,000 bytes", for a stream that broke. */
  progress(): string {
    return this.#data === undefined
      ? `${this.#headerBytes} bytes`
      : `${formatInteger(this.#dataBytes)} of ${formatInteger(this.#data.length)} bytes`;
  }

  /** "60,000 images of 28x28 (47,040,000 bytes)" */
  #announced(): string {
    const [count, ...image] = this.#shape;
    const bytes = formatInteger(this.#shape.reduce((product, extent) => product * extent, 1));
    const size = this.#holds === 'images' ? ` of ${image.join('x')}` : '';
    return `${formatInteger(count!)} ${this.#holds}${size} (${bytes} bytes)`;
  }
}

/** The SHA-256 of the IDX file that holds these values. */
export function idxSha256(shape: readonly number[], data: Uint8Array): string {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  shape.forEach((extent, i) => {
    header.writeUInt32BE(extent, 4 + 4 * i);
  });
  return createHash('sha256').update(header).update(data).digest('hex');
}
