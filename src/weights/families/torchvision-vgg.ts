import { type Family, TORCHVISION } from './family.js';

/** `features` counts every module: convolution, norm, ReLU, pool. timm has the first two dense layers as convolutions. */
export const torchvisionVgg: Family = {
  name: 'torchvision-vgg',
  title: 'VGG as torchvision and timm name it',
  layout: 'torch',
  rows: [
    [/^features\.(\d+)$/, (module) => [0, +module!]],
    [/^classifier\.(\d+)$/, (module) => [1, +module!]],
    [/^pre_logits\.fc(\d)$/, (number) => [1, +number!]],
    [/^head\.fc$/, () => [2]],
  ],
  needs: [/^features\.0$/, /^(classifier\.0|pre_logits\.fc1)$/],
  epsilon: 1e-5,
  stride: () => 1,
  models: ['vgg11', 'vgg13', 'vgg16', 'vgg16-bn', 'vgg19'],
  preparation: TORCHVISION,
};
