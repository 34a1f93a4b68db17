import { isAbsolute } from 'node:path';
import { shortest } from '../folders.js';
import type { Dataset, Split } from './dataset.js';

/** The parts of a data set whose images have names. */
export const IMAGE_PARTS = ['train', 'test'] as const;
export type ImagePart = (typeof IMAGE_PARTS)[number];

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
  const named = (part: ImagePart): Split => {
    const split = dataset[part];
    const { count, labels } = split;
    const nameOf = (index: number): string => split.nameOf?.(index) ?? `${name}:${part}:${index}`;
    return { count, labels, nameOf, read: (indices, out) => split.read(indices, out) };
  };
  return { ...dataset, train: named('train'), test: named('test') };
}

/** An image's name for people: from the current folder, where that is shorter. It can be pasted back as well. */
export function shownImageName(name: string): string {
  if (!isAbsolute(name)) return name;
  const short = shortest(name);
  // Without a slash a folder could be taken for a data set that is known by that name.
  return parseImageName(short) && !/[/\\]/.test(short) ? `./${short}` : short;
}
