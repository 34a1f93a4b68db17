import { z } from 'zod';
import { OPTIMIZERS } from '../training/optimizers/index.js';
import type { OptimizerConfig } from '../training/optimizers/optimizer.js';
import { BLOCKS, type BlockKind } from './blocks/index.js';
import { LAYERS, type LayerKind, layerDef } from './layers/index.js';

const perChannel = z.union([z.number(), z.array(z.number()).min(1)]);

const pixelsSchema = z
  .union([
    z.strictObject({ range: z.tuple([z.number(), z.number()]).describe('What black and white become.') }),
    z.strictObject({
      mean: perChannel.describe('Subtracted from pixels scaled to [0, 1]; one number or one a channel.'),
      std: perChannel.describe('Divides what is left.'),
    }),
  ])
  .describe('How bytes become the values a network sees.');

/** `optimizer: sgd`, or a mapping with its name and settings. */
export const optimizerSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('sgd'), ...OPTIMIZERS.sgd.schema.shape }),
  z.strictObject({ name: z.literal('rmsprop'), ...OPTIMIZERS.rmsprop.schema.shape }),
  z.strictObject({ name: z.literal('adam'), ...OPTIMIZERS.adam.schema.shape }),
]) satisfies z.ZodType<OptimizerConfig>;

export const trainingSchema = z.strictObject({
  epochs: z.int().min(1).default(5).describe('Passes over the training images.'),
  batchSize: z.int().min(1).default(64).describe('Images a step.'),
  optimizer: optimizerSchema,
  validationSplit: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('Share of the training images kept aside for validation.'),
  earlyStopping: z
    .strictObject({ patience: z.int().min(1).default(3) })
    .nullable()
    .default(null)
    .describe('Stop after so many epochs without a better validation loss.'),
  seed: z.int().min(0).max(0xffffffff).default(1),
});

const publishedSchema = z
  .strictObject({
    params: z.int().optional(),
    paramsNoTop: z.int().optional(),
    testAccuracy: z.number().optional(),
  })
  .describe('Figures of the source, shown beside ours.');

/** A config but for its layers, which are checked one by one so that each error can name its layer. */
export const configSchema = z.strictObject({
  title: z.string().min(1).describe('What the model is called in a heading.'),
  year: z.int().optional().describe('When it was published.'),
  source: z.string().optional().describe('The paper, book or page that defines it.'),
  description: z.string().optional(),
  input: z
    .tuple([z.int().min(1), z.int().min(1), z.int().min(1)])
    .describe('Height, width and channels of an image.'),
  classes: z.int().min(2),
  pixels: pixelsSchema.default({ range: [0, 1] }),
  dataset: z.string().min(1).describe('The data set it is trained on: a known name or a folder.'),
  standIn: z.string().optional().describe('A built-in generator to use where the data set cannot be had.'),
  published: publishedSchema.optional(),
  layers: z.array(z.unknown()).min(1),
  training: trainingSchema,
});

export type ModelConfig = Omit<z.output<typeof configSchema>, 'layers'>;
export type TrainingConfig = z.output<typeof trainingSchema>;

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

/** The schema of one layer's mapping, with the fields that all layers have. */
export function layerSchema(kind: LayerKind): z.ZodObject {
  const { schema } = layerDef(kind);
  return z.strictObject({ ...schema.shape, ...common });
}

/** The JSON Schema of a config file, for editors. */
export function jsonSchema(): unknown {
  const item: z.ZodType = z.lazy(() => z.union([...layerItems(), ...blockItems(item)]));
  const file = configSchema.extend({ layers: z.array(item).min(1) });
  return { title: 'cnnzoo model', ...z.toJSONSchema(file, { io: 'input' }) };
}

function layerItems(): z.ZodType[] {
  return (Object.keys(LAYERS) as LayerKind[]).flatMap((kind) => {
    const { description, shorthand } = layerDef(kind);
    const full = layerSchema(kind);
    const optional = full.safeParse({}).success;
    const value = shorthand === undefined ? full : z.union([full, full.shape[shorthand] as z.ZodType]);
    const mapping = z.strictObject({ [kind]: optional ? value.nullable() : value }).describe(description);
    return optional ? [z.literal(kind).describe(description), mapping] : [mapping];
  });
}

function blockItems(item: z.ZodType): z.ZodType[] {
  return (Object.keys(BLOCKS) as BlockKind[]).map((kind) =>
    z.strictObject({ [kind]: BLOCKS[kind].schema(item) }).describe(BLOCKS[kind].description),
  );
}
