import { isAbsolute } from 'node:path';
import { shortest } from '../base/files/folders.js';
import type { Dataset, PartName, Split } from './sets/dataset.js';

/** The parts of a data set, in whose names its images have theirs. */
export const IMAGE_PARTS: readonly PartName[] = ['train', 'validation', 'test'];

/** What the name of a data set's image says: "mnist:test:1790". */
export interface ImageName {
  /** A known name, or a folder or file that holds a data set. */
  readonly dataset: string;
  /** As it was written: it may be no part. */
  readonly part: string;
  /** The image's place in the part, from 0 on. */
  readonly index: number;
}

/** @returns undefined for what has another form, as paths of pictures have */
export function parseImageName(text: string): ImageName | undefined {
  const found = /^(.+):([a-z]+):(\d+)$/is.exec(text);
  if (found === null) return undefined;
  const [, dataset, part, index] = found;
  return { dataset: dataset!, part: part!, index: Number(index) };
}

/** Names the images of a data set by its name, or path, their part and number, where they have no names of their own. */
export function withImageNames(dataset: Dataset, name: string): Dataset {
  const named = (part: PartName, split: Split): Split => {
    const { count, labels } = split;
    const nameOf = (index: number): string => split.nameOf?.(index) ?? `${name}:${part}:${index}`;
    return { count, labels, nameOf, read: (indices, out) => split.read(indices, out) };
  };
  const { train, validation, test } = dataset;
  return {
    ...dataset,
    train: named('train', train),
    ...(validation && { validation: named('validation', validation) }),
    test: named('test', test),
  };
}

/** An image's name for people: from the current folder, where that is shorter. It can be pasted back as well. */
export function shownImageName(name: string): string {
  if (!isAbsolute(name)) return name;
  const short = shortest(name);
  // Without a slash a folder could be taken for a data set that is known by that name.
  return parseImageName(short) && !/[/\\]/.test(short) ? `./${short}` : short;
}
