import { idxFormat } from '../../../src/data/formats/idx-format.js';
import { loadDataset } from '../../../src/data/index.js';
import type { Dataset, Split } from '../../../src/data/sets/dataset.js';
import { idx, request, smallSource } from './small-data.js';

/** Square images of 4x4 that count their pixels up, labels 0, 1, 2, 0, ... */
export const pixelsOf = (count: number, first = 0) =>
  Uint8Array.from({ length: count * 16 }, (_, i) => (first + 7 * i) % 256);
export const labelsOf = (count: number) => Uint8Array.from({ length: count }, (_, i) => i % 3);
export const SQUARE = {
  trainImages: idx([7, 4, 4], pixelsOf(7)),
  trainLabels: idx([7], labelsOf(7)),
  testImages: idx([4, 4, 4], pixelsOf(4, 3)),
  testLabels: idx([4], labelsOf(4)),
};
export const SQUARES = {
  ...smallSource('squares', SQUARE),
  shape: [4, 4, 1] as const,
  format: idxFormat({ torchvision: 'Squares', npz: ['squares.npz'], csv: ['squares', ''] }),
};

/** What a data set holds, as plain numbers. */
export async function contentOf({ train, test, shape }: Dataset) {
  const part = async (split: Split) => {
    const pixels = new Uint8Array(split.count * shape[0] * shape[1] * shape[2]);
    await split.read(
      Uint32Array.from({ length: split.count }, (_, i) => i),
      pixels,
    );
    return { labels: [...split.labels], pixels: [...pixels] };
  };
  return { train: await part(train), test: await part(test) };
}

export const EXPECTED = {
  train: { labels: [...labelsOf(7)], pixels: [...pixelsOf(7)] },
  test: { labels: [...labelsOf(4)], pixels: [...pixelsOf(4, 3)] },
};

export const any = (name: string, rest = {}) => request(name, { anyForm: true, classes: 1, ...rest });

export async function load(name: string) {
  const { request: wanted, notices } = any(name);
  const dataset = await loadDataset(wanted);
  return { dataset, notices: notices.map((notice) => ('message' in notice ? notice.message : '')) };
}

/** A table of pixels with a heading as Kaggle has it. */
export function table(images: Uint8Array, labels: Uint8Array | undefined, first = 0): string {
  const names = Array.from({ length: 16 }, (_, i) => `pixel${first + i}`);
  const rows = Array.from({ length: images.length / 16 }, (_, i) =>
    [...(labels ? [labels[i]] : []), ...images.subarray(16 * i, 16 * i + 16)].join(','),
  );
  return `${[[...(labels ? ['label'] : []), ...names].join(','), ...rows].join('\n')}\n`;
}

export const headless = (text: string) => text.slice(text.indexOf('\n') + 1);
