import { type Family, TORCHVISION } from './family.js';

/** One tower (Krizhevsky, arXiv:1404.5997); dropout stands before the dense layers, so that they are 1, 4 and 6. */
export const torchvisionAlexnet: Family = {
  name: 'torchvision-alexnet',
  title: 'AlexNet as torchvision names it',
  layout: 'torch',
  rows: [
    [/^features\.(\d+)$/, (module) => [0, +module!]],
    [/^classifier\.(\d+)$/, (module) => [1, +module!]],
  ],
  needs: [/^features\.0$/, /^features\.10$/, /^classifier\.1$/, /^classifier\.4$/],
  epsilon: 1e-5,
  stride: (layer) => (layer === 'features.0' ? 4 : 1),
  models: ['alexnet-owt'],
  preparation: TORCHVISION,
};
