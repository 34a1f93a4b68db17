import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf, WorkError } from '../../base/errors.js';
import { sizeOf } from '../../base/tensor.js';
import { formatInteger } from '../../base/text/format.js';
import { listed, plural } from '../../base/text/words.js';
import { memorySplit } from '../sets/splits.js';
import type { DownloadSource, Reading, ReadOptions } from './format.js';
import { readTar } from './tar.js';

/** A file of records and the SHA-256 by which it is known. */
interface CifarFile {
  readonly name: string;
  readonly sha256: string;
}

export interface CifarNames {
  /** The archive's published name. */
  readonly archive: string;
  /** The folder within it. */
  readonly folder: string;
  readonly train: readonly CifarFile[];
  readonly test: readonly CifarFile[];
}

/** A file of records that is wanted, and where its images belong. */
interface Slot {
  readonly name: string;
  readonly published: string;
  readonly part: Images;
  /** Number of its first image in the part. */
  readonly first: number;
  readonly images: number;
  /** Of the content that came. */
  sha256?: string;
}

/** The images of a part, [count, H, W, C], and their labels. */
interface Images {
  readonly pixels: Uint8Array;
  readonly labels: Int32Array;
}

/** An archive also has a readme and a list of names: far less than this. */
const MOST_OTHER_BYTES = 1 << 20;

/**
 * Takes files of records: each record is a label byte and an image's planes, red, green and blue.
 * The size of a file must be exactly what its images need.
 */
export class CifarRecords {
  readonly #slots: readonly Slot[];
  readonly #train: Images;
  readonly #test: Images;
  readonly #recordBytes: number;

  readonly #source: DownloadSource;
  readonly #about: ReadOptions;

  constructor(source: DownloadSource, names: CifarNames, about: ReadOptions) {
    this.#source = source;
    this.#about = about;
    const { images, shape } = source;
    const room = (count: number): Images => ({
      pixels: new Uint8Array(count * sizeOf(shape)),
      labels: new Int32Array(count),
    });
    this.#recordBytes = 1 + sizeOf(shape);
    this.#train = room(images.train);
    this.#test = room(images.test);
    const slots = (files: CifarNames['train'], part: Images): Slot[] => {
      const images = part.labels.length / files.length;
      return files.map(({ name, sha256 }, i) => ({
        name,
        published: sha256,
        part,
        first: i * images,
        images,
      }));
    };
    this.#slots = [...slots(names.train, this.#train), ...slots(names.test, this.#test)];
  }

  async readArchive(path: string): Promise<void> {
    const slotOf = (name: string): Slot | undefined =>
      this.#slots.find((slot) => slot.name === name.split('/').at(-1));
    await readTar(path, {
      mostBytes: this.#slots.reduce((sum, { images }) => sum + images * this.#recordBytes, MOST_OTHER_BYTES),
      remedy: this.#about.remedy,
      wants: (name, bytes) => {
        const slot = slotOf(name);
        if (slot?.sha256 !== undefined) this.#fail(path, `holds ${slot.name} twice`);
        if (slot) this.#requireSize(`${path} (${name})`, slot, bytes);
        return slot !== undefined;
      },
      take: (name, content) => this.#take(`${path} (${name})`, slotOf(name)!, content),
    });
    const missing = this.#slots.filter(({ sha256 }) => sha256 === undefined).map(({ name }) => name);
    if (missing.length > 0) this.#fail(path, `has no ${listed(missing, 3)} in it`);
  }

  async readFolder(folder: string): Promise<void> {
    for (const slot of this.#slots) {
      const path = join(folder, slot.name);
      try {
        this.#requireSize(path, slot, (await stat(path)).size);
        this.#take(path, slot, await readFile(path));
      } catch (error) {
        if (error instanceof WorkError) throw error;
        this.#fail(path, `could not be read (${codeOf(error) ?? messageOf(error)})`);
      }
    }
  }

  /** The data set, once all files were taken. */
  finish(): Reading {
    const { name, shape, classes } = this.#source;
    const hash = createHash('sha256');
    for (const slot of this.#slots) hash.update(`${slot.name} ${slot.sha256}\n`);
    const split = ({ pixels, labels }: Images) => memorySplit(pixels, labels, sizeOf(shape));
    return {
      dataset: {
        name,
        shape,
        classes,
        identity: `sha256:${hash.digest('hex')}`,
        origin: this.#about.origin,
        train: split(this.#train),
        test: split(this.#test),
      },
      others: this.#slots.filter(({ sha256, published }) => sha256 !== published).map((slot) => slot.name),
    };
  }

  #requireSize(where: string, { images }: Slot, bytes: number): void {
    const expected = images * this.#recordBytes;
    if (bytes !== expected)
      this.#fail(
        where,
        `has ${formatInteger(bytes)} bytes, but expected ${formatInteger(expected)}, ` +
          `${formatInteger(images)} ${plural(images, 'record')} of ${formatInteger(this.#recordBytes)}`,
      );
  }

  #take(where: string, slot: Slot, content: Uint8Array): void {
    this.#requireSize(where, slot, content.length);
    slot.sha256 = createHash('sha256').update(content).digest('hex');
    const [height, width, channels] = this.#source.shape;
    const plane = height * width;
    for (let i = 0; i < slot.images; i++) {
      const record = content.subarray(i * this.#recordBytes, (i + 1) * this.#recordBytes);
      const label = record[0]!;
      if (label >= this.#source.classes.length)
        this.#fail(
          where,
          `gives record ${i} the label ${label}, but expected 0 to ${this.#source.classes.length - 1}`,
        );
      slot.part.labels[slot.first + i] = label;
      interleave(record, plane, channels, slot.part.pixels, (slot.first + i) * plane * channels);
    }
  }

  #fail(where: string, problem: string): never {
    throw new WorkError(`${where} ${problem}; ${this.#about.remedy}.`);
  }
}

/** Writes the planes after a record's label byte, [C, H, W], as [H, W, C] to `out` from `offset` on. */
function interleave(
  record: Uint8Array,
  plane: number,
  channels: number,
  out: Uint8Array,
  offset: number,
): void {
  for (let channel = 0; channel < channels; channel++) {
    const from = 1 + channel * plane;
    for (let i = 0; i < plane; i++) out[offset + i * channels + channel] = record[from + i]!;
  }
}
