import type { Resize } from '../../recipe/pixels.js';

/** One part of a data set: images as bytes, labels as class numbers. */
export interface Split {
  readonly count: number;
  /** [count] */
  readonly labels: Int32Array;
  /** Copies the images of `indices` into `out`, [indices.length, H, W, C], channels last. */
  read(indices: Uint32Array, out: Uint8Array): void | Promise<void>;
  /**
   * The name of an image, by which `predict` takes it: the absolute path of a picture, else data set, part and number
   * ("mnist:test:1790"). Every split of a data set that was loaded has it.
   */
  nameOf?(index: number): string;
}

export interface Dataset {
  /** What is really used: the stand-in's name where a stand-in is used. */
  readonly name: string;
  /** [H, W, C] */
  readonly shape: readonly [number, number, number];
  /** A label a class, in class-number order. */
  readonly classes: readonly string[];
  /** Names the exact content: a SHA-256 over the files, or the generator's name, version and seed. Stored in run.json. */
  readonly identity: string;
  /** Where it came from: a folder, or "built-in generator". */
  readonly origin: string;
  /** Empty where the data set is for evaluation alone. */
  readonly train: Split;
  /** Where the data set has a part of its own for it; else it is taken from `train`. */
  readonly validation?: Split;
  readonly test: Split;
}

export type PartName = 'train' | 'validation' | 'test';

export interface DatasetRequest {
  /** A known name (mnist, fashion-mnist, digits, ...) or a folder. */
  readonly name: string;
  /** A generator to use when the set cannot be had and the user did not name it. */
  readonly standIn?: string;
  /** True when the user named the data set: then no stand-in. */
  readonly explicit: boolean;
  /** `dataDir` */
  readonly dataDir?: string;
  /** [H, W, C] that the model wants. */
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  /** How pictures of a folder are brought to that shape; by the program's own rule where absent. */
  readonly resize?: Resize;
  /** The names of the classes that a network has learned: data that has only some of them fits it too. */
  readonly trainedClasses?: readonly string[];
  /**
   * How many images of each part will be read at most, of those that there are; all of them by default. A folder's pictures beyond that need
   * not be decoded before, and are left out of the part; with 0 it keeps them, none known to be damaged in its middle.
   */
  reads?(images: Readonly<Record<PartName, number>>): Readonly<Record<PartName, number>>;
  /** Any classes will do, and images of whatever size files give them: for looking at data without a model. */
  readonly anyForm?: boolean;
  /** `strict`: a picture of a folder that cannot be used is an error, not a warning. */
  readonly strict?: boolean;
  /** What decoded and drawn images may take in memory, imageMemory() by default; the others are read from a cache on the disk, or made anew each time. */
  readonly memoryBytes?: number;
  /** Of those who read them again and again: memory that keeps fewer images than that is told of. */
  readonly batchSize?: number;
  /** What that cache may take on the disk, with that of all other data; 0 for no cache. */
  readonly cacheBytes?: number;
  /** Where it lies, by default in the user's folder for caches. */
  readonly cacheFolder?: string;
  /** Progress and notices for people (standard error). */
  readonly notify: (notice: DataNotice) => void;
  readonly signal?: AbortSignal;
}

export type DataNotice =
  | {
      readonly kind: 'notice' | 'warning';
      readonly message: string;
      /** Of a message about files that cannot be used: how many, in short ("3 of 24 pictures cannot be used"). */
      readonly damage?: string;
    }
  | {
      readonly kind: 'progress';
      readonly task: string;
      readonly done: number;
      readonly total: number | null;
      readonly unit: 'bytes' | 'images';
    };
