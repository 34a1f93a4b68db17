import type { PixelsConfig } from '../../recipe/pixels.js';
import type { FileLayer, KernelLayout } from '../files/layers.js';

/** How pictures are prepared for weights, as `pixels` of a config says it. */
export type Preparation = PixelsConfig;

/**
 * A layer's name in the files of a family, and where that layer stands among the others: numbers, compared from the left.
 * Sorted by them, the file's layers stand in the order of the graph's.
 */
export type Row = readonly [pattern: RegExp, place: (...found: string[]) => readonly number[]];

/** Networks whose files name layers in one way. */
export interface Family {
  /** `torchvision-resnet` */
  readonly name: string;
  /** For messages: "torchvision's and timm's ResNets". */
  readonly title: string;
  readonly layout: KernelLayout;
  readonly rows: readonly Row[];
  /** Names of layers without which a file is of another family. */
  readonly needs: readonly RegExp[];
  /** Layers that training alone has, such as auxiliary classifiers. */
  readonly leavesOut?: RegExp;
  /** What its batch normalizations add to the variance. */
  readonly epsilon: number;
  /** Where a convolution moves by more than one pixel: shapes do not tell. */
  stride(layer: string, names: ReadonlySet<string>): number;
  /** Models of the zoo that these files are for. */
  readonly models: readonly string[];
  readonly preparation: Preparation;
}

/** Of torchvision's weights and most of timm's. */
export const TORCHVISION: Preparation = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  resize: { shorter: 256, crop: 224, interpolation: 'bilinear' },
};

/** Of Keras's VGG and ResNet, which keep the habit of Caffe: bytes, blue first. */
export const CAFFE: Preparation = {
  scale: 1,
  mean: [103.939, 116.779, 123.68],
  channelOrder: 'bgr',
  resize: { shorter: 224, crop: 224, interpolation: 'bilinear' },
};

/** The place of a layer by the rows; undefined where no row has its name. */
function placeOf({ rows }: Family, { name }: FileLayer): readonly number[] | undefined {
  for (const [pattern, place] of rows) {
    const found = pattern.exec(name);
    if (found) return place(...found.slice(1));
  }
  return undefined;
}

/** The layers of a file in the order of the graph's; null where the file is of another family. */
export function orderedBy(family: Family, layers: readonly FileLayer[]): readonly FileLayer[] | null {
  const used = layers.filter(({ name }) => !family.leavesOut?.test(name));
  if (!family.needs.every((need) => used.some(({ name }) => need.test(name)))) return null;
  if (used.some(({ layout }) => layout !== family.layout)) return null;
  const placed = used.map((layer) => ({ layer, place: placeOf(family, layer) }));
  if (placed.some(({ place }) => place === undefined)) return null;
  return placed.sort((a, b) => inOrder(a.place!, b.place!)).map(({ layer }) => layer);
}

function inOrder(a: readonly number[], b: readonly number[]): number {
  const axis = a.findIndex((number, i) => number !== b[i]);
  return axis < 0 ? a.length - b.length : a[axis]! - (b[axis] ?? -1);
}
