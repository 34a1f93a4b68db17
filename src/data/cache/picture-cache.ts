import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from '../../base/errors.js';
import { asWriteError } from '../../base/files/files.js';
import { makeFolders } from '../../base/files/folders.js';
import { formatBytes } from '../../base/text/format.js';
import { setting } from '../../base/text/settings.js';
import { defaultBound, inTurn, removeLeft, shrinkTo, temporaryPack } from './cache-files.js';
import { hashOf, PACK_ENDING, Pack, PackWriter, packBytes } from './pack.js';

/** A pack is closed at this size; what a process has put into its last one is lost when it is killed. */
const PACK_BYTES = 64e6;
/** Where the whole cache may take less than so many packs of that size, they are smaller. */
const LEAST_PACKS = 8;
/** A pack is closed when nothing was added for so long. */
const IDLE_MS = 2000;
/** Pictures that wait for the disk take no more memory than about this. */
const MOST_WAITING_BYTES = 16e6;

export interface CacheOptions {
  /** The folder of the whole cache. */
  readonly root: string;
  /** All that decoding depends on, as a name of a folder. */
  readonly form: string;
  /** Of one picture, decoded. */
  readonly imageBytes: number;
  /** What the whole cache may take on the disk; by default 20 GB, or half of what the disk has for it. */
  readonly bound?: number;
  /** Says that a part of it cannot be used or written, in a sentence. */
  warn(message: string): void;
  /** Of one pack; by default 64 MB, or an eighth of the bound where that is less. */
  readonly packBytes?: number;
}

/** Where a picture lies. */
interface Place {
  readonly pack: Pack | PackWriter;
  readonly slot: number;
  readonly hash: string;
}

/**
 * Decoded pictures on the disk, all of one form. Several processes may read and write it at once: each writes packs of its
 * own, and takes notice of those of others whenever it has filled one. Nothing that fails here ends a run: what cannot be
 * read is decoded, what cannot be written is not kept, and either is said once.
 */
export class PictureCache {
  readonly #options: CacheOptions;
  readonly #folder: string;
  readonly #bound: number;
  readonly #begun = Date.now();
  readonly #places = new Map<string, Place>();
  /** Names of packs that were looked at. */
  readonly #seen = new Set<string>();
  readonly #packs: Pack[] = [];
  readonly #said = new Set<string>();
  #writer: PackWriter | undefined;
  /** Writes follow one another. */
  #queue: Promise<void> = Promise.resolve();
  #waitingBytes = 0;
  #isWritable = true;
  #idle: NodeJS.Timeout | undefined;

  private constructor(options: CacheOptions, bound: number) {
    this.#options = options;
    this.#folder = join(options.root, options.form);
    this.#bound = bound;
  }

  /** Makes its folder where there is none, and takes notice of what lies in it. */
  static async open(options: CacheOptions): Promise<PictureCache> {
    let refusal: unknown;
    await makeFolders(join(options.root, options.form)).catch((error: unknown) => {
      refusal = error;
    });
    await removeLeft(options.root);
    const cache = new PictureCache(options, options.bound ?? (await defaultBound(options.root)));
    if (refusal === undefined) await cache.#lookAround();
    else cache.#giveUp(refusal);
    return cache;
  }

  /** The SHA-256 of a picture's pixels, in base64; undefined where it is not here. */
  hashOf(key: string): string | undefined {
    return this.#places.get(key)?.hash;
  }

