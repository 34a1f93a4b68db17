import * as z from 'zod';

/** How training images are varied at random, each anew every epoch; validation and test images stay as they are. */
export const augmentationSchema = z.strictObject({
  shift: z
    .number()
    .min(0)
    .default(0)
    .describe(
      'Up to how far images are moved in each direction: so many pixels, or below 1 a share of their side. What is uncovered repeats the edge.',
    ),
  flip: z.boolean().default(false).describe('Mirror every other image, left to right.'),
  rotation: z
    .number()
    .min(0)
    .max(180)
    .default(0)
    .describe('Up to how many degrees images are turned, either way.'),
  zoom: z.number().min(0).lt(1).default(0).describe('Up to which share images are enlarged or made smaller.'),
  lighting: z
    .number()
    .min(0)
    .max(10)
    .default(0)
    .describe(
      "Changes brightness and tint along the principal colours of the training images: so many of each one's standard deviations, drawn from a normal (0.1 in Krizhevsky et al. 2012, section 4.1).",
    ),
});

export type Augmentation = z.output<typeof augmentationSchema>;

/** What an augmentation is called that leaves images as they are. */
export const NO_AUGMENTATION = 'none';

/** The changes that this makes, in words: "shift 4, flip, lighting 0.1"; "none" where it makes none. */
export function describeAugmentation(augmentation: Augmentation): string {
  const { shift, flip, rotation, zoom, lighting } = augmentation;
  const changes = [
    shift > 0 && `shift ${shift}`,
    flip && 'flip',
    rotation > 0 && `rotation ${rotation}`,
    zoom > 0 && `zoom ${zoom}`,
    lighting > 0 && `lighting ${lighting}`,
  ].filter((change) => change !== false);
  return changes.join(', ') || NO_AUGMENTATION;
}
