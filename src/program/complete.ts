import type { Completes } from '../cli/command.js';
import { type Candidate, candidatesOf, type Kind } from '../cli/completion/candidates.js';
import { declaredOptions, GLOBAL_OPTIONS } from '../cli/declarations.js';
import { type DeclaredOptions, isFlag } from '../cli/flags.js';
import { type AnyCommand, COMMANDS, nameOf } from '../commands/index.js';

/** What stands in a place or follows a flag of this name, unless the command says otherwise. */
const USUAL: Readonly<Record<string, Kind | readonly Kind[]>> = {
  model: 'model',
  models: 'model',
  run: 'run',
  runs: 'run',
  resume: 'run',
  item: ['model', 'run'],
  items: ['model', 'run'],
  images: 'file',
  dataset: 'dataset',
  device: 'device',
  optimizer: 'optimizer',
  weights: 'file',
  out: 'file',
  html: 'file',
  'data-dir': 'folder',
  'run-dir': 'folder',
  tensorboard: 'folder',
};

/**
 * What the last of a command line's words, perhaps empty, may become.
 * @param words after `cnnzoo`, as the shell takes them apart: bash has `=` as a word of its own
 */
export async function complete(words: readonly string[]): Promise<Candidate[]> {
  const joined = withoutEquals(words);
  const word = joined.at(-1) ?? '';
  const before = joined.slice(0, -1);
  const at = before.findIndex((argument) => !isFlag(argument));
  const entry = COMMANDS.find(({ usage }) => nameOf(usage) === before[at]);
  const candidates = entry
    ? await inCommand((await entry.load()).command, before.toSpliced(at, 1), word)
    : at < 0
      ? atStart(word)
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

function atStart(word: string): Candidate[] {
  if (word.startsWith('-')) return flags(new Map(Object.entries(GLOBAL_OPTIONS)), []);
  const commands = COMMANDS.map(({ usage, describe }) => ({ value: nameOf(usage), describe }));
  return [...commands, { value: 'help', describe: 'What a command does' }];
}

async function inCommand(command: AnyCommand, before: readonly string[], word: string): Promise<Candidate[]> {
  const declared = declaredOptions((recorder) => command.options(recorder));
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  if (equals > 0) {
    const values = await valuesOf(command, declared, word.slice(2, equals), before, word.slice(equals + 1));
    return values.map(({ value, describe }) => ({ value: word.slice(0, equals + 1) + value, describe }));
  }
  const previous = before.at(-1) ?? '';
  if (isFlag(previous) && takesValue(declared, previous.replace(/^-+/, ''))) {
    return valuesOf(command, declared, previous.replace(/^-+/, ''), before, word);
  }
  if (word.startsWith('-')) return flags(declared, before);
  return place(command, declared, before, word);
}

function takesValue(declared: DeclaredOptions, name: string): boolean {
  const option = declared.get(name);
  return option !== undefined && option.type !== 'boolean' && !name.includes('=');
}

/** Flags that are not there yet. */
function flags(declared: DeclaredOptions, before: readonly string[]): Candidate[] {
  return [...declared]
    .filter(
      ([name, { array }]) =>
        array || !before.some((word) => word === `--${name}` || word.startsWith(`--${name}=`)),
    )
    .map(([name, { describe }]) => ({ value: `--${name}`, describe }));
}

async function valuesOf(
  command: AnyCommand,
  declared: DeclaredOptions,
  name: string,
  before: readonly string[],
  word: string,
): Promise<Candidate[]> {
  const choices = declared.get(name)?.choices;
  if (choices) return choices.map((value) => ({ value: String(value) }));
  return of(command.completes?.[name] ?? USUAL[name], wordsOf(declared, before), word);
}

async function place(
  command: AnyCommand,
  declared: DeclaredOptions,
  before: readonly string[],
  word: string,
): Promise<Candidate[]> {
  const words = wordsOf(declared, before);
  const places = command.usage.split(' ').slice(1);
  const found = places[words.length] ?? places.at(-1);
  if (found === undefined || (words.length >= places.length && !found.includes('..'))) return [];
  const name = found.replace(/[<>[\].]/g, '');
  return of(command.completes?.[name] ?? USUAL[name], words, word);
}

/** The words before that are neither flags nor their values. */
function wordsOf(declared: DeclaredOptions, before: readonly string[]): string[] {
  return before.filter((word, i) => {
    const previous = before[i - 1] ?? '';
    return !isFlag(word) && !(isFlag(previous) && takesValue(declared, previous.replace(/^-+/, '')));
  });
}

async function of(
  completes: Completes | undefined,
  words: readonly string[],
  word: string,
): Promise<Candidate[]> {
  if (completes === undefined) return [];
  if (typeof completes === 'function') return of(await completes(words), words, word);
  if (typeof completes === 'string') return candidatesOf(completes, word);
  if ('choices' in completes) return completes.choices.map((value) => ({ value }));
  return (await Promise.all(completes.map((kind) => candidatesOf(kind, word)))).flat();
}

function unique(candidates: readonly Candidate[]): Candidate[] {
  return [...new Map(candidates.map((candidate) => [candidate.value, candidate])).values()];
}
