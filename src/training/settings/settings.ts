import { parse } from 'yaml';
import { messageOf, UsageError } from '../../base/errors.js';
import { setting } from '../../base/text/settings.js';
import { readSpec } from '../../models/config/read-spec.js';
import type { TrainingConfig } from '../../models/config/schema.js';
import type { Override, Source } from '../../models/config/source.js';
import type { ModelSpec } from '../../models/config/spec.js';

/** What is asked for on top of a config: as the flags of `train` say it. */
export interface SettingFlags {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly microBatches?: number;
  readonly optimizer?: string;
  readonly learningRate?: number;
  readonly dataset?: string;
  /** [H, W, C] */
  readonly input?: readonly [number, number, number];
  readonly classes?: number;
  readonly validationSplit?: number;
  readonly seed?: number;
  /** `true` where no patience was given. */
  readonly earlyStopping?: number | true;
  readonly testEachEpoch?: boolean;
  /** Names of layers, with `*`. */
  readonly freeze?: readonly string[];
  /** `key.path=value` */
  readonly set?: readonly string[];
}

type Path = readonly string[];

/** Numbers, with their places in a config. */
const PATHS = [
  ['classes', ['classes']],
  ['epochs', ['training', 'epochs']],
  ['batchSize', ['training', 'batchSize']],
  ['microBatches', ['training', 'microBatches']],
  ['validationSplit', ['training', 'validationSplit']],
  ['seed', ['training', 'seed']],
] as const;
const OPTIMIZER: Path = ['training', 'optimizer'];

/**
 * A model's spec with the command line's settings in it: a setting of its own wins over one in `set`, that over the file.
 * Another optimizer than the file's begins with its own defaults.
 * @param load reads the model, with overrides for everything but the optimizer
 * @throws UsageError for a setting that is wrong, which it names as it was typed.
 */
export function specWithSettings(
  load: (overrides: readonly Override[]) => ModelSpec,
  flags: SettingFlags,
): ModelSpec {
  const sets = (flags.set ?? []).map(readSet);
  const fromFlags = flagOverrides(flags);
  const isOfOptimizer = ({ path }: Override): boolean => startsWith(path.map(String), OPTIMIZER);
  const others = sets.filter((set) => !isOfOptimizer(set) && !fromFlags.some((flag) => isSame(flag, set)));
  const wishes = optimizerWishes(flags, sets.filter(isOfOptimizer));
  const spec = loadWithout([...others, ...fromFlags], wishes, load);
  const { training } = spec.config;
  const changes: TrainingChange[] = [];
  if (wishes.length > 0) {
    const origin = wishes.map((wish) => wish.origin).join(' ');
    changes.push({ key: 'optimizer', value: wishedOptimizer(training.optimizer, wishes), origin });
  }
  // Without a patience of its own the flag leaves the file's as it is.
  if (flags.earlyStopping === true && training.earlyStopping === null) {
    changes.push({ key: 'earlyStopping', value: {}, origin: setting('earlyStopping') });
  }
  return changes.length === 0 ? spec : withTraining(spec, changes);
}

interface TrainingChange {
  readonly key: keyof TrainingConfig;
  readonly value: unknown;
  /** What asked for it, to be named in errors. */
  readonly origin: string;
}

/** The same model with some settings of its training replaced. */
export function withTraining(spec: ModelSpec, changes: readonly TrainingChange[]): ModelSpec {
  const { file, content, error } = spec.source;
  const { training, ...rest } = content as { training: object };
  const changed = Object.fromEntries(changes.map(({ key, value }) => [key, value]));
  const source: Source = {
    file,
    content: { ...rest, training: { ...training, ...changed } },
    error(path, message, at) {
      const change = path[0] === 'training' && changes.find(({ key }) => key === path[1]);
      return change ? new UsageError(`${change.origin}: ${message}`) : error(path, message, at);
    },
  };
  return readSpec(spec.name, source);
}

/** Whether the command line says how many epochs there shall be. */
export function givesEpochs({ epochs, set = [] }: SettingFlags): boolean {
  return epochs !== undefined || set.some((text) => readSet(text).path.join('.') === 'training.epochs');
}

/** Those of `set` that change the network rather than what it is trained on and how. */
export function networkSets({ set = [] }: SettingFlags): string[] {
  return set.filter((text) => !['training', 'dataset', 'standIn'].includes(String(readSet(text).path[0])));
}

function readSet(text: string): Override {
  const origin = setting('set', text);
  const equals = text.indexOf('=');
  if (equals < 1) {
    throw new UsageError(`${origin}: a setting and its value were expected, such as training.epochs=3.`);
  }
  const key = text.slice(0, equals);
  const dotted = key.replace(/(?<=.)\[(\d+)\]/g, '.$1');
  if (dotted !== key)
    throw new UsageError(`${origin}: a place in a list is written with a dot: did you mean ${dotted}?`);
  // A whole number is a place in a list: layers.0.conv2d.filters.
  const path = key.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return { path, value: readValue(text.slice(equals + 1), origin), origin };
}

