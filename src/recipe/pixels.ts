import * as z from 'zod';

const perChannel = z.union([z.number(), z.array(z.number()).min(1)]);

const INTERPOLATIONS = ['bilinear', 'bicubic', 'lanczos3'] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

export const resizeSchema = z.strictObject({
  shorter: z
    .int()
    .min(1)
    .describe("Pixels that a picture's shorter side is brought to, its proportions kept; at least `crop`."),
  crop: z
    .int()
    .min(1)
    .optional()
    .describe(
      "Pixels of the square that is cut out of the middle; the default is the input's shorter side. Where the input has another size, `shorter` changes with it.",
    ),
  interpolation: z
    .enum(INTERPOLATIONS)
    .default('bilinear')
    .describe('How pixels are averaged, always over all that fall onto one (antialiased), as Pillow does.'),
});

/** How a picture is brought to the size of the input. */
export type Resize = z.output<typeof resizeSchema>;

/** The network's first channel is a picture's red one, or with `bgr` its blue one. */
export type ChannelOrder = 'rgb' | 'bgr';

export const pixelsSchema = z
  .strictObject({
    range: z
      .tuple([z.number(), z.number()])
      .optional()
      .describe('What black and white become; instead of scale, mean and std.'),
    scale: z
      .union([z.number().positive(), z.literal('1/255')])
      .optional()
      .describe('Bytes are multiplied by it; the default is 1/255, which makes them 0 to 1.'),
    mean: perChannel
      .optional()
      .describe('Subtracted from scaled pixels; one number or one a channel, 0 where absent.'),
    std: z
      .union([z.number().positive(), z.array(z.number().positive()).min(1)])
      .optional()
      .describe('Divides what is left; one number or one a channel, 1 where absent.'),
    channelOrder: z
      .enum(['rgb', 'bgr'])
      .optional()
      .describe(
        "The order of the network's channels, and of mean and std: rgb where absent; bgr as in Caffe and in Keras's VGG and ResNet.",
      ),
    resize: resizeSchema
      .optional()
      .describe(
        "How a picture is brought to the input's size. Where absent it is scaled until it just covers it, and cropped to the centre.",
      ),
  })
  .describe('How a picture becomes the values that a network sees; where absent bytes become 0 to 1.');

/** `pixels` of a config. */
export type PixelsConfig = z.output<typeof pixelsSchema>;
