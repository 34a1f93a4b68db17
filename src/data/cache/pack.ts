import { createHash } from 'node:crypto';
import { rename, rm, utimes } from 'node:fs/promises';
import { removeAtExit } from '../../base/files/at-exit.js';
import { PlaceFile } from './place-file.js';

/**
 * A file of decoded pictures, which are all of one size: a head, then the pixels of each, then the index, which names them in
 * the same order. The index comes last as it is known last; a pack gets its name only once it is whole.
 *
 *     head:  MAGIC, pictures (uint32 LE), bytes of one (uint32 LE)
 *     index: for each its key (KEY_BYTES) and the SHA-256 of its pixels; then the SHA-256 of the head and all that
 */
const MAGIC = Buffer.from('cnnzoo-pack-1\n\0\0');
const HEAD_BYTES = MAGIC.length + 8;
export const KEY_BYTES = 16;
const HASH_BYTES = 32;
const ROW_BYTES = KEY_BYTES + HASH_BYTES;

export const PACK_ENDING = '.pack';

/** How long a pack counts as used just now: its time of last use is not written anew before. */
const TOUCH_MS = 60_000;

/** A picture as it is cached. */
interface PackRow {
  /** In base64. */
  readonly key: string;
  /** The SHA-256 of its pixels, in base64. */
  readonly hash: string;
}

/** The SHA-256 of a picture's pixels, in base64. */
export function hashOf(pixels: Uint8Array): string {
  return createHash('sha256').update(pixels).digest('base64');
}

/** What a pack of so many pictures takes on the disk. */
export function packBytes(pictures: number, imageBytes: number): number {
  return placeOf(pictures, imageBytes) + pictures * ROW_BYTES + HASH_BYTES;
}

function placeOf(slot: number, imageBytes: number): number {
  return HEAD_BYTES + slot * imageBytes;
}

async function isRead(file: PlaceFile, slot: number, row: PackRow | undefined, out: Uint8Array) {
  const bytesRead = await file.read(out, placeOf(slot, out.length));
  return bytesRead === out.length && hashOf(out) === row?.hash;
}

/** A pack that is whole. It stays readable while it is open, even where its file is deleted meanwhile. */
export class Pack {
  readonly #file: PlaceFile;
  readonly #imageBytes: number;
  #touched = 0;

  constructor(
    readonly path: string,
    readonly rows: readonly PackRow[],
    file: PlaceFile,
    imageBytes: number,
  ) {
    this.#file = file;
    this.#imageBytes = imageBytes;
  }

  /**
   * Opens a pack and reads its index.
   * @returns undefined where the file is no whole pack of pictures of this size
   * @throws the system's error where it cannot be read
   */
  static async open(path: string, imageBytes: number): Promise<Pack | undefined> {
    const file = await PlaceFile.open(path, 'r');
    const rows = await readIndex(file, imageBytes).catch(async (error: unknown) => {
      await file.close();
      throw error;
    });
    if (rows !== undefined) return new Pack(path, rows, file, imageBytes);
    await file.close();
    return undefined;
  }

