import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm, utimes } from 'node:fs/promises';

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

/** A picture as it is cached, by its key. */
export interface PackRow {
  /** In base64. */
  readonly key: string;
  /** The SHA-256 of its pixels, in base64. */
  readonly hash: string;
}

export function hashOf(pixels: Uint8Array): string {
  return createHash('sha256').update(pixels).digest('base64');
}

/** What a pack of so many pictures takes on the disk. */
export function packBytes(pictures: number, imageBytes: number): number {
  return HEAD_BYTES + pictures * (imageBytes + ROW_BYTES) + HASH_BYTES;
}

/** A pack that is whole. It stays readable while it is open, even where its file is deleted meanwhile. */
export class Pack {
  #touched = 0;

  constructor(
    readonly path: string,
    readonly rows: readonly PackRow[],
    private readonly handle: FileHandle,
    private readonly imageBytes: number,
  ) {}

  /**
   * Opens a pack and reads its index.
   * @returns undefined where the file is no whole pack of pictures of this size
   * @throws the system's error where it cannot be read
   */
  static async open(path: string, imageBytes: number): Promise<Pack | undefined> {
    const handle = await open(path, 'r');
    try {
      const rows = await readIndex(handle, imageBytes);
      if (rows !== undefined) return new Pack(path, rows, handle, imageBytes);
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    return undefined;
  }

  /** Copies picture number `slot` into `out`. @returns whether it is the one that was written */
  read(slot: number, out: Uint8Array): Promise<boolean> {
    return readPicture(this.handle, slot, this.rows[slot], out);
  }

  /** Writes picture number `slot` anew, whose place on the disk is damaged. @throws the system's error */
  async mend(slot: number, pixels: Uint8Array): Promise<void> {
    if (hashOf(pixels) !== this.rows[slot]!.hash) return;
    const handle = await open(this.path, 'r+');
    try {
      await writeAt(handle, pixels, placeOf(slot, this.imageBytes));
    } finally {
      await handle.close();
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
}

async function readIndex(handle: FileHandle, imageBytes: number): Promise<PackRow[] | undefined> {
  const head = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
  if (bytesRead < HEAD_BYTES || !head.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const count = head.readUInt32LE(MAGIC.length);
  const { size } = await handle.stat();
  if (head.readUInt32LE(MAGIC.length + 4) !== imageBytes || size !== packBytes(count, imageBytes))
    return undefined;
  const index = Buffer.alloc(count * ROW_BYTES + HASH_BYTES);
  await handle.read(index, 0, index.length, HEAD_BYTES + count * imageBytes);
  const rows = index.subarray(0, count * ROW_BYTES);
  if (!indexHash(head, rows).equals(index.subarray(rows.length))) return undefined;
  return Array.from({ length: count }, (_, i) => {
    const row = rows.subarray(i * ROW_BYTES, (i + 1) * ROW_BYTES);
    return {
      key: row.toString('base64', 0, KEY_BYTES),
      hash: row.toString('base64', KEY_BYTES),
    };
  });
}

function indexHash(head: Uint8Array, rows: Uint8Array): Buffer {
  return createHash('sha256').update(head).update(rows).digest();
}

/** A pack that is being written, under a temporary name. Its calls must not overlap, but for `read`. */
export class PackWriter {
  #rows: PackRow[] = [];

  private constructor(
    readonly temporary: string,
    private readonly handle: FileHandle,
    private readonly imageBytes: number,
  ) {}

  /**
   * Begins a pack and takes the room of so many pictures: the file has its full size from the beginning, so that who adds
   * up what the cache takes counts it.
   * @throws the system's error
   */
  static async begin(temporary: string, pictures: number, imageBytes: number): Promise<PackWriter> {
    const handle = await open(temporary, 'wx+');
    const writer = new PackWriter(temporary, handle, imageBytes);
    try {
      await handle.truncate(packBytes(pictures, imageBytes));
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
    await writeAt(this.handle, pixels, placeOf(slot, this.imageBytes));
    this.#rows.push(row);
    return slot;
  }

  /** Copies a picture that was appended into `out`. @returns whether it is the one that was written */
  read(slot: number, out: Uint8Array): Promise<boolean> {
    return readPicture(this.handle, slot, this.#rows[slot], out);
  }

  /** Drops all pictures but some; these move to the front. @throws the system's error */
  async keep(isKept: (row: PackRow) => boolean): Promise<void> {
    const kept: PackRow[] = [];
    const pixels = new Uint8Array(this.imageBytes);
    for (const [slot, row] of this.#rows.entries()) {
      if (!isKept(row) || !(await this.read(slot, pixels))) continue;
      if (kept.length < slot) await writeAt(this.handle, pixels, placeOf(kept.length, this.imageBytes));
      kept.push(row);
    }
    this.#rows = kept;
  }

  /** Writes the index, brings everything to the disk and gives the pack its name. @throws the system's error; then nothing is left */
  async finish(path: string): Promise<Pack> {
    try {
      const count = this.#rows.length;
      const head = Buffer.alloc(HEAD_BYTES);
      MAGIC.copy(head);
      head.writeUInt32LE(count, MAGIC.length);
      head.writeUInt32LE(this.imageBytes, MAGIC.length + 4);
      const rows = Buffer.concat(
        this.#rows.flatMap(({ key, hash }) => [Buffer.from(key, 'base64'), Buffer.from(hash, 'base64')]),
      );
      await writeAt(this.handle, head, 0);
      await writeAt(
        this.handle,
        Buffer.concat([rows, indexHash(head, rows)]),
        placeOf(count, this.imageBytes),
      );
      await this.handle.truncate(packBytes(count, this.imageBytes));
      await this.handle.sync();
      await rename(this.temporary, path);
      return new Pack(path, this.#rows, this.handle, this.imageBytes);
    } catch (error) {
      await this.abandon();
      throw error;
    }
  }

  async abandon(): Promise<void> {
    await this.handle.close().catch(() => {});
    await rm(this.temporary, { force: true }).catch(() => {});
  }
}

function placeOf(slot: number, imageBytes: number): number {
  return HEAD_BYTES + slot * imageBytes;
}

async function readPicture(
  handle: FileHandle,
  slot: number,
  row: PackRow | undefined,
  out: Uint8Array,
): Promise<boolean> {
  const { bytesRead } = await handle.read(out, 0, out.length, placeOf(slot, out.length));
  return bytesRead === out.length && hashOf(out) === row?.hash;
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, place: number): Promise<void> {
  for (let from = 0; from < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, from, bytes.length - from, place + from);
    from += bytesWritten;
  }
}
