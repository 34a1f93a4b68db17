import { either, listed } from '../text/words.js';
import type { Path } from './path.js';

/** The part of JSON Schema that zod writes for our schemas. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minItems?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
}

/** What a schema asks for at a place below it; several alternatives where it leads through a choice. */
export function schemaAt(schema: JsonSchema, path: Path): JsonSchema {
  const [key, ...rest] = path;
  if (key === undefined) return schema;
  const below = alternatives(schema)
    .map((one) => (typeof key === 'number' ? (one.prefixItems?.[key] ?? one.items) : one.properties?.[key]))
    .filter((found) => found !== undefined);
  return schemaAt(below.length === 1 ? below[0]! : { anyOf: below }, rest);
}

/** The texts that would do, and the keys of the mappings that would. */
export function optionsOf(schema: JsonSchema): string[] {
  const options = alternatives(schema).flatMap((one) => [
    ...(one.enum ?? []),
    one.const,
    ...Object.keys(one.properties ?? {}),
  ]);
  return options.filter((option) => typeof option === 'string');
}

/** The keys of a mapping; where there are several kinds of it, those of the kind that `got` says it is. */
export function keysOf(schema: JsonSchema, got: unknown): string[] {
  const kinds = alternatives(schema).filter(({ properties = {} }) =>
    Object.entries(properties).every(
      ([key, { const: fixed }]) => fixed === undefined || fixed === (got as Record<string, unknown>)[key],
    ),
  );
  return [...new Set(kinds.flatMap(({ properties = {} }) => Object.keys(properties)))];
}

/** Whether any text would do, not just one of a few or of a certain form. */
export function takesText(schema: JsonSchema): boolean {
  return alternatives(schema).some(
    (one) => one.type === 'string' && !one.enum && one.const === undefined && !one.pattern,
  );
}

/** `"valid", "same" or a whole number of at least 0`: what a schema asks for, with `got` in view. */
export function wanted(schema: JsonSchema, got: unknown): string {
  const parts: string[] = [];
  for (const one of alternatives(schema)) parts.push(...describe(one, parts, got));
  return either([...new Set(parts)]);
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  const choice = schema.anyOf ?? schema.oneOf;
  return choice ? choice.flatMap(alternatives) : [schema];
}

function describe(schema: JsonSchema, before: readonly string[], got: unknown): string[] {
  if (schema.enum) return schema.enum.map((option) => JSON.stringify(option));
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  switch (schema.type) {
    case 'integer':
    case 'number':
      return [`${schema.type === 'integer' ? 'a whole number' : 'a number'}${bounds(schema, got)}`];
    case 'string':
      return [text(schema)];
    case 'boolean':
      return ['true', 'false'];
    case 'null':
      return ['null'];
    case 'array':
      return [listOf(schema, before, got)];
    case 'object':
      return [mapping(schema)];
    default:
      return ['something else'];
  }
}

function bounds(schema: JsonSchema, got: unknown): string {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  // zod writes the range of exact integers too, which says nothing unless it is what was left.
  const isWide = typeof got === 'number' && Math.abs(got) > Number.MAX_SAFE_INTEGER;
  const known = (limit: number | undefined) =>
    limit !== undefined && (isWide || Math.abs(limit) !== Number.MAX_SAFE_INTEGER);
  const parts = [
    ...(known(minimum) ? [`at least ${minimum}`] : []),
    ...(known(exclusiveMinimum) ? [`more than ${exclusiveMinimum}`] : []),
    ...(known(maximum) ? [`at most ${maximum}`] : []),
    ...(known(exclusiveMaximum) ? [`less than ${exclusiveMaximum}`] : []),
  ];
  return parts.length === 0 ? '' : ` of ${listed(parts)}`;
}

function text(schema: JsonSchema): string {
  if (schema.pattern) return 'letters, digits, "_", "-" and ".", a letter first';
  return schema.minLength ? 'text that is not empty' : 'text';
}

function listOf(schema: JsonSchema, before: readonly string[], got: unknown): string {
  const items = schema.prefixItems ?? [];
  const one = wanted(items[0] ?? schema.items ?? {}, got);
  const many = before.includes(one) ? 'of them' : `of ${plural(one)}`;
  if (items.length > 0) return `a list of ${items.length} ${many === 'of them' ? many : plural(one)}`;
  return schema.items?.type || schema.items?.anyOf ? `a list ${many}` : 'a list of at least one entry';
}

function plural(noun: string): string {
  return noun
    .replace(/^a list/, 'lists')
    .replace(/^a (whole )?number/, '$1numbers')
    .replace(/^text/, 'texts');
}

function mapping({ properties = {}, required = [] }: JsonSchema): string {
  const keys = required.length > 0 ? required : Object.keys(properties);
  if (keys.length === 0 || keys.length > 3) return 'a mapping';
  return `{ ${keys.map((key) => `${key}: ...`).join(', ')} }`;
}