  /** Copies a picture into `out`. @returns false where it is not here, or what is here is damaged */
  async read(key: string, out: Uint8Array): Promise<boolean> {
    const place = this.#places.get(key);
    if (place === undefined) return false;
    const { pack, slot } = place;
    try {
      if (await pack.read(slot, out)) {
        if (pack instanceof Pack) await pack.touch();
        return true;
      }
      if (pack instanceof Pack) this.#say('damaged', `A cached picture in ${pack.path} is damaged`);
    } catch (error) {
      if (pack instanceof Pack)
        this.#say(
          'unread',
          `Cached pictures in ${pack.path} cannot be read (${codeOf(error) ?? messageOf(error)})`,
        );
    }
    return false;
  }

  /**
   * Keeps a picture that was decoded, unless there is no room. It is copied at once and written later; who adds faster than
   * the disk writes has to wait.
   */
  async add(key: string, pixels: Uint8Array): Promise<void> {
    if (!this.#isWritable && !this.#places.has(key)) return;
    const copy = pixels.slice();
    this.#waitingBytes += copy.length;
    this.#queue = this.#queue.then(async () => {
      await this.#write(key, copy).catch((error: unknown) => this.#fail(error));
      this.#waitingBytes -= copy.length;
    });
    if (this.#waitingBytes > MOST_WAITING_BYTES) await this.#queue;
  }

  /** Writes what waits, and closes the last pack, so that others see it. */
  flush(): Promise<void> {
    this.#queue = this.#queue.then(() =>
      this.#closeInTurn(true).catch((error: unknown) => this.#fail(error)),
    );
    return this.#queue;
  }

  /** Ends it. Nothing may be read or added any more. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.flush();
    this.#isWritable = false;
    for (const pack of this.#packs) await pack.close();
    this.#packs.length = 0;
    this.#places.clear();
  }

  async #write(key: string, pixels: Uint8Array): Promise<void> {
    const here = this.#places.get(key);
    // It was asked for and found damaged.
    if (here?.pack instanceof Pack) return here.pack.mend(here.slot, pixels).catch(() => {});
    if (here !== undefined || !this.#isWritable) return;
    this.#writer ??= await inTurn(this.#options.root, () => this.#begin());
    if (this.#writer === undefined) return;
    const row = { key, hash: hashOf(pixels) };
    const slot = await this.#writer.add(row, pixels);
    this.#places.set(key, { pack: this.#writer, slot, hash: row.hash });
    if (this.#writer.rows.length >= this.#picturesInPack) await this.#closeInTurn(false);
    this.#closeWhenIdle();
  }

  get #picturesInPack(): number {
    const { packBytes: bytes = Math.min(PACK_BYTES, this.#bound / LEAST_PACKS), imageBytes } = this.#options;
    return Math.max(1, Math.floor(bytes / imageBytes));
  }

  /** A pack to write to; undefined where there is no room for one. */
  async #begin(): Promise<PackWriter | undefined> {
    const { root, imageBytes } = this.#options;
    const pictures = this.#picturesInPack;
    if (await shrinkTo(root, this.#bound - packBytes(pictures, imageBytes), this.#begun)) {
      return PackWriter.begin(join(this.#folder, temporaryPack()), pictures, imageBytes);
    }
    // What this run uses makes no room for more of it: it would only write, epoch after epoch.
    this.#isWritable = false;
    if (this.#places.size === 0) this.#tellNoRoom();
    return undefined;
  }

  async #closeInTurn(isLast: boolean): Promise<void> {
    if (this.#writer !== undefined) await inTurn(this.#options.root, () => this.#close(isLast));
  }

  /**
   * Ends the pack that is being written. What another process has put into one meanwhile is dropped from it; where that is
   * most of it, it is gone on with.
   */
  async #close(isLast: boolean): Promise<void> {
    const writer = this.#writer;
    if (writer === undefined) return;
    await this.#lookAround();
    const before = writer.rows.length;
    await writer.keep(({ key }) => this.#places.get(key)?.pack === writer);
    writer.rows.forEach(({ key, hash }, slot) => {
      this.#places.set(key, { pack: writer, slot, hash });
    });
    if (!isLast && writer.rows.length < before / 2) return;
    this.#writer = undefined;
    if (writer.rows.length === 0) return writer.abandon();
    const name = `${newName()}${PACK_ENDING}`;
    this.#seen.add(name);
    this.#take(await writer.finish(join(this.#folder, name)));
  }

  #closeWhenIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.flush(), IDLE_MS).unref();
  }

  /** Opens the packs that came since it last looked. */
  async #lookAround(): Promise<void> {
    const entries = (await readdir(this.#folder).catch(() => [])).filter((entry) =>
      entry.endsWith(PACK_ENDING),
    );
    for (const entry of entries.filter((one) => !this.#seen.has(one))) {
      this.#seen.add(entry);
      const path = join(this.#folder, entry);
      try {
        const pack = await Pack.open(path, this.#options.imageBytes);
        if (pack !== undefined) this.#take(pack);
        else {
          this.#say('damaged', `${path}, cached pictures, is damaged`);
          await rm(path, { force: true });
        }
      } catch (error) {
        // Another process may have made room meanwhile.
        if (codeOf(error) !== 'ENOENT')
          this.#say(
            'unread',
            `Cached pictures in ${path} cannot be read (${codeOf(error) ?? messageOf(error)})`,
          );
      }
    }
  }

  #take(pack: Pack): void {
    this.#packs.push(pack);
    pack.rows.forEach(({ key, hash }, slot) => {
      this.#places.set(key, { pack, slot, hash });
    });
  }

  async #fail(error: unknown): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    for (const [key, { pack }] of this.#places) if (!(pack instanceof Pack)) this.#places.delete(key);
    await writer?.abandon();
    this.#giveUp(error);
  }

  #giveUp(error: unknown): void {
    this.#isWritable = false;
    const told = asWriteError(this.#folder, { what: 'the cache of decoded pictures' }, error);
    this.#warnOnce(
      'unwritten',
      `${messageOf(told)} Training goes on; pictures that do not fit in memory are decoded every epoch.`,
    );
  }

  /** Says why none of its pictures is cached. */
  #tellNoRoom(): void {
    const [bound, least] = [this.#bound, packBytes(1, this.#options.imageBytes)];
    const why =
      bound < least
        ? `less than the ${formatBytes(least)} of a single picture`
        : 'and what others use at this time leaves no room in it';
    this.#warnOnce(
      'unwritten',
      `The cache of decoded pictures may take ${formatBytes(bound)}, ${why}: none is cached, and those that do not fit in memory are decoded every epoch. ${setting('imageCache')} sets what it may take.`,
    );
  }

  #say(about: string, what: string): void {
    this.#warnOnce(about, `${what}; such pictures are decoded anew.`);
  }

  #warnOnce(about: string, message: string): void {
    if (this.#said.has(about)) return;
    this.#said.add(about);
    this.#options.warn(message);
  }
}

/** Of a pack; packs are listed in the order in which they were made. */
function newName(): string {
  return `${Date.now().toString(36)}-${randomBytes(6).toString('hex')}`;
}
