import { type Family, TORCHVISION } from './family.js';

const module = (stage: string, letter: string): number[] => [+stage, letter.charCodeAt(0)];
const ofPart = (part: string): number => (part === 'conv' ? 0 : 1);

/** Batch normalization after every convolution; branches 2 to 4 are of two convolutions, of branch 4 the first is a pool. */
export const torchvisionGooglenet: Family = {
  name: 'torchvision-googlenet',
  title: 'GoogLeNet as torchvision names it',
  layout: 'torch',
  rows: [
    [/^conv(\d)\.(conv|bn)$/, (number, part) => [+number!, 0, 0, 0, ofPart(part!)]],
    [
      /^inception(\d)([a-e])\.branch1\.(conv|bn)$/,
      (stage, letter, part) => [...module(stage!, letter!), 1, 0, ofPart(part!)],
    ],
    [
      /^inception(\d)([a-e])\.branch([2-4])\.([01])\.(conv|bn)$/,
      (stage, letter, branch, number, part) => [
        ...module(stage!, letter!),
        +branch!,
        +number!,
        ofPart(part!),
      ],
    ],
    [/^fc$/, () => [99]],
  ],
  needs: [/^conv1\.conv$/, /^inception3a\.branch1\.conv$/, /^fc$/],
  leavesOut: /^aux[12]\./,
  epsilon: 1e-3,
  stride: (layer) => (layer === 'conv1.conv' ? 2 : 1),
  models: ['googlenet-bn'],
  // Its published weights map what torchvision prepares to (byte / 255 - 0.5) / 0.5 by themselves (transform_input).
  preparation: { ...TORCHVISION, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
};
