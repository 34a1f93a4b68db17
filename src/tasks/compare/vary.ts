import { UsageError } from '../../base/errors.js';
import { permutation, randomStream } from '../../base/random.js';
import { nearest } from '../../base/text/nearest.js';
import { setting } from '../../base/text/settings.js';
import { counted } from '../../base/text/words.js';
import { configSchema } from '../../models/config/schema.js';
import { LIMIT_KEY } from './training-folder.js';

/** A setting that is varied, and its values as they were typed. */
export interface Varied {
  readonly key: string;
  readonly values: readonly string[];
}

/** A combination: a value for each setting that is varied, in their order. */
export type Cell = Readonly<Record<string, string>>;

/** What settings are called in filters. */
const SHORT: Readonly<Record<string, string>> = { lr: 'learningRate', batch: 'batchSize' };

/** More cells than anybody trains are a slip of the fingers. */
const MOST_CELLS = 10_000;

const CONFIG_KEYS = Object.keys(configSchema.shape).filter((key) => key !== 'training');
const TRAINING_KEYS = Object.keys(configSchema.shape.training.unwrap().shape);

/**
 * The place in a config that a varied setting stands for: what `train` has a flag for by its short name, `optimizer`,
 * `learningRate`, `batchSize`; of others the whole path, `layers.3.maxPool2d`.
 */
export function pathOf(key: string): string {
  if (key === 'optimizer') return 'training.optimizer.name';
  if (key === 'learningRate') return 'training.optimizer.learningRate';
  return TRAINING_KEYS.includes(key) ? `training.${key}` : key;
}

/** A cell as `set` takes it; how many images are used stands in no config. */
export function setsOf(cell: Cell): string[] {
  return Object.entries(cell)
    .filter(([key]) => key !== LIMIT_KEY)
    .map(([key, value]) => `${pathOf(key)}=${value}`);
}

/**
 * `learningRate=0.01,0.001`: values are apart by commas outside of brackets.
 * @throws UsageError for what is no setting and values, and for a setting that there is not
 */
export function readVaried(text: string): Varied {
  const origin = setting('vary', text);
  const equals = text.indexOf('=');
  const values = equals < 1 ? [] : splitValues(text.slice(equals + 1));
  if (values.length === 0 || values.includes(''))
    throw new UsageError(
      `${origin}: a setting and its values were expected, such as learningRate=0.01,0.001.`,
    );
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) throw new UsageError(`${origin}: ${twice} stands there twice.`);
  const typed = text.slice(0, equals);
  const key = (SHORT[typed] ?? typed).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  requireKey(key, origin);
  return { key, values };
}

function requireKey(key: string, origin: string): void {
  const [first] = pathOf(key).split('.');
  if (key === LIMIT_KEY || first === 'training' || CONFIG_KEYS.includes(first!)) return;
  const known = ['optimizer', 'learningRate', LIMIT_KEY, ...TRAINING_KEYS, ...CONFIG_KEYS];
  const close = nearest(key, known);
  throw new UsageError(
    `${origin}: there is no setting "${key}".${close === undefined ? '' : ` Did you mean ${close}?`} Settings are those of a config, such as learningRate, batchSize, training.schedule or layers.3.maxPool2d.`,
  );
}

/** At commas outside of brackets and quotes: `[1, 2],3` are two. */
function splitValues(text: string): string[] {
  const values: string[] = [];
  let [depth, quote, from] = [0, '', 0];
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!;
    if (quote !== '') quote = letter === quote ? '' : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if ('[{'.includes(letter)) depth++;
    else if (']}'.includes(letter)) depth--;
    else if (letter === ',' && depth === 0) {
      values.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  return [...values, text.slice(from).trim()];
}

/**
 * Every combination, the last setting changing fastest; or `sample` of them, drawn by `seed`, in the same order.
 * @throws UsageError where a setting is varied twice, and for more combinations than anybody trains
 */
export function cellsOf(
  varied: readonly Varied[],
  { sample, seed }: { readonly sample: number | undefined; readonly seed: number },
): Cell[] {
  const paths = varied.map(({ key }) => pathOf(key));
  const twice = varied.find(({ key }, i) => paths.indexOf(pathOf(key)) !== i);
  if (twice !== undefined) throw new UsageError(`${setting('vary')}: ${twice.key} is varied twice.`);
  const count = varied.reduce((product, { values }) => product * values.length, 1);
  const wanted = sample === undefined ? count : Math.min(sample, count);
  if (wanted > MOST_CELLS || count > 2 ** 31)
    throw new UsageError(
      `${setting('vary')}: that makes ${counted(count, 'combination')}: take ${setting('sample', 100)} of them, or fewer values.`,
    );
  const chosen =
    sample === undefined
      ? Array.from({ length: count }, (_, i) => i)
      : [...permutation(count, randomStream(seed, 'cells')).subarray(0, wanted)].sort((a, b) => a - b);
  return chosen.map((index) => cellAt(varied, index));
}

function cellAt(varied: readonly Varied[], index: number): Cell {
  let rest = index;
  const pairs = varied.toReversed().map(({ key, values }): [string, string] => {
    const value = values[rest % values.length]!;
    rest = Math.floor(rest / values.length);
    return [key, value];
  });
  return Object.fromEntries(pairs.reverse());
}

/** A cell as people read it: `learningRate 0.01, batchSize 64`; nothing where nothing is varied. */
export function cellText(cell: Cell): string {
  return Object.entries(cell)
    .map(([key, value]) => `${key.replace(/^training\./, '')} ${value}`)
    .join(', ');
}

/** The longest name of a folder that every file system takes, less room for what tells it from others. */
const LONGEST = 120;

/** A cell in the name of a folder: `learningRate=0.01,batchSize=64`. */
export function cellName(cell: Cell): string {
  return Object.entries(cell)
    .map(([key, value]) => `${key.replace(/^training\./, '')}=${value}`)
    .join(',')
    .replace(/[^\p{L}\p{N}.,=_+-]+/gu, '_')
    .slice(0, LONGEST);
}

/** @throws UsageError for what is no number of images */
export function readLimit(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`${setting('vary')}: ${LIMIT_KEY} must be a number of images, got ${text}.`);
}
