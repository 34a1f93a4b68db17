import { BLOCKS } from '../../src/models/blocks/index.js';
import { jsonSchema } from '../../src/models/config/json-schema.js';
import { LAYERS, type LayerKind, layerDef } from '../../src/models/layers/index.js';
import { initializerSchema } from '../../src/recipe/initializers.js';
import { alternatives, code, type Schema, typeOf } from './types.js';

/** One key of the config. */
interface Key {
  /** `training.epochs` */
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** All keys of a config as markdown, from the JSON Schema. @throws where a key has no description */
export function configReference(): string {
  const schema = jsonSchema() as Schema & { readonly definitions: { readonly layer: Schema } };
  const items = new Map<string, Schema>();
  for (const item of alternatives(schema.definitions.layer)) {
    for (const [kind, settings] of Object.entries(item.properties ?? {})) items.set(kind, settings);
  }
  return [
    HEAD,
    section('The model', table(keysOf(schema).filter(({ name }) => !/^training\./.test(name)))),
    section('Its training', table(keysOf(schema).filter(({ name }) => /^training\./.test(name)))),
    ...namedSections(schema),
    section('Layers', LAYERS_TEXT + table(commonKeys(items))),
    ...(Object.keys(LAYERS) as LayerKind[]).map((kind) => layerSection(kind, items.get(kind)!)),
    section('Blocks', BLOCKS_TEXT),
    ...Object.entries(BLOCKS).map(([kind, { description }]) =>
      subsection(kind, `${description}\n\n${table(keysOf(items.get(kind)!))}`),
    ),
    section('Initializers', initializers(items.get('dense')!)),
  ].join('\n');
}

const HEAD = `# Config reference

<!-- Written by \`npm run reference\` from the schema that checks configs: change the descriptions there. -->

Every key of a model's YAML file. A key without a default is optional, unless it is marked as required. \`--set KEY=VALUE\`
changes any of them on the command line of \`cnnzoo train\`, and \`cnnzoo train\` writes them all into the run's
\`config.yaml\`.
`;

const LAYERS_TEXT = `\`layers\` is a list from the image to the class probabilities. An item is a layer's kind alone (\`- flatten\`), with
its settings (\`- conv2d: { filters: 32, kernelSize: 3 }\`), or, where it has a short form, with one value
(\`- dropout: 0.5\`). \`padding: same\` and \`valid\` are TensorFlow's. Every layer takes, besides its own settings:

`;

const BLOCKS_TEXT = `A block stands for several layers and may stand wherever a layer may.
`;

function section(title: string, text: string): string {
  return `## ${title}\n\n${text}`;
}

function subsection(title: string, text: string): string {
  return `### \`${title}\`\n\n${text}`;
}

const TITLES: Readonly<Record<string, string>> = {
  optimizer: 'Optimizers',
  schedule: 'Schedules of the learning rate',
  loss: 'Losses',
};

/** What is chosen by a name has settings of its own: optimizers, schedules, losses. */
function namedSections(schema: Schema): string[] {
  const settings = Object.entries(schema.properties!.training!.properties!);
  return settings
    .filter(([, inner]) => isElsewhere(inner))
    .flatMap(([key, inner]) => {
      const how = `\`${key}: NAME\`, or with settings \`${key}: { name: NAME, ... }\`.\n`;
      const options = alternatives(inner).filter(({ properties }) => properties?.name?.const !== undefined);
      return [
        section(TITLES[key] ?? key, how),
        ...options.map((option) => {
          const keys = keysOf(option).filter(({ name }) => name !== 'name');
          return subsection(String(option.properties!.name!.const), settingsTable(keys, option.description));
        }),
      ];
    });
}

const COMMON = ['name', 'from'];

function commonKeys(items: ReadonlyMap<string, Schema>): Key[] {
  return keysOf(items.get('dropout')!).filter(({ name }) => COMMON.includes(name));
}

function layerSection(kind: LayerKind, schema: Schema): string {
  const { description, shorthand } = layerDef(kind);
  const keys = keysOf(schema).filter(({ name }) => !COMMON.includes(name));
  const short =
    shorthand === undefined ? '' : ` \`${kind}: VALUE\` is short for \`${kind}: { ${shorthand}: VALUE }\`.`;
  return subsection(kind, settingsTable(keys, description + short));
}

function settingsTable(keys: readonly Key[], description: string | undefined): string {
  const text = keys.length === 0 ? 'It has no settings.\n' : table(keys);
  return description === undefined ? text : `${description}\n\n${text}`;
}

function initializers(dense: Schema): string {
  const { kernelInitializer } = objectOf(dense)!.properties!;
  const [names, ...mappings] = alternatives(kernelInitializer!);
  const keys = mappings.flatMap((mapping) => keysOf(mapping));
  return `A name as in Keras: ${names!.enum!.map(code).join(', ')}; or one of these mappings:\n\n${table(keys)}`;
}

/** The mapping among the alternatives of a schema. */
function objectOf(schema: Schema): Schema | undefined {
  return alternatives(schema).find(({ properties }) => properties !== undefined);
}

/** The keys of a mapping and, after each, those inside it. */
function keysOf(schema: Schema, prefix = ''): Key[] {
  const mappings = alternatives(schema).filter(({ properties }) => properties !== undefined);
  return mappings.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([key, inner]) => {
      const one = {
        name: prefix + key,
        schema: inner,
        required: mappings.length === 1 && required.includes(key),
      };
      return isElsewhere(inner) ? [one] : [one, ...keysOf(inner, `${prefix}${key}.`)];
    }),
  );
}

/** Initializers, and what is chosen by a name, have sections of their own. */
function isElsewhere(schema: Schema): boolean {
  return (
    isInitializer(schema) ||
    alternatives(schema).some(({ properties }) => properties?.name?.const !== undefined)
  );
}

function isInitializer({ description }: Schema): boolean {
  return description === initializerSchema.description;
}

function table(keys: readonly Key[]): string {
  const rows = keys.map(({ name, schema, required }) => {
    if (schema.description === undefined) throw new Error(`${name} has no description in the schema`);
    const type = isInitializer(schema)
      ? '[initializer](#initializers)'
      : isElsewhere(schema)
        ? 'name or mapping'
        : typeOf(schema);
    return [`\`${name}\``, type, required ? 'required' : defaultOf(schema), schema.description];
  });
  const lines = [['key', 'type', 'default', 'meaning'], ['---', '---', '---', '---'], ...rows];
  return `${lines.map((line) => `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')}\n`;
}

function defaultOf({ default: value, properties }: Schema): string {
  if (value === undefined) return '';
  // Of a mapping each key says its own.
  return typeof value === 'object' && value !== null && properties ? '' : code(value);
}
