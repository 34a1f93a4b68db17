import type { ResolvedConfig } from '../../runs/run-config.js';

/** What a run was trained with: its config.yaml. */
export type RunConfig = ResolvedConfig;

/** What a config says about a model and not about how it is trained or built, and the data set, which has a place of its own. */
const ASIDE = new Set([
  'title',
  'year',
  'source',
  'description',
  'dataset',
  'standIn',
  'published',
  'labels',
  'layers',
]);

/** Mappings whose name says which other settings they have; `set` takes the name alone. */
const NAMED = ['training.optimizer', 'training.schedule', 'training.loss'];

/** Settings that every row has under a short name. */
const SHORT: ReadonlySet<string> = new Set([
  'training.optimizer',
  'training.optimizer.learningRate',
  'training.batchSize',
  'training.epochs',
  'training.seed',
]);

/**
 * A setting by its key as `set` takes it: `training.validationSplit`, `layers.3.maxPool2d`; of an optimizer, schedule or
 * loss its name. undefined where the config has no such place.
 */
export function settingOf(config: RunConfig, key: string): unknown {
  const value = key.split('.').reduce<unknown>((inner, part) => {
    const has = typeof inner === 'object' && inner !== null && Object.hasOwn(inner, part);
    return has ? (inner as Record<string, unknown>)[part] : undefined;
  }, config);
  return NAMED.includes(key) && isMapping(value) ? value.name : value;
}

/**
 * The keys of settings that are not the same in all of these configs, but for those that every row of a comparison has.
 * Layers are held against each other among runs of one model only: those of other models differ anyway.
 * @param runs name of the model, and its config
 */
export function differingSettings(runs: readonly NamedConfig[]): string[] {
  return allDiffering(runs).filter((key) => !SHORT.has(key));
}

interface NamedConfig {
  readonly name: string;
  readonly config: RunConfig;
}

/** A setting by its key as it is varied: `optimizer`, `learningRate`, `batchSize`, of others the whole path. */
export function shortKey(key: string): string {
  return key.replace(/^training\.(optimizer\.(?=learningRate$))?/, '');
}

/** The same with those that every row has. */
export function allDiffering(runs: readonly NamedConfig[]): string[] {
  const settings = runs.map(({ config }) =>
    Object.fromEntries(Object.entries(config).filter(([key]) => !ASIDE.has(key))),
  );
  const names = [...new Set(runs.map(({ name }) => name))];
  const layers = names.flatMap((name) =>
    differences(
      runs.filter((run) => run.name === name).map(({ config }) => config.layers),
      'layers',
    ),
  );
  const found = [...differences(settings, ''), ...layers];
  return [...new Set(found)];
}

/** The deepest places at which values differ. */
function differences(values: readonly unknown[], path: string): string[] {
  if (new Set(values.map((value) => JSON.stringify(value))).size < 2) return [];
  if (values.every(isMapping)) return mappingDifferences(values, path);
  if (values.every(isList) && new Set(values.map((list) => list.length)).size === 1) {
    return values[0]!.flatMap((_, i) =>
      differences(
        values.map((list) => list[i]),
        `${path}.${i}`,
      ),
    );
  }
  return [path];
}

function mappingDifferences(values: readonly Record<string, unknown>[], path: string): string[] {
  const keys = [...new Set(values.flatMap((value) => Object.keys(value)))];
  const isShared = keys.some((key) => values.every((value) => Object.hasOwn(value, key)));
  // As with two kinds of layers.
  if (!isShared) return [path];
  return keys.flatMap((key) => {
    const place = path === '' ? key : `${path}.${key}`;
    // Settings that only some have follow from their names.
    const having = NAMED.includes(path) ? values.filter((value) => Object.hasOwn(value, key)) : values;
    const found = differences(
      having.map((value) => value[key]),
      place,
    );
    return NAMED.includes(path) && key === 'name' ? found.map(() => path) : found;
  });
}

/** A list of layers or of other things that are more than a number or a word. */
function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.some((item) => typeof item === 'object' && item !== null);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A setting in few words, as YAML would have it on a line. */
export function settingText(value: unknown): string {
  if (isList(value)) return `${value.length} items`;
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  if (!isMapping(value)) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${settingText(inner)}`)
    .join(', ')} }`;
}
