import { type Random, randomStream } from '../../base/random.js';
import { sizeOf } from '../../base/tensor.js';
import type { Augmentation } from '../../recipe/augmentation.js';
import type { Split } from '../sets/dataset.js';
import { type PrincipalColours, principalColours } from './principal-colours.js';
import { type Placement, resample } from './resample.js';

/** Changes an image, [H, W, C], in its place; `index` is its number in the split that it was read from. */
export type Augment = (index: number, image: Uint8Array) => void;

type Shape = readonly [number, number, number];

/** All that the changes of a run depend on, but for an image and its epoch: plain data, so that a thread can be told. */
export interface AugmentPlan {
  readonly shape: Shape;
  readonly settings: Augmentation;
  /** Where lighting is asked for. */
  readonly colours: PrincipalColours | undefined;
  readonly seed: number;
}

/**
 * What a config asks for; reads a sample of the images where their colours have to be known.
 * @returns undefined where nothing is asked for
 */
export async function planAugmentation(
  settings: Augmentation,
  split: Split,
  { shape, seed }: { readonly shape: Shape; readonly seed: number },
): Promise<AugmentPlan | undefined> {
  if (!changesAnything(settings)) return undefined;
  const colours = settings.lighting > 0 ? await principalColours(split, shape) : undefined;
  return { shape, settings, colours, seed };
}

/**
 * The changes of an epoch, which depend on seed, epoch and an image's number alone, so that a resumed run makes the same
 * ones.
 */
export function augmentBy({ shape, settings, colours, seed }: AugmentPlan): (epoch: number) => Augment {
  const original = new Uint8Array(sizeOf(shape));
  return (epoch) => (index, image) => {
    original.set(image);
    const random = randomStream(seed, 'augment', epoch, index);
    augmentImage(original, image, { shape, settings, colours, random });
  };
}

/** Makes ready what a config asks for. @returns the changes of an epoch; undefined where nothing is asked for */
export async function prepareAugmentation(
  settings: Augmentation,
  split: Split,
  { shape, seed }: { readonly shape: Shape; readonly seed: number },
): Promise<((epoch: number) => Augment) | undefined> {
  const plan = await planAugmentation(settings, split, { shape, seed });
  return plan && augmentBy(plan);
}

function changesAnything({ shift, flip, rotation, zoom, lighting }: Augmentation): boolean {
  return flip || [shift, rotation, zoom, lighting].some((most) => most > 0);
}

interface AugmentOptions {
  readonly shape: Shape;
  readonly settings: Augmentation;
  /** For lighting; without them it does nothing. */
  readonly colours?: PrincipalColours;
  /** The image's own stream. */
  readonly random: Random;
}

/** Writes a variation of an image, [H, W, C], to `out`, which must not overlap it. */
export function augmentImage(image: Uint8Array, out: Uint8Array, options: AugmentOptions): void {
  const { shape, settings, colours, random } = options;
  resample(image, out, shape, somePlacement(shape, settings, random));
  if (colours && settings.lighting > 0) light(out, someTint(colours, settings.lighting, random));
}

function somePlacement([height, width]: Shape, settings: Augmentation, random: Random): Placement {
  const { shift, flip, rotation, zoom } = settings;
  const between = (most: number): number => most * (2 * random.uniform() - 1);
  const step = (side: number): number => {
    const most = shift < 1 ? Math.round(shift * side) : Math.round(shift);
    return most === 0 ? 0 : random.below(2 * most + 1) - most;
  };
  return {
    right: step(width),
    down: step(height),
    mirrored: flip && random.uint32() >>> 31 === 1,
    angle: rotation > 0 ? between((rotation * Math.PI) / 180) : 0,
    scale: zoom > 0 ? 1 + between(zoom) : 1,
  };
}

/**
 * What is added to each channel (Krizhevsky et al. 2012, section 4.1): for each principal colour a normal times
 * `lighting` times its standard deviation. The paper's formula has the eigenvalue there; its author's code
 * (cuda-convnet2) and everyone since take the root, without which 0.1 would hide the picture.
 */
function someTint({ directions, deviations }: PrincipalColours, lighting: number, random: Random): number[] {
  const tint = directions[0]!.map(() => 0);
  directions.forEach((direction, i) => {
    const strength = lighting * random.normal() * deviations[i]!;
    direction.forEach((value, channel) => {
      tint[channel]! += strength * value;
    });
  });
  return tint;
}

/** Adds `tint[c]` to channel c of every pixel, within 0 to 255. */
function light(image: Uint8Array, tint: readonly number[]): void {
  const channels = tint.length;
  const lit = new Uint8ClampedArray(256);
  tint.forEach((added, channel) => {
    for (let value = 0; value < 256; value++) lit[value] = value + added;
    for (let i = channel; i < image.length; i += channels) image[i] = lit[image[i]!]!;
  });
}
