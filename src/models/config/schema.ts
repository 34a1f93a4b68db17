import * as z from 'zod';
import { augmentationSchema } from '../../recipe/augmentation.js';
import { lossSchema } from '../../recipe/loss.js';
import { type OptimizerConfig, optimizerSchema } from '../../recipe/optimizers/index.js';
import { pixelsSchema } from '../../recipe/pixels.js';
import { scheduleSchema } from '../../recipe/schedules/index.js';
import { type LayerKind, layerDef } from '../layers/index.js';

export const trainingSchema = z.strictObject({
  epochs: z.int().min(1).default(5).describe('Passes over the training images.'),
  batchSize: z.int().min(1).default(64).describe('Images a step.'),
  microBatches: z
    .int()
    .min(1)
    .default(1)
    .describe(
      'Compute each batch in so many parts, one after the other, for networks whose batch does not fit in memory (gradient accumulation).',
    ),
  optimizer: optimizerSchema
    .optional()
    .describe('An optimizer by name, or a mapping with its name and settings. Training needs one.'),
  schedule: scheduleSchema
    .default({ name: 'constant', warmup: 0 })
    .describe(
      'How the learning rate changes over the run: a schedule by name, or a mapping with its name and settings.',
    ),
  loss: lossSchema
    .default({ name: 'crossEntropy' })
    .describe('What training makes small: a loss by name, or a mapping with its name and settings.'),
  labelSmoothing: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe(
      'The share of certainty that is spread evenly over all classes (Szegedy et al. 2015, section 7).',
    ),
  validationSplit: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('Share of the training images kept aside for validation.'),
  augmentation: augmentationSchema
    .default(augmentationSchema.parse({}))
    .describe('How training images are varied at random.'),
  earlyStopping: z
    .strictObject({
      patience: z.int().min(1).default(3).describe('Epochs without a better validation loss.'),
    })
    .nullable()
    .default(null)
    .describe('Stop after so many epochs without a better validation loss.'),
  freeze: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .default([])
    .meta({
      description:
        "Layers that training leaves as they are, by name; * stands for any letters. 'all-but-head' is all but the last layer with weights. They get no gradient and no update, and a frozen batchNorm uses its running values.",
      examples: ['all-but-head', 'block1_*'],
    }),
  layerLearningRates: z
    .record(z.string().min(1), z.number().positive())
    .default({})
    .meta({
      description:
        'Shares of the learning rate for layers by name, * for any letters; the first that fits counts (discriminative fine-tuning, Howard and Ruder 2018).',
      examples: [{ 'block1_*': 0.1 }],
    }),
  testEachEpoch: z
    .boolean()
    .default(false)
    .describe(
      'Look at the test images after every epoch too, to see how the figures of training and test part ways. What is trained does not depend on it.',
    ),
  seed: z
    .int()
    .min(0)
    .max(0xffffffff)
    .default(1)
    .describe('Drives initial weights, order, dropout and augmentation.'),
});

const publishedSchema = z
  .strictObject({
    params: z.int().optional().describe('Parameters that are learned.'),
    paramsNoTop: z.int().optional().describe('The same without the classifier.'),
    testAccuracy: z.number().optional().describe('A share: 0.99 is 99 %.'),
  })
  .describe('Figures of the source, shown beside ours.');

/** A config but for its layers, which are checked one by one so that each error can name its layer. */
export const configSchema = z.strictObject({
  title: z
    .string()
    .min(1)
    .optional()
    .describe("What the model is called in a heading; the default is the file's name."),
  year: z.int().optional().describe('When it was published.'),
  source: z.string().optional().describe('The paper, book or page that defines it.'),
  description: z.string().optional().describe('What there is to know about it, in a sentence or two.'),
  input: z
    .tuple([z.int().min(1), z.int().min(1), z.int().min(1)])
    .meta({ description: 'Height, width and channels of an image.', examples: [[28, 28, 1]] }),
  classes: z
    .int()
    .min(2)
    .optional()
    .describe('Number of classes; the default is as many as the last layer gives.'),
  pixels: pixelsSchema.default({ range: [0, 1] }),
  dataset: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: 'The data set it is trained on: a known name or a folder. Training needs one.',
      examples: ['mnist', 'fashion-mnist', 'digits'],
    }),
  labels: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(2)])
    .optional()
    .meta({
      description:
        "What its classes are called, where no data set says it: imagenet (the 1,000 classes of ImageNet's challenge), a file with a name a line, as seen from the folder of this one, or a list.",
      examples: ['imagenet', 'labels.txt', ['cat', 'dog']],
    }),
  standIn: z
    .string()
    .optional()
    .meta({
      description: 'A built-in generator to use where the data set cannot be had.',
      examples: ['digits'],
    }),
  published: publishedSchema.optional(),
  auxiliaries: z.boolean().default(true).describe('Whether auxiliary classifiers are built for training.'),
  layers: z.array(z.unknown()).min(1).describe('From the image to the class probabilities.'),
  training: trainingSchema.prefault({}).describe('How it is trained unless flags say otherwise.'),
});

/** What a config says but for its layers, with defaults filled in. */
export type ModelConfig = Omit<z.output<typeof configSchema>, 'layers'> & { readonly title: string };

/** Settings of the training with everything that it needs. */
export type TrainingConfig = z.output<typeof trainingSchema> & { readonly optimizer: OptimizerConfig };

/** A config with everything that training needs. */
export type TrainableConfig = ModelConfig & {
  readonly dataset: string;
  readonly classes: number;
  readonly training: TrainingConfig;
};

const common = {
  name: z
    .string()
    .regex(/^[A-Za-z][\w.-]*$/)
    .optional()
    .describe('The name of the layer; the default is its kind and a number.'),
  from: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe('The layers it reads; the default is the one before. `input` is the image.'),
};

const layerSchemas = new Map<LayerKind, z.ZodObject>();

/** The schema of one layer's mapping, with the fields that all layers have. */
export function layerSchema(kind: LayerKind): z.ZodObject {
  const known = layerSchemas.get(kind);
  if (known) return known;
  const schema = z.strictObject({ ...layerDef(kind).schema.shape, ...common });
  layerSchemas.set(kind, schema);
  return schema;
}
