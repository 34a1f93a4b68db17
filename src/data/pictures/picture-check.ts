import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../../base/errors.js';
import { KEY_BYTES } from '../cache/pack.js';
import { type FileView, problemIn, sketch, TAIL_BYTES } from './picture-format.js';
import { UnusablePicture } from './picture-open.js';
import { decode, readPicture, unreadable } from './resize.js';

/** How much of a file's beginning is read at once: all of a small picture, the headers of a large one. */
const HEAD_BYTES = 16_384;

/** What was found out about a picture file. */
interface Checked {
  /** Why it cannot be used: "is empty"; undefined where it can be. */
  readonly problem: string | undefined;
  /** A SHA-256 over its size, its first 16 KiB and its last 4 KiB: over all of a small file. */
  readonly digest: Buffer;
  /** By which its pixels are cached, in base64: of its path, size, time of change and digest. */
  readonly key: string;
}

/**
 * Looks whether a picture can be used, mostly without decoding it: its header must make sense, its size be within
 * the limit, its end be there. Only where that leaves a doubt, the picture is decoded.
 */
export async function checkPicture(path: string, shape: readonly [number, number, number]): Promise<Checked> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const view = await OpenFile.of(handle);
    const digest = await view.digest();
    return { problem: await problemOf(path, view, shape), digest, key: await keyOf(path, handle, digest) };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    return {
      problem: path.includes('\ufffd') ? unreadable(path, code) : `cannot be read (${code})`,
      digest: Buffer.alloc(0),
      key: '',
    };
  } finally {
    await handle?.close();
  }
}

async function keyOf(path: string, handle: FileHandle, digest: Buffer): Promise<string> {
  const { size, mtimeNs } = await handle.stat({ bigint: true });
  const hash = createHash('sha256').update(`${path}\n${size} ${mtimeNs}\n`).update(digest);
  return hash.digest().toString('base64', 0, KEY_BYTES);
}

async function problemOf(
  path: string,
  view: FileView,
  shape: readonly [number, number, number],
): Promise<string | undefined> {
  const problem = await problemIn(view);
  if (problem !== undefined) return problem;
  const seen = await sketch(view);
  if (seen?.whole && seen.width > 0 && seen.height > 0) return undefined;
  try {
    await decode(await readPicture(path), shape);
    return undefined;
  } catch (error) {
    if (error instanceof UnusablePicture) return error.message;
    throw error;
  }
}

class OpenFile implements FileView {
  readonly #handle: FileHandle;
  readonly #head: Buffer;

  private constructor(
    handle: FileHandle,
    readonly size: number,
    head: Buffer,
  ) {
    this.#handle = handle;
    this.#head = head;
  }

  static async of(handle: FileHandle): Promise<OpenFile> {
    const head = await readAt(handle, 0, HEAD_BYTES);
    const size = head.length < HEAD_BYTES ? head.length : (await handle.stat()).size;
    return new OpenFile(handle, size, head);
  }

  async bytes(offset: number, length: number): Promise<Buffer> {
    const end = Math.min(offset + length, this.size);
    if (end <= this.#head.length) return this.#head.subarray(Math.min(offset, end), end);
    return readAt(this.#handle, offset, Math.max(0, end - offset));
  }

  async digest(): Promise<Buffer> {
    const hash = createHash('sha256').update(`${this.size}\n`).update(this.#head);
    if (this.size > this.#head.length) hash.update(await this.bytes(this.size - TAIL_BYTES, TAIL_BYTES));
    return hash.digest();
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}
