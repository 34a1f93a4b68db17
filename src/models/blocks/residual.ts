import * as z from 'zod';
import type { Path } from '../../base/yaml/path.js';
import { type Block, partName, type RawItem } from './block.js';

export interface Residual {
  name?: string;
  filters: number;
  strides: number;
  bottleneck: boolean;
  projection?: boolean;
  strideIn: '3x3' | 'first';
  useBias: boolean;
  epsilon: number;
}

/**
 * A residual block (He et al. 2015, figures 2 and 5): two 3x3 convolutions, or with `bottleneck` 1x1, 3x3 and 1x1 to four
 * times the filters, each followed by batch normalization; the input is added before the last ReLU. Where the shape
 * changes, a 1x1 convolution brings the input there.
 */
export const residual: Block<Residual> = {
  description: 'A residual block: convolutions with batch normalization, added to their input.',
  schema: () =>
    z.strictObject({
      name: z.string().optional().describe('Stands in front of the names of its layers.'),
      filters: z.int().min(1).describe('Filters of the 3x3 convolutions.'),
      strides: z.int().min(1).default(1).describe('Of its first 3x3 convolution; see strideIn.'),
      strideIn: z
        .enum(['3x3', 'first'])
        .default('3x3')
        .describe(
          'Which convolution of a bottleneck has the strides: the 3x3, as in torchvision (version 1.5), or the first 1x1, as in the paper and in Keras.',
        ),
      useBias: z.boolean().default(false).describe('Whether its convolutions have biases.'),
      epsilon: z.number().positive().default(1e-5).describe('Of its batch normalizations.'),
      bottleneck: z.boolean().default(false).describe('1x1, 3x3, 1x1 to four times the filters.'),
      projection: z
        .boolean()
        .optional()
        .describe(
          'Whether a 1x1 convolution stands in the shortcut; the default is where strides are not 1.',
        ),
    }) as unknown as z.ZodType<Residual>,
  expand(params, path) {
    const { name, strides } = params;
    const projected = params.projection ?? strides !== 1;
    const shortcut = projected ? normalized(params, 'shortcut', 1, outputFilters(params), strides, path) : [];
    return [
      { branches: [road(params, path), shortcut], join: { value: { add: partName(name, 'add') }, path } },
      relu(name === undefined ? {} : { name }, path),
    ];
  },
};

const outputFilters = ({ filters, bottleneck }: Residual): number => (bottleneck ? 4 * filters : filters);

/** The convolutions: [kernel size, filters, strides] of each, ReLU between them. */
function road(params: Residual, path: Path): RawItem[] {
  const { name, filters, strides, bottleneck } = params;
  const [first, second] = params.strideIn === 'first' ? [strides, 1] : [1, strides];
  const steps: [number, number, number][] = bottleneck
    ? [
        [1, filters, first],
        [3, filters, second],
        [1, outputFilters(params), 1],
      ]
    : [
        [3, filters, strides],
        [3, filters, 1],
      ];
  return steps.flatMap(([size, count, stride], i) => [
    ...(i > 0 ? [relu(partName(name, `relu${i}`), path)] : []),
    ...normalized(params, `conv${i + 1}`, size, count, stride, path),
  ]);
}

function relu(naming: { name?: string }, path: Path): RawItem {
  return { value: { activation: { ...naming, function: 'relu' } }, path };
}

/** A convolution, padded by half its size, and batch normalization. */
function normalized(
  { name: block, useBias, epsilon }: Residual,
  part: string,
  kernelSize: number,
  filters: number,
  strides: number,
  path: Path,
): RawItem[] {
  const padding = (kernelSize - 1) / 2;
  const conv = { ...partName(block, part), filters, kernelSize, strides, padding, useBias };
  const initialized = { ...conv, kernelInitializer: 'heNormal' };
  const norm = { ...partName(block, `${part}_bn`), momentum: 0.9, epsilon };
  return [
    { value: { conv2d: initialized }, path },
    { value: { batchNorm: norm }, path },
  ];
}