function readValue(text: string, origin: string): unknown {
  const value = parsed(text, origin);
  const joined = joinedKey(value);
  if (joined === undefined) return value;
  throw new UsageError(
    `${origin}: YAML wants a space after a colon: write ${joined.replace(':', ': ')} instead of ${joined}.`,
  );
}

/** The first key of a mapping that is a key and its value in truth, as in `{name:step}`. */
function joinedKey(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const joined = inner === null && /.:./.test(key) ? key : joinedKey(inner);
    if (joined !== undefined) return joined;
  }
  return undefined;
}

function parsed(text: string, origin: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (error) {
    const [sentence] = messageOf(error).split('\n');
    throw new UsageError(
      `${origin}: the value is not well-formed YAML: ${sentence!.replace(/ at line.*$/, '')}.`,
    );
  }
}

function flagOverrides(flags: SettingFlags): Override[] {
  const overrides: Override[] = [];
  for (const [key, path] of PATHS) {
    const value = flags[key];
    if (value === undefined) continue;
    overrides.push({ path, value, origin: setting(key, value) });
  }
  const { dataset, earlyStopping, freeze, input, testEachEpoch } = flags;
  if (freeze !== undefined)
    overrides.push({
      path: ['training', 'freeze'],
      value: freeze,
      origin: setting('freeze', freeze.join(',')),
    });
  if (testEachEpoch !== undefined) {
    const path = ['training', 'testEachEpoch'];
    overrides.push({ path, value: testEachEpoch, origin: setting('testEachEpoch') });
  }
  if (input !== undefined)
    overrides.push({ path: ['input'], value: input, origin: setting('input', input.join('x')) });
  if (dataset !== undefined)
    overrides.push({ path: ['dataset'], value: dataset, origin: setting('dataset', dataset) });
  if (earlyStopping !== undefined && earlyStopping !== true) {
    const origin = setting('earlyStopping', earlyStopping);
    overrides.push({ path: ['training', 'earlyStopping'], value: { patience: earlyStopping }, origin });
  }
  return overrides;
}

/** What the command line says of the optimizer: `key` undefined for all of it, else one setting. */
interface OptimizerWish {
  readonly key: string | undefined;
  readonly value: unknown;
  readonly origin: string;
}

/** In the order in which they hold: a setting of its own after those in `set`, settings after the name. */
function optimizerWishes(
  { optimizer, learningRate }: SettingFlags,
  sets: readonly Override[],
): OptimizerWish[] {
  const wishes: OptimizerWish[] = sets.map(({ path, value, origin }) => {
    if (path.length > OPTIMIZER.length + 1)
      throw new UsageError(`${origin}: there is no such place in the config.`);
    const key = path[OPTIMIZER.length];
    return { key: key === undefined ? undefined : String(key), value, origin };
  });
  if (optimizer !== undefined)
    wishes.push({ key: 'name', value: optimizer, origin: setting('optimizer', optimizer) });
  if (learningRate !== undefined) {
    const origin = setting('learningRate', learningRate);
    wishes.push({ key: 'learningRate', value: learningRate, origin });
  }
  return wishes;
}

function wishedOptimizer(
  current: { readonly name: string } | undefined,
  wishes: readonly OptimizerWish[],
): unknown {
  let optimizer: Record<string, unknown> = { ...current };
  const whole = wishes.findLast(({ key }) => key === undefined)?.value;
  if (typeof whole === 'object' && whole !== null) optimizer = { ...whole };
  else if (whole !== undefined) optimizer = { name: whole };
  const name = wishes.findLast(({ key }) => key === 'name')?.value;
  if (name !== undefined && name !== optimizer.name) optimizer = { name };
  const settings = wishes.flatMap(({ key, value }) =>
    key === undefined || key === 'name' ? [] : [[key, value] as const],
  );
  // Not by assignment, which would lose a setting named __proto__.
  return Object.fromEntries([...Object.entries(optimizer), ...settings]);
}

/** The spec with the file's own optimizer; with the one that is wished for where the file's is missing or wrong. */
function loadWithout(
  overrides: readonly Override[],
  wishes: readonly OptimizerWish[],
  load: (overrides: readonly Override[]) => ModelSpec,
): ModelSpec {
  const named = wishes.findLast(({ key }) => key === undefined || key === 'name');
  if (named === undefined) return load(overrides);
  try {
    return load(overrides);
  } catch (error) {
    const value = named.key === undefined ? named.value : { name: named.value };
    try {
      return load([...overrides, { path: OPTIMIZER, value, origin: named.origin }]);
    } catch {
      throw error;
    }
  }
}

function startsWith(path: Path, head: Path): boolean {
  return head.every((part, i) => path[i] === part);
}

function isSame(a: Override, b: Override): boolean {
  return a.path.join('.') === b.path.join('.');
}
