import * as z from 'zod';
import type { JsonSchema } from '../../base/yaml/wanted.js';
import { LOSSES, lossSchema } from '../../recipe/loss.js';
import { OPTIMIZERS, optimizerSchema } from '../../recipe/optimizers/index.js';
import { SCHEDULES, scheduleSchema } from '../../recipe/schedules/index.js';
import { BLOCKS, type BlockKind } from '../blocks/index.js';
import { LAYERS, type LayerKind, layerDef } from '../layers/index.js';
import { configSchema, layerSchema } from './schema.js';

interface Written {
  zodSchema: unknown;
  jsonSchema: Record<string, unknown>;
}

/** A schema of ours as JSON Schema, with what may be written short. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: withNames,
  }) as JsonSchema;
}

/** The JSON Schema of a config file, for editors: in draft 7, which all of them know. */
export function jsonSchema(): unknown {
  const item: z.ZodType = z.lazy(() => z.union([...layerItems(), ...blockItems(item)]));
  const layers = z.array(item).min(1).describe(configSchema.shape.layers.description!);
  const written = z.toJSONSchema(configSchema.extend({ layers }), {
    io: 'input',
    target: 'draft-7',
    override: (place) => {
      withNames(place);
      withoutExactRange(place);
    },
  });
  const named = JSON.stringify({ title: 'A model of cnnzoo', ...written }).replaceAll('__schema0', 'layer');
  return JSON.parse(named) as unknown;
}

/** Where a mapping with a name and settings may be written as the name alone. */
const NAMED = [
  { options: optimizerSchema.def.options, names: Object.keys(OPTIMIZERS) },
  { options: scheduleSchema.def.options, names: Object.keys(SCHEDULES) },
  { options: lossSchema.def.options, names: Object.keys(LOSSES) },
] as const;

function withNames({ zodSchema, jsonSchema }: Written): void {
  // A description makes a copy of the schema, so it is known by its alternatives.
  const { options } = (zodSchema as { def: { options?: unknown } }).def;
  const named = NAMED.find((one) => one.options === options);
  if (!named) return;
  const { oneOf, anyOf, ...rest } = jsonSchema;
  for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
  const mappings = (oneOf ?? anyOf) as unknown[];
  Object.assign(jsonSchema, { anyOf: [{ enum: named.names }, ...mappings], ...rest });
}

/** zod writes the range of exact integers, which tells a reader nothing. */
function withoutExactRange({ jsonSchema }: Written): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

function layerItems(): z.ZodType[] {
  return (Object.keys(LAYERS) as LayerKind[]).flatMap((kind) => {
    const { description, shorthand } = layerDef(kind);
    const full = layerSchema(kind);
    const optional = full.safeParse({}).success;
    const value = shorthand === undefined ? full : z.union([full, full.shape[shorthand] as z.ZodType]);
    const mapping = z
      .strictObject({ [kind]: (optional ? value.nullable() : value).describe(description) })
      .describe(description);
    return optional ? [z.literal(kind).describe(description), mapping] : [mapping];
  });
}

function blockItems(item: z.ZodType): z.ZodType[] {
  return (Object.keys(BLOCKS) as BlockKind[]).map((kind) => {
    const { description } = BLOCKS[kind];
    return z.strictObject({ [kind]: BLOCKS[kind].schema(item).describe(description) }).describe(description);
  });
}
