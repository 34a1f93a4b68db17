import { CAFFE, type Family } from './family.js';

/** Number 0 of a block, `branch1` in older files, is the convolution of the shortcut, which stands behind the road. */
const SHORTCUT = 9;
const ofPart = (part: string): number => (part === 'conv' ? 0 : 1);
const ofNumber = (number: string): number => (number === '0' ? SHORTCUT : +number);
const ofLetter = (letter: string): number => letter.charCodeAt(0);
const ofBranch = (branch: string): number => (branch === '1' ? SHORTCUT : ofLetter(branch[1]!));
const isNorm = (word: string): number => (word === 'bn' ? 1 : 0);

/**
 * keras.applications, version 1: the stride of a bottleneck in its first 1x1 convolution, convolutions with biases. Files
 * of Keras before 2.3 have the names of Caffe's.
 */
export const kerasResnet: Family = {
  name: 'keras-resnet',
  title: 'ResNet as Keras names it',
  layout: 'keras',
  rows: [
    [/^conv1(?:_conv)?$/, () => [1, 0, 0, 0]],
    [/^(?:conv1_bn|bn_conv1)$/, () => [1, 0, 0, 1]],
    [
      /^conv(\d)_block(\d+)_(\d)_(conv|bn)$/,
      (stage, block, number, part) => [+stage!, +block!, ofNumber(number!), ofPart(part!)],
    ],
    [
      /^(res|bn)(\d)([a-z])_branch(1|2[a-c])$/,
      (word, stage, block, branch) => [+stage!, ofLetter(block!), ofBranch(branch!), isNorm(word!)],
    ],
    [/^(?:probs|predictions|fc1000)$/, () => [99]],
  ],
  needs: [/^conv1(_conv)?$/, /^(conv2_block1_1_conv|res2a_branch2a)$/, /^(probs|predictions|fc1000)$/],
  epsilon: 1.001e-5,
  stride(layer) {
    if (/^conv1(_conv)?$/.test(layer)) return 2;
    return /^(conv[3-9]_block1_[01]_conv|res[3-9]a_branch(1|2a))$/.test(layer) ? 2 : 1;
  },
  models: ['resnet50-v1'],
  preparation: CAFFE,
};
