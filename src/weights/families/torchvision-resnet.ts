import { type Family, TORCHVISION } from './family.js';

/**
 * The road of a block stands before its shortcut. The stride of a bottleneck stands in its 3x3 convolution (version 1.5),
 * where the paper and Keras have it in the first 1x1.
 */
export const torchvisionResnet: Family = {
  name: 'torchvision-resnet',
  title: 'ResNet as torchvision and timm name it',
  layout: 'torch',
  rows: [
    [/^conv1$/, () => [0, 0]],
    [/^bn1$/, () => [0, 1]],
    [/^layer(\d+)\.(\d+)\.conv(\d)$/, (stage, block, number) => [+stage!, +block!, +number!, 0]],
    [/^layer(\d+)\.(\d+)\.bn(\d)$/, (stage, block, number) => [+stage!, +block!, +number!, 1]],
    [/^layer(\d+)\.(\d+)\.downsample\.([01])$/, (stage, block, number) => [+stage!, +block!, 9, +number!]],
    [/^fc$/, () => [99]],
  ],
  needs: [/^layer1\.0\.conv1$/, /^bn1$/, /^fc$/],
  epsilon: 1e-5,
  stride(layer, names) {
    if (layer === 'conv1') return 2;
    const [, stage, block, part] = /^layer(\d+)\.(\d+)\.(.*)$/.exec(layer) ?? [];
    if (stage === undefined || stage === '1' || block !== '0') return 1;
    const strided = names.has(`layer${stage}.0.conv3`) ? 'conv2' : 'conv1';
    return part === strided || part === 'downsample.0' ? 2 : 1;
  },
  models: ['resnet18', 'resnet34', 'resnet50'],
  preparation: TORCHVISION,
};
