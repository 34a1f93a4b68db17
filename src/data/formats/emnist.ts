import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf, WorkError } from '../../base/errors.js';
import type { IdxFile } from './idx.js';
import type { LabelledImages, LabelledParts } from './idx-dataset.js';

/**
 * EMNIST (G. Cohen et al. 2017, https://www.nist.gov/itl/products-and-services/emnist-dataset), whose files are named
 * `emnist-SPLIT-...`. Its images are stored column by column, so that they lie on their side and are mirrored where
 * they are read like MNIST's. Here they are turned upright.
 */
export function isEmnist(prefix: string): boolean {
  return prefix.startsWith('emnist-');
}

/** A part of the identity of images that were turned. */
export const UPRIGHT = 'columns first, turned upright';

/** A class of EMNIST: the number that its files give it, and its characters, "A" or "Aa". */
interface EmnistClass {
  readonly label: number;
  readonly name: string;
}

/**
 * The classes by `emnist-SPLIT-mapping.txt`, a line a class: its label and the ASCII codes of its characters.
 * @returns undefined where the file is not there
 * @throws WorkError for a file of another form
 */
export async function readMapping(folder: string, prefix: string): Promise<EmnistClass[] | undefined> {
  const path = join(folder, `${prefix}-mapping.txt`);
  let text: string;
  try {
    text = await readFile(path, 'latin1');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new WorkError(`${path} could not be read (${codeOf(error) ?? messageOf(error)}).`);
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const classes = lines.map((line, i) => {
    if (!/^\s*\d+(\s+\d+)+\s*$/.test(line))
      throw new WorkError(`${path}:${i + 1} is no label with its ASCII codes, as in "10 65".`);
    const [label, ...codes] = line.trim().split(/\s+/).map(Number);
    return { label: label!, name: String.fromCharCode(...codes) };
  });
  return classes.sort((a, b) => a.label - b.label);
}

/** Images turned upright, and labels counted from 0 on where the mapping does not (letters: from 1 on). */
export function uprightParts(
  parts: LabelledParts,
  mapping: readonly EmnistClass[] | undefined,
): LabelledParts {
  const upright = ({ images, labels }: LabelledImages): LabelledImages => ({
    images: transposed(images),
    labels: mapping ? renumbered(labels, mapping) : labels,
  });
  return {
    ...(parts.train && { train: upright(parts.train) }),
    ...(parts.test && { test: upright(parts.test) }),
  };
}

/** [count, width, height] as [count, height, width]. */
function transposed(images: IdxFile): IdxFile {
  const [count, width, height] = images.shape as [number, number, number];
  const size = height * width;
  const data = new Uint8Array(images.data.length);
  for (let i = 0; i < count; i++)
    for (let x = 0; x < width; x++)
      for (let y = 0; y < height; y++)
        data[i * size + y * width + x] = images.data[i * size + x * height + y]!;
  return { ...images, shape: [count, height, width], data };
}

function renumbered(labels: IdxFile, mapping: readonly EmnistClass[]): IdxFile {
  const numbers = new Map(mapping.map(({ label }, i) => [label, i]));
  const data = labels.data.map((label, i) => {
    const number = numbers.get(label);
    if (number === undefined)
      throw new WorkError(
        `${labels.path} gives image ${i} the label ${label}, which the mapping beside it does not have.`,
      );
    return number;
  });
  return { ...labels, data };
}
