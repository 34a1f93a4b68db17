import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { WorkError } from '../../base/errors.js';
import { temporaryName } from '../../base/files/files.js';

/** So many bytes of features are kept in memory; further ones in a file. */
const MOST_IN_MEMORY = 2 ** 30;

/**
 * Features of images by the SHA-256 of their bytes: in memory, and beyond a gigabyte in a temporary file, whose entries carry
 * a CRC-32 that is checked as they are read.
 */
export class FeatureStore {
  readonly #inMemory = new Map<string, Float32Array>();
  readonly #inFile = new Map<string, { readonly at: number; readonly crc: number }>();
  readonly #bytesEach: number;
  readonly #most: number;
  #file: { readonly path: string; readonly handle: FileHandle } | undefined;

  /** @param count values of an image */
  constructor(count: number, mostInMemory = MOST_IN_MEMORY) {
    this.#bytesEach = 4 * count;
    this.#most = Math.floor(mostInMemory / this.#bytesEach);
  }

  /** What stands for an image. */
  static keyOf(bytes: Uint8Array): string {
    return createHash('sha256').update(bytes).digest('base64');
  }

  /** @throws WorkError where an entry of the file is not what was written */
  async get(key: string): Promise<Float32Array | undefined> {
    const known = this.#inMemory.get(key);
    const entry = this.#inFile.get(key);
    if (known !== undefined || entry === undefined) return known;
    const bytes = Buffer.alloc(this.#bytesEach);
    await this.#file!.handle.read(bytes, 0, bytes.length, entry.at);
    if (crc32(bytes) === entry.crc) return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    throw new WorkError(
      `${this.#file!.path}, which holds features of images, was changed or damaged while training ran: train again.`,
    );
  }

  async set(key: string, values: Float32Array): Promise<void> {
    if (this.#inMemory.size < this.#most) {
      this.#inMemory.set(key, values);
      return;
    }
    this.#file ??= await openFile();
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const at = this.#inFile.size * this.#bytesEach;
    await this.#file.handle.write(bytes, 0, bytes.length, at);
    this.#inFile.set(key, { at, crc: crc32(bytes) });
  }

  clear(): void {
    this.#inMemory.clear();
    this.#inFile.clear();
  }

  /** The file goes with it. */
  async close(): Promise<void> {
    this.clear();
    if (!this.#file) return;
    await this.#file.handle.close();
    await rm(this.#file.path, { force: true });
    this.#file = undefined;
  }
}

async function openFile() {
  const path = temporaryName(join(tmpdir(), 'cnnzoo-features'));
  return { path, handle: await open(path, 'wx+') };
}
