import * as z from 'zod';
import type { Path } from '../../base/yaml/path.js';
import { type Block, partName, type RawItem } from './block.js';

export interface Inception {
  name?: string;
  filters: [number, number, number, number, number, number];
  batchNorm: boolean;
  largeKernel: 3 | 5;
}

const count = z.int().min(1);

/**
 * An inception module (Szegedy et al. 2014, figure 2b, and the columns of its Table 1): 1x1; 1x1 then 3x3; 1x1 then 5x5;
 * max pooling then 1x1, side by side along the channels; all 'same', all ReLU. With `batchNorm` each convolution is without
 * bias and normalized before its ReLU, as in torchvision's GoogLeNet.
 */
export const inception: Block<Inception> = {
  description: 'An inception module: four branches joined along the channels.',
  schema: () =>
    z.strictObject({
      name: z.string().optional().describe('Stands in front of the names of its layers.'),
      filters: z
        .tuple([count, count, count, count, count, count])
        .describe('1x1; 3x3 reduce, 3x3; 5x5 reduce, 5x5; pool projection: as in the paper.'),
      batchNorm: z
        .boolean()
        .default(false)
        .describe(
          'Whether batch normalization (epsilon 0.001) follows every convolution, which then has no bias.',
        ),
      largeKernel: z
        .union([z.literal(3), z.literal(5)])
        .default(5)
        .describe("Height and width of the 5x5 convolution's kernel: 3 in torchvision's GoogLeNet."),
    }) as unknown as z.ZodType<Inception>,
  expand({ name, filters, batchNorm, largeKernel }, path) {
    const [one, reduce3, three, reduce5, five, projection] = filters;
    const conv = (part: string, kernelSize: number, units: number) =>
      batchNorm
        ? normalized(name, part, kernelSize, units, path)
        : [convolution(name, part, kernelSize, units, path)];
    const pool = { maxPool2d: { ...partName(name, 'pool'), poolSize: 3, strides: 1, padding: 'same' } };
    const branches = [
      conv('1x1', 1, one),
      [...conv('3x3_reduce', 1, reduce3), ...conv('3x3', 3, three)],
      [...conv('5x5_reduce', 1, reduce5), ...conv('5x5', largeKernel, five)],
      [{ value: pool, path }, ...conv('pool_proj', 1, projection)],
    ];
    return [{ branches, join: { value: { concatenate: name === undefined ? {} : { name } }, path } }];
  },
};

function convolution(
  block: string | undefined,
  part: string,
  kernelSize: number,
  filters: number,
  path: Path,
): RawItem {
  const settings = { ...partName(block, part), filters, kernelSize, padding: 'same', activation: 'relu' };
  return { value: { conv2d: settings }, path };
}

/** A convolution without bias, batch normalization and ReLU. */
function normalized(
  block: string | undefined,
  part: string,
  kernelSize: number,
  filters: number,
  path: Path,
): RawItem[] {
  const conv = { ...partName(block, part), filters, kernelSize, padding: 'same', useBias: false };
  const norm = { ...partName(block, `${part}_bn`), momentum: 0.9, epsilon: 1e-3 };
  return [
    { value: { conv2d: conv }, path },
    { value: { batchNorm: norm }, path },
    { value: { activation: { ...partName(block, `${part}_relu`), function: 'relu' } }, path },
  ];
}
