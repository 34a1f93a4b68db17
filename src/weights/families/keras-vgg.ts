import { CAFFE, type Family } from './family.js';

/** keras.applications: the flattened map is channels-last there, as ours is. */
export const kerasVgg: Family = {
  name: 'keras-vgg',
  title: 'VGG as Keras names it',
  layout: 'keras',
  rows: [
    [/^block(\d)_conv(\d)$/, (block, number) => [+block!, +number!]],
    [/^fc(\d)$/, (number) => [8, +number!]],
    [/^predictions$/, () => [9]],
  ],
  needs: [/^block1_conv1$/, /^predictions$/],
  epsilon: 1e-3,
  stride: () => 1,
  models: ['vgg16', 'vgg19'],
  preparation: CAFFE,
};
