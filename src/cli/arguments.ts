import { UsageError } from '../base/errors.js';
import { either } from '../base/text/words.js';
import type { CommandLine, FlagToken } from './flags.js';
import { flagOf } from './names.js';
import {
  GLOBAL_OPTIONS,
  type GlobalOptions,
  type Option,
  type Options,
  type OptionValues,
  type Places,
  type PlaceValues,
} from './options.js';

/** The part of a command that says what it takes. */
export interface Declaration<P extends Places, O extends Options> {
  readonly name: string;
  readonly places: P;
  readonly options: O;
}

/**
 * The values of a command line by the keys of the command's places and options, and those that every command has.
 * @throws UsageError for a value that will not do, and for an option that must be given and is not.
 */
export function argumentsOf<P extends Places, O extends Options>(
  { name, places, options }: Declaration<P, O>,
  line: CommandLine,
): PlaceValues<P> & OptionValues<O> & GlobalOptions {
  return {
    ...optionValues(options, line, { name, places }),
    ...placeValues(places, line.words),
    ...globalOptions(line),
  };
}

function optionValues<O extends Options>(
  options: O,
  { flags, words }: CommandLine,
  { name, places }: { readonly name: string; readonly places: Places },
): OptionValues<O> {
  const values = Object.entries(options).map(([key, option]) => {
    const given = flags
      .filter((token) => token.key === key)
      .map((token) => readValue(option, token, words, places));
    if (given.length === 0 && option.required) {
      const choices = option.takes.choices ? `: ${either(option.takes.choices)}` : '';
      throw new UsageError(`${flagOf(key)} must be given${choices}. See "cnnzoo ${name} --help".`);
    }
    return [key, given.length === 0 ? option.default : option.many ? given : given.at(-1)] as const;
  });
  // TypeScript cannot follow an object that is put together key by key.
  return Object.fromEntries(values) as OptionValues<O>;
}

function placeValues<P extends Places>(places: P, words: readonly string[]): PlaceValues<P> {
  const values = Object.entries(places).map(([key, { takes, many }], i) => {
    if (many) return [key, words.slice(i).map((word) => takes.parse(word, key))] as const;
    return [key, i < words.length ? takes.parse(words[i]!, key) : undefined] as const;
  });
  return Object.fromEntries(values) as PlaceValues<P>;
}

function readValue(
  { takes, bare }: Option,
  { value, typed }: FlagToken,
  words: readonly string[],
  places: Places,
): unknown {
  if (value === undefined) return true;
  try {
    return takes.parse(value, typed);
  } catch (error) {
    const [place] = Object.keys(places);
    if (bare === undefined || place === undefined || words.length > 0) throw error;
    // `--early-stopping lenet5`: the flag took what was meant to stand in a place.
    throw new UsageError(`${typed} takes ${bare.value}, got ${value}: name the ${place} before it.`);
  }
}

/** @throws UsageError where two of them contradict each other. */
function globalOptions(line: CommandLine): GlobalOptions {
  const values = optionValues(GLOBAL_OPTIONS, line, { name: '', places: {} });
  const { json, format, color, noColor } = values;
  if (json && format !== undefined && format !== 'json') {
    throw new UsageError(`--json is short for --format json and does not go with --format ${format}.`);
  }
  if (color && noColor) throw new UsageError('--color and --no-color do not go together.');
  return {
    format: json ? 'json' : (format ?? 'table'),
    jsonFile: values.jsonFile,
    color: noColor ? false : color,
    quiet: values.quiet === true,
    verbose: values.verbose === true,
  };
}
