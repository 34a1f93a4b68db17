import { type Candidate, type Completes, candidatesOf } from '../candidates.js';
import type { AnyCommand, CommandEntry } from '../command.js';
import { isFlag, keyOf } from '../flags.js';
import { flagOf, nameOf } from '../names.js';
import { GLOBAL_OPTIONS, type Option, type Options } from '../options.js';
import { SWITCH } from '../values.js';

/**
 * What the last of a command line's words, perhaps empty, may become.
 * @param words after `cnnzoo`, as the shell takes them apart: bash has `=` as a word of its own
 */
export async function complete(
  words: readonly string[],
  commands: readonly CommandEntry[],
): Promise<Candidate[]> {
  const joined = withoutEquals(words);
  const word = joined.at(-1) ?? '';
  const before = joined.slice(0, -1);
  const at = before.findIndex((argument) => !isFlag(argument));
  const entry = commands.find(({ usage }) => nameOf(usage) === before[at]);
  const candidates = entry
    ? await inCommand((await entry.load()).command, before.toSpliced(at, 1), word)
    : at < 0
      ? atStart(word, commands)
      : [];
  return unique(candidates).filter(({ value }) => value.startsWith(word));
}

/** `--flag`, `=`, `value` of bash as `--flag`, `value`; where a value is begun its flag stands before it. */
function withoutEquals(words: readonly string[]): string[] {
  const joined = words.filter(
    (word, i) => word !== '=' || i === words.length - 1 || !isFlag(words[i - 1] ?? ''),
  );
  return joined.at(-1) === '=' ? [...joined.slice(0, -1), ''] : joined;
}

function atStart(word: string, commands: readonly CommandEntry[]): Candidate[] {
  if (word.startsWith('-')) return flags(GLOBAL_OPTIONS, []);
  const known = commands.map(({ usage, describe }) => ({ value: nameOf(usage), describe }));
  return [...known, { value: 'help', describe: 'What a command does' }];
}

async function inCommand(
  { places, options: own }: AnyCommand,
  before: readonly string[],
  word: string,
): Promise<Candidate[]> {
  const options: Options = { ...GLOBAL_OPTIONS, ...own };
  const words = wordsOf(options, before);
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  if (equals > 0) {
    const option = optionOf(word.slice(0, equals), options);
    const values = await valuesOf(option, words, word.slice(equals + 1));
    return values.map(({ value, describe }) => ({ value: word.slice(0, equals + 1) + value, describe }));
  }
  const previous = before.at(-1) ?? '';
  if (takesValue(options, previous)) return valuesOf(optionOf(previous, options), words, word);
  if (word.startsWith('-')) return flags(options, before);
  const all = Object.values(places);
  const place = all[words.length] ?? all.filter(({ many }) => many).at(-1);
  return valuesOf(place, words, word);
}

function optionOf(typed: string, options: Options): Option | undefined {
  const key = keyOf(typed, options);
  return key === undefined ? undefined : options[key];
}

/** Whether an argument is a flag that a value follows. */
function takesValue(options: Options, argument: string): boolean {
  const option = isFlag(argument) ? optionOf(argument, options) : undefined;
  return option !== undefined && option.takes !== SWITCH;
}

/** Flags that are not there yet. */
function flags(options: Options, before: readonly string[]): Candidate[] {
  const isThere = (flag: string) => before.some((word) => word === flag || word.startsWith(`${flag}=`));
  return Object.entries(options)
    .filter(([key, { many }]) => many || !isThere(flagOf(key)))
    .map(([key, { describe }]) => ({ value: flagOf(key), describe }));
}

/** The words before that are neither flags nor their values. */
function wordsOf(options: Options, before: readonly string[]): string[] {
  return before.filter((word, i) => !isFlag(word) && !takesValue(options, before[i - 1] ?? ''));
}

async function valuesOf(
  declared: Pick<Option, 'takes' | 'completes'> | undefined,
  words: readonly string[],
  word: string,
): Promise<Candidate[]> {
  if (declared === undefined) return [];
  const { choices, completes } = declared.takes;
  return candidates(declared.completes ?? (choices ? { choices } : completes), words, word);
}

async function candidates(
  completes: Completes | undefined,
  words: readonly string[],
  word: string,
): Promise<Candidate[]> {
  if (completes === undefined) return [];
  if (typeof completes === 'function') return candidates(await completes(words), words, word);
  if (typeof completes === 'string') return candidatesOf(completes, word);
  if ('choices' in completes) return completes.choices.map((value) => ({ value }));
  return (await Promise.all(completes.map((kind) => candidatesOf(kind, word)))).flat();
}

function unique(all: readonly Candidate[]): Candidate[] {
  return [...new Map(all.map((candidate) => [candidate.value, candidate])).values()];
}
