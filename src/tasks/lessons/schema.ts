import * as z from 'zod';
import type { JsonSchema } from '../../base/yaml/wanted.js';

const words = z.string().min(1);

const text = z.union([words, z.strictObject({ en: words, ko: words })]);

const values = z.array(z.unknown()).min(1);

/** What a figure is to be: one of these. */
const bounds = {
  equals: z
    .union([z.number(), z.string(), z.boolean(), values])
    .optional()
    .describe('What it is, to six figures; a list of one counts as its one value'),
  atLeast: z.number().optional().describe('The least that it may be'),
  atMost: z.number().optional().describe('The most that it may be'),
  within: z
    .tuple([z.union([z.number(), values]), z.number().min(0)])
    .optional()
    .describe('[value, tolerance]: how far it may be from the value'),
};

export const boundSchema = z.strictObject(bounds);
export type BoundSetting = z.output<typeof boundSchema>;

export const figureSchema = z.strictObject({
  figure: text.describe('What it is called: "parameters without the head"'),
  from: words.describe(
    "Where it is in the JSON of the command's result: totals.params, layers[name=conv2d_1].params, 1 - end.testAccuracy",
  ),
  ...bounds,
  source: text.optional().describe('Where the document has it'),
  quick: z
    .union([boundSchema, z.literal(false)])
    .optional()
    .describe('What it is to be in the quick way instead; false: left out there'),
});

const step = {
  name: words
    .optional()
    .describe('A word by which figures of later steps look into its result: @full.end.testAccuracy'),
  say: text.optional().describe('What is said before the command; paragraphs are flowed to the terminal'),
  run: words.optional().describe('A command line, without "cnnzoo"'),
  quick: z
    .union([words, z.literal(false)])
    .optional()
    .describe('The command line in the quick way instead; false: the step is left out there'),
  exitCode: z.int().min(0).max(255).default(0).describe('How the command is to end'),
  show: z
    .boolean()
    .default(true)
    .describe('Whether what the command prints is shown; figures are looked at in any case'),
};

/** A step whose figures have yet to be looked at. */
export const stepSchema = z.strictObject({
  ...step,
  expect: values.optional().describe("The document's figures, to stand beside ours"),
});

const lesson = {
  title: text,
  source: text.optional().describe('What it follows: a book and its chapter'),
  minutes: z.number().positive().describe('How long it takes as a whole, on two cores'),
  order: z.number().optional().describe('Its place in the list of lessons'),
  data: z
    .union([words, z.array(words).min(1)])
    .optional()
    .describe('Data sets that it needs; where one is not on this machine it goes its quick way'),
  files: z
    .array(words)
    .min(1)
    .optional()
    .describe(
      'Files beside it, or in folders there, that its commands need; they find them by their names alone',
    ),
};

/** A lesson whose steps have yet to be looked at. */
export const lessonSchema = z.strictObject({ ...lesson, steps: values.describe('What it is made of') });

export function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
}

/** The JSON Schema of a lesson, for editors: in draft 7, which all of them know. */
export function lessonJsonSchema(): unknown {
  const whole = z.strictObject({
    ...lesson,
    steps: z.array(z.strictObject({ ...step, expect: z.array(figureSchema).min(1).optional() })).min(1),
  });
  return { title: 'A lesson of cnnzoo', ...z.toJSONSchema(whole, { io: 'input', target: 'draft-7' }) };
}
