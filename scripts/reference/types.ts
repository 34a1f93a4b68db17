/** The part of JSON Schema that our schema is written in. */
export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema | readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly $ref?: string;
}

/** Values are written as in the config. */
export const code = (value: unknown): string => `\`${inYaml(value)}\``;

function inYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const settings = Object.entries(value).map(([key, inner]) => `${key}: ${inYaml(inner)}`);
  return settings.length === 0 ? '{}' : `{ ${settings.join(', ')} }`;
}

/** What a schema leaves the choice of; a choice among choices is one. */
export function alternatives(schema: Schema): readonly Schema[] {
  const choice = schema.anyOf ?? schema.oneOf;
  return choice ? choice.flatMap(alternatives) : [schema];
}

/** What may stand there, in a few words. */
export function typeOf(schema: Schema): string {
  const types = alternatives(schema).map(singleType);
  return [...new Set(types)].join(' or ');
}

function singleType(schema: Schema): string {
  if (schema.$ref) return 'layer';
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(', ');
  switch (schema.type) {
    case 'array':
      return listType(schema);
    case 'object':
      return 'mapping';
    case 'string':
      return 'text';
    case 'boolean':
      return '`true`, `false`';
    case 'null':
      return '`null`';
    default:
      return numberType(schema);
  }
}

function listType({ items }: Schema): string {
  if (!Array.isArray(items)) return `list of ${plural(typeOf((items ?? {}) as Schema))}`;
  // Limits would be taken for items.
  return `[${(items as readonly Schema[]).map((item) => typeOf(withoutLimits(item))).join(', ')}]`;
}

function withoutLimits(schema: Schema): Schema {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, ...rest } = schema;
  return rest;
}

function plural(type: string): string {
  return type.replace(/^(layer|number|whole number|text)\b/, '$1s').replace(/^list of/, 'lists of');
}

function numberType({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const word = type === 'integer' ? 'whole number' : 'number';
  if (minimum !== undefined && maximum !== undefined) return `${word}, ${minimum} to ${maximum}`;
  const limits = [
    minimum !== undefined && `at least ${minimum}`,
    exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
    maximum !== undefined && `at most ${maximum}`,
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
  ].filter((limit) => limit !== false);
  return limits.length === 0 ? word : `${word}, ${limits.join(' and ')}`;
}
