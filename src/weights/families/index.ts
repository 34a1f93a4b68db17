import type { FileLayer } from '../files/layers.js';
import { type Family, orderedBy } from './family.js';
import { kerasResnet } from './keras-resnet.js';
import { kerasVgg } from './keras-vgg.js';
import { torchvisionAlexnet } from './torchvision-alexnet.js';
import { torchvisionGooglenet } from './torchvision-googlenet.js';
import { torchvisionResnet } from './torchvision-resnet.js';
import { torchvisionVgg } from './torchvision-vgg.js';

/** Every family that is known by its names. */
export const FAMILIES: readonly Family[] = [
  torchvisionVgg,
  torchvisionAlexnet,
  torchvisionResnet,
  torchvisionGooglenet,
  kerasVgg,
  kerasResnet,
];

/** The family of a file by the names of its layers, and they in the order of the graph's; null where none is known. */
export function familyOf(
  layers: readonly FileLayer[],
): { readonly family: Family; readonly layers: readonly FileLayer[] } | null {
  for (const family of FAMILIES) {
    const ordered = orderedBy(family, layers);
    if (ordered) return { family, layers: ordered };
  }
  return null;
}
