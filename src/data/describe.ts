import { maxOf } from '../base/extremes.js';
import { sizeOf } from '../base/tensor.js';
import { epochOrder } from './batches/batches.js';
import type { Dataset, Split } from './sets/dataset.js';

/** Images from which means and deviations are taken, drawn from the training images, the same ones every time; from the test images where there are no others. */
const SAMPLE = 1000;

/** Figures of a data set. */
export interface DatasetDescription {
  readonly classes: readonly { readonly label: string; readonly train: number; readonly test: number }[];
  /** Of each channel, pixels scaled to [0, 1], over `sample` training images: what `pixels: { mean, std }` takes. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly sample: number;
}

export async function describeDataset({ classes, shape, train, test }: Dataset): Promise<DatasetDescription> {
  const [inTrain, inTest] = [counts(train, classes.length), counts(test, classes.length)];
  return {
    classes: classes.map((label, i) => ({ label, train: inTrain[i]!, test: inTest[i]! })),
    ...(await moments(train.count > 0 ? train : test, shape)),
  };
}

function counts({ labels }: Split, classes: number): number[] {
  const found = new Array<number>(classes).fill(0);
  for (const label of labels) found[label]!++;
  return found;
}

async function moments(
  split: Split,
  shape: readonly [number, number, number],
): Promise<Pick<DatasetDescription, 'mean' | 'std' | 'sample'>> {
  const sample = Math.min(SAMPLE, split.count);
  const channels = shape[2];
  const image = new Uint8Array(sizeOf(shape));
  const order = epochOrder(split.count, 1, 1);
  const [sums, squares] = [new Array<number>(channels).fill(0), new Array<number>(channels).fill(0)];
  for (let i = 0; i < sample; i++) {
    await split.read(order.subarray(i, i + 1), image);
    image.forEach((byte, at) => {
      sums[at % channels]! += byte / 255;
      squares[at % channels]! += (byte / 255) ** 2;
    });
  }
  const values = (sample * image.length) / channels;
  const mean = sums.map((sum) => sum / values);
  const std = squares.map((sum, c) => Math.sqrt(Math.max(0, sum / values - mean[c]! ** 2)));
  return { mean, std, sample };
}

/** Images of a split that show all classes in turn: the first of each, then the second of each, and so on. */
export function oneOfEach({ labels }: Split, classes: number, count: number): number[] {
  const byClass = Array.from({ length: classes }, () => [] as number[]);
  labels.forEach((label, i) => byClass[label]!.push(i));
  const most = maxOf(byClass.map((some) => some.length));
  const turns: number[] = [];
  for (let turn = 0; turn < most && turns.length < count; turn++)
    turns.push(...byClass.flatMap((some) => some.slice(turn, turn + 1)));
  return turns.slice(0, count);
}