  /** Copies picture number `slot` into `out`. @returns whether it is the one that was written */
  read(slot: number, out: Uint8Array): Promise<boolean> {
    return isRead(this.#file, slot, this.rows[slot], out);
  }

  /** Writes picture number `slot` anew, whose place on the disk is damaged. @throws the system's error */
  async mend(slot: number, pixels: Uint8Array): Promise<void> {
    if (hashOf(pixels) !== this.rows[slot]!.hash) return;
    const file = await PlaceFile.open(this.path, 'r+');
    try {
      await file.write(pixels, placeOf(slot, this.#imageBytes));
    } finally {
      await file.close();
    }
  }

  /** Notes that the pack is used now; the ones that were not used for longest are deleted first. */
  async touch(): Promise<void> {
    const now = Date.now();
    if (now - this.#touched < TOUCH_MS) return;
    this.#touched = now;
    // Where that is not allowed, or the file is gone, it is only deleted sooner.
    await utimes(this.path, now / 1000, now / 1000).catch(() => {});
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

async function readIndex(file: PlaceFile, imageBytes: number): Promise<PackRow[] | undefined> {
  const head = Buffer.alloc(HEAD_BYTES);
  await file.read(head, 0);
  if (!head.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const count = head.readUInt32LE(MAGIC.length);
  const size = await file.size();
  if (head.readUInt32LE(MAGIC.length + 4) !== imageBytes || size !== packBytes(count, imageBytes))
    return undefined;
  const index = Buffer.alloc(count * ROW_BYTES + HASH_BYTES);
  await file.read(index, placeOf(count, imageBytes));
  const rows = index.subarray(0, count * ROW_BYTES);
  if (!indexHash(head, rows).equals(index.subarray(rows.length))) return undefined;
  return Array.from({ length: count }, (_, i) => {
    const row = rows.subarray(i * ROW_BYTES, (i + 1) * ROW_BYTES);
    return { key: row.toString('base64', 0, KEY_BYTES), hash: row.toString('base64', KEY_BYTES) };
  });
}

function indexHash(head: Uint8Array, rows: Uint8Array): Buffer {
  return createHash('sha256').update(head).update(rows).digest();
}

/** A pack that is being written, under a temporary name; an end of the process deletes it. Its calls must not overlap, but for `read`. */
export class PackWriter {
  readonly #temporary: string;
  readonly #file: PlaceFile;
  readonly #imageBytes: number;
  /** To be called once there is no file of that name any more. */
  readonly #isOver: () => void;
  #rows: PackRow[] = [];

  private constructor(temporary: string, file: PlaceFile, imageBytes: number) {
    this.#temporary = temporary;
    this.#isOver = removeAtExit(temporary);
    this.#file = file;
    this.#imageBytes = imageBytes;
  }

  /**
   * Begins a pack and takes the room of so many pictures: the file has its full size from the beginning, so that who adds
   * up what the cache takes counts it.
   * @throws the system's error
   */
  static async begin(temporary: string, pictures: number, imageBytes: number): Promise<PackWriter> {
    const file = await PlaceFile.open(temporary, 'wx+');
    const writer = new PackWriter(temporary, file, imageBytes);
    try {
      await file.truncate(packBytes(pictures, imageBytes));
      return writer;
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  }

  get rows(): readonly PackRow[] {
    return this.#rows;
  }

  /** Appends a picture. @returns its number in the pack @throws the system's error */
  async add(row: PackRow, pixels: Uint8Array): Promise<number> {
    const slot = this.#rows.length;
    await this.#file.write(pixels, placeOf(slot, this.#imageBytes));
    this.#rows.push(row);
    return slot;
  }

  /** Copies a picture that was appended into `out`. @returns whether it is the one that was written */
  read(slot: number, out: Uint8Array): Promise<boolean> {
    return isRead(this.#file, slot, this.#rows[slot], out);
  }

  /** Drops all pictures but some; these move to the front. @throws the system's error */
  async keep(isKept: (row: PackRow) => boolean): Promise<void> {
    const kept: PackRow[] = [];
    const pixels = new Uint8Array(this.#imageBytes);
    for (const [slot, row] of this.#rows.entries()) {
      if (!isKept(row)) continue;
      if (kept.length < slot) {
        if (!(await this.read(slot, pixels))) continue;
        await this.#file.write(pixels, placeOf(kept.length, this.#imageBytes));
      }
      kept.push(row);
    }
    this.#rows = kept;
  }

  /**
   * Writes the index, brings everything to the disk and gives the pack its name.
   * @throws the system's error; then nothing is left
   */
  async finish(path: string): Promise<Pack> {
    const [file, imageBytes, count] = [this.#file, this.#imageBytes, this.#rows.length];
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      MAGIC.copy(head);
      head.writeUInt32LE(count, MAGIC.length);
      head.writeUInt32LE(imageBytes, MAGIC.length + 4);
      const rows = Buffer.concat(
        this.#rows.flatMap(({ key, hash }) => [Buffer.from(key, 'base64'), Buffer.from(hash, 'base64')]),
      );
      await file.write(head, 0);
      await file.write(Buffer.concat([rows, indexHash(head, rows)]), placeOf(count, imageBytes));
      await file.truncate(packBytes(count, imageBytes));
      await file.sync();
      await rename(this.#temporary, path);
      this.#isOver();
      return new Pack(path, this.#rows, file, imageBytes);
    } catch (error) {
      await this.abandon();
      throw error;
    }
  }

  /** May be called again. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => {});
    await rm(this.#temporary, { force: true }).catch(() => {});
    this.#isOver();
  }
}
