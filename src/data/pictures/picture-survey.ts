import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { WorkError } from '../../base/errors.js';
import { inParallel } from '../../base/machine/parallel.js';
import { sizeOf } from '../../base/tensor.js';
import { formatInteger } from '../../base/text/format.js';
import { setting } from '../../base/text/settings.js';
import { listed, plural } from '../../base/text/words.js';
import type { DatasetRequest } from '../sets/dataset.js';
import { checkPicture } from './picture-check.js';
import type { Picture } from './picture-order.js';
import { DamagedPicture, type PictureSplit } from './picture-split.js';
import { DECODES_AT_ONCE } from './resize.js';

const PROGRESS_MS = 100;
/** Unusable pictures that a warning names. */
const MOST_NAMED = 3;

type Hooks = Pick<DatasetRequest, 'notify' | 'signal'>;

/** What was found out about the pictures of a folder. */
export class Survey {
  /** The digest of each picture whose headers and end are sound, by its path below the folder. */
  readonly digests = new Map<string, Buffer>();
  /** By which its pixels are cached, by the same path. */
  readonly keys = new Map<string, string>();
  /** Why others cannot be used: "is empty". */
  readonly problems = new Map<string, string>();

  readonly #folder: string;
  readonly #paths: readonly string[];

  constructor(folder: string, paths: readonly string[]) {
    this.#folder = folder;
    this.#paths = paths;
  }

  /** Looks at every picture's beginning and end. */
  async check(shape: DatasetRequest['shape'], hooks: Hooks): Promise<void> {
    const [folder, paths] = [this.#folder, this.#paths];
    const tick = progress(`Checking ${basename(folder)}`, paths.length, hooks);
    await inParallel(paths.length, DECODES_AT_ONCE, async (i) => {
      const path = paths[i]!;
      const { problem, digest, key } = await checkPicture(join(folder, path), shape);
      if (problem === undefined) {
        this.digests.set(path, digest);
        this.keys.set(path, key);
      } else this.problems.set(path, problem);
      tick();
    });
  }

  /**
   * Decodes the first `most` sound pictures of a split, and so finds damage in the middle of files. What fits in the
   * split's memory or its cache is decoded only this once, and what a run before has cached not even once.
   * @param part what they are for: "test"
   * @returns the numbers of the sound pictures, and a hash of each one's pixels as the network sees them
   */
  async decode(
    split: PictureSplit,
    pictures: readonly Picture[],
    { part, most, shape, ...hooks }: Hooks & Pick<DatasetRequest, 'shape'> & { part: string; most: number },
  ): Promise<Decoded> {
    const total = Math.min(most, split.count);
    const tick = progress(`Decoding ${part} pictures of ${basename(this.#folder)}`, total, hooks);
    const hashes = new Map<number, string>();
    let begun = 0;
    // In place of every damaged one, one more.
    while (hashes.size < total && begun < split.count) {
      const [from, count] = [begun, Math.min(total - hashes.size, split.count - begun)];
      begun += count;
      await inParallel(count, DECODES_AT_ONCE, async (i) => {
        const index = from + i;
        const hash = await this.#hashOf(split, index, pictures[index]!, shape);
        if (hash !== undefined) hashes.set(index, hash);
        tick();
      });
    }
    const sound = Uint32Array.from(hashes.keys()).sort();
    return { sound, hashes: Array.from(sound, (index) => hashes.get(index)!) };
  }

  /** @returns nothing for a picture that is damaged */
  async #hashOf(
    split: PictureSplit,
    index: number,
    { path }: Picture,
    shape: DatasetRequest['shape'],
  ): Promise<string | undefined> {
    const known = split.hashOf(index);
    if (known !== undefined) return known;
    const image = new Uint8Array(sizeOf(shape));
    try {
      await split.read(Uint32Array.of(index), image);
    } catch (error) {
      if (!(error instanceof DamagedPicture)) throw error;
      this.problems.set(path, error.problem);
      return undefined;
    }
    return createHash('sha256').update(image).digest('base64');
  }

  /**
   * Says which pictures cannot be used.
   * @throws WorkError where none can; with `strict`, where any cannot.
   */
  report({ strict, notify }: Pick<DatasetRequest, 'strict' | 'notify'>): void {
    const { problems } = this;
    const [folder, paths] = [this.#folder, this.#paths];
    if (problems.size === 0) return;
    const bad = paths.filter((path) => problems.has(path));
    if (bad.length === paths.length)
      throw new WorkError(
        `None of the ${formatInteger(paths.length)} ${plural(paths.length, 'picture')} in ${folder} can be used: ` +
          `${this.examples(bad)}.`,
      );
    const count = `${formatInteger(bad.length)} of ${formatInteger(paths.length)} pictures`;
    const what = `${count} in ${folder} cannot be used`;
    const it = bad.length === 1 ? 'it' : 'them';
    if (strict)
      throw new WorkError(
        `${what}: ${this.examples(bad)}; mend or remove ${it}, or go on without ${it} by leaving out ${setting('strict')}.`,
      );
    const verb = bad.length === 1 ? 'is' : 'are';
    notify({
      kind: 'warning',
      message: `${what} and ${verb} left out: ${this.examples(bad)}.`,
      damage: `${count} cannot be used`,
    });
  }

  /** "cats/a.jpg is empty, cats/b.jpg is cut short or damaged and 12 more" */
  examples(bad: readonly string[]): string {
    return listed(
      bad.map((path) => `${path} ${this.problems.get(path)}`),
      MOST_NAMED,
    );
  }
}

/** What decoding told of a split. */
export interface Decoded {
  /** Numbers of the pictures that are sound, from the lowest. */
  readonly sound: Uint32Array;
  /** Of each, of its pixels as the network sees them. */
  readonly hashes: readonly string[];
}

/** @returns to be called for every picture; says now and then how far the work is, and ends it where it was broken off */
function progress(task: string, total: number, { notify, signal }: Hooks): () => void {
  signal?.throwIfAborted();
  let [done, reported] = [0, performance.now()];
  return () => {
    signal?.throwIfAborted();
    done = Math.min(done + 1, total);
    if (performance.now() - reported < PROGRESS_MS) return;
    reported = performance.now();
    notify({ kind: 'progress', task, done, total, unit: 'images' });
  };
}
