import type { Argv } from 'yargs';
import yargs from 'yargs';
import type { GlobalOptions } from '../commands/command.js';
import { type AnyCommand, COMMANDS, nameOf } from '../commands/index.js';
import { UsageError } from '../errors.js';
import { nearest } from '../nearest.js';
import { cnnzooVersion } from '../training/version.js';
import { type DeclaredOptions, GLOBAL_OPTIONS, isFlag, readFlags } from './flags.js';

/** What a command line asks for: a text (help, the version), or a command with its arguments. */
export type Request =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'command'; run(): Promise<number> };

/** Stands for `-` on its way through yargs, which would take it for an option without a name. */
const STDIN = '\u0000stdin';

/** What a line of help takes where there is no terminal to ask. */
const HELP_COLUMNS = 100;

/**
 * Reads a command line; loads the module of its command and no other.
 * @param columns the terminal's width, for the help
 * @throws UsageError in one sentence for whatever is wrong with it
 */
export async function parseCommandLine(argv: readonly string[], columns = HELP_COLUMNS): Promise<Request> {
  const [word, rest] = splitCommand(argv);
  if (word === 'help') return parseCommandLine([...rest, '--help'], columns);
  const width = Math.min(columns, HELP_COLUMNS);
  if (word === undefined) return { kind: 'text', text: await withoutCommand(rest, width) };
  const entry = COMMANDS.find(({ usage }) => nameOf(usage) === word);
  if (entry === undefined) throw unknownCommand(word);
  const { command } = await entry.load();
  const { parser, declared } = commandParser(command, rest, width);
  const { flags, words } = readFlags(rest, declared, word);
  const has = (flag: string) => flags.some((token) => token.flag === flag && token.value !== 'false');
  if (has('help')) return { kind: 'text', text: await helpText(parser(), command.examples) };
  if (has('version')) return { kind: 'text', text: `${cnnzooVersion()}\n` };
  checkWords(command, words);
  const args = await parseArguments(parser(), word, rest);
  return { kind: 'command', run: () => command.run(args as never) };
}

/** The command's name and everything else; a word after a flag that is not known here may be that flag's value. */
function splitCommand(argv: readonly string[]): [string | undefined, string[]] {
  const names = [...COMMANDS.map(({ usage }) => nameOf(usage)), 'help'];
  const at = argv.findIndex((argument, i) => {
    if (isFlag(argument) || argument === '--') return false;
    const before = argv[i - 1];
    if (before === undefined || !isFlag(before) || before.includes('=')) return true;
    const option = GLOBAL_OPTIONS[before.replace(/^--/, '') as keyof typeof GLOBAL_OPTIONS];
    return option ? 'type' in option : names.includes(argument);
  });
  return at < 0 ? [undefined, [...argv]] : [argv[at], argv.toSpliced(at, 1)];
}

/** `cnnzoo` alone shows what there is; so does `cnnzoo --help`. */
async function withoutCommand(argv: readonly string[], columns: number): Promise<string> {
  const parser = basicParser(argv, columns).usage(
    'cnnzoo COMMAND [options]\n\nA zoo of convolutional networks.',
  );
  for (const { usage, describe } of COMMANDS) parser.command(usage, describe);
  const { flags } = readFlags(argv, declaredBy(parser), '');
  if (flags.some(({ flag }) => flag === 'version')) return `${cnnzooVersion()}\n`;
  parser.group(Object.keys(GLOBAL_OPTIONS), 'Options of every command:');
  const note = 'A MODEL is a name from the list, a YAML file, or - for YAML on standard input.\n';
  return `${await helpText(parser, EXAMPLES)}\n${note}`;
}

const EXAMPLES = [
  ['cnnzoo list', 'what there is'],
  ['cnnzoo summary lenet5', 'one model, layer by layer'],
  ['cnnzoo train mnist-basic --epochs 5', 'train it, and see how well it does'],
] as const;

/** The help of a parser, and examples that can be copied: yargs would break their lines. */
async function helpText(parser: Argv, examples: AnyCommand['examples']): Promise<string> {
  const lines = examples.map(([line, meaning]) => `  ${line}\n      ${meaning}\n`);
  // yargs shows an empty list as the default of `<models..>`.
  const help = (await parser.getHelp()).replace(
    /( {2,})(\[array\].*)( \[default: \[\]\])$/gm,
    (_, gap: string, rest: string, cut: string) => gap + ' '.repeat(cut.length) + rest,
  );
  return `${help}\n\nExamples:\n${lines.join('')}`;
}

function basicParser(argv: readonly string[], columns: number): Argv {
  return yargs(argv.map((argument) => (argument === '-' ? STDIN : argument)))
    .scriptName('cnnzoo')
    .detectLocale(false)
    .help(false)
    .version(false)
    .exitProcess(false)
    .wrap(columns)
    .parserConfiguration({
      'boolean-negation': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-positional-numbers': false,
    })
    .options(GLOBAL_OPTIONS);
}

/** A maker of parsers for one command (each good for one use), and the options that one of them knows. */
function commandParser(command: AnyCommand, argv: readonly string[], columns: number) {
  const parser = () =>
    basicParser([nameOf(command.usage), ...argv], columns).command({
      command: command.usage,
      describe: command.describe,
      builder: (yargs: Argv) => grouped(command.options(yargs)),
      handler: () => {},
    });
  // Positionals may only be declared where yargs builds a command, so they are left out of this.
  const declarations = basicParser([], columns);
  command.options(withoutPositionals(declarations));
  return { parser, declared: declaredBy(declarations) };
}

function withoutPositionals(parser: Argv): Argv {
  return Object.assign(parser, { positional: () => parser });
}

/** The command's own options first, then those that all have. */
function grouped(parser: Argv): Argv {
  const { getGroups } = parser as unknown as { getGroups(): Record<string, string[]> };
  const { key, alias } = declaredBy(parser);
  const placed = new Set([
    ...Object.values(getGroups.call(parser)).flat(),
    ...Object.keys(GLOBAL_OPTIONS),
    ...Object.values(alias).flat(),
  ]);
  const own = Object.keys(key).filter((name) => !placed.has(name));
  if (own.length > 0) parser.group(own, 'Options:');
  parser.group(Object.keys(GLOBAL_OPTIONS), 'Options of every command:');
  return parser;
}

async function parseArguments(parser: Argv, word: string, argv: readonly string[]): Promise<GlobalOptions> {
  const parsed = await parser.fail(fail).parseAsync([word, ...argv].map((a) => (a === '-' ? STDIN : a)));
  const args = Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, withStdin(value)]));
  const { json, noColor, color, format } = args;
  if (json && format !== undefined && format !== 'json') {
    throw new UsageError(`--json is short for --format json and does not go with --format ${format}.`);
  }
  if (color && noColor) throw new UsageError('--color and --no-color do not go together.');
  return {
    ...args,
    format: json ? 'json' : ((format ?? 'table') as GlobalOptions['format']),
    color: noColor ? false : (color as boolean | undefined),
    verbose: args.verbose === true,
  };
}

function withStdin(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withStdin);
  return value === STDIN ? '-' : value;
}

/** What `readFlags` leaves to yargs: required options, options that exclude or need one another, checks of commands. */
function fail(message: string | null, error: Error | undefined): never {
  if (error) throw error;
  const [, kind, what] = /^([^:]*)s?: ?\s*([\s\S]*)$/.exec(message ?? '') ?? [];
  const flags = (text: string) =>
    text
      .split(/, | -> |\s+/)
      .map((name) => `--${name}`)
      .join(' and ');
  if (kind?.startsWith('Missing required argument')) throw new UsageError(`${flags(what!)} must be given.`);
  if (kind?.startsWith('Missing dependent argument')) {
    const [one, other] = what!.trim().split(' -> ');
    throw new UsageError(`--${one} goes with --${other} only.`);
  }
  const exclusive = /^Arguments (\S+) and (\S+) are mutually exclusive$/.exec(message ?? '');
  if (exclusive) throw new UsageError(`--${exclusive[1]} and --${exclusive[2]} do not go together.`);
  throw new UsageError(message ?? 'The command line could not be read.');
}

/** @throws UsageError where arguments are missing or left over. */
function checkWords({ usage, examples }: AnyCommand, words: readonly string[]): void {
  const [name, ...places] = usage.split(' ');
  const needed = places.filter((place) => place.startsWith('<')).length;
  const line = `cnnzoo ${usage}`;
  if (words.length < needed) {
    const place = places[words.length]!;
    const missing = place.replace(/[<>.]/g, '');
    const what = place.includes('..') ? `at least one ${missing.replace(/s$/, '')}` : `a ${missing}`;
    const example = examples[0] ? `, for example "${examples[0][0]}"` : '';
    throw new UsageError(`${name} needs ${what}: ${line}${example}.`);
  }
  const isOpen = places.some((place) => place.includes('..'));
  if (!isOpen && words.length > places.length) {
    const extra = JSON.stringify(words[places.length]);
    throw new UsageError(
      places.length === 0
        ? `${name} takes no arguments, got ${extra}.`
        : `${extra} is one too many: ${line}.`,
    );
  }
}

function unknownCommand(word: string): UsageError {
  const names = COMMANDS.map(({ usage }) => nameOf(usage));
  const close = nearest(word, names);
  return new UsageError(
    `There is no command "${word}". ${close ? `Did you mean "${close}"?` : `There are ${names.join(', ')}.`}`,
  );
}

function declaredBy(parser: Argv): DeclaredOptions {
  return (parser as unknown as { getOptions(): DeclaredOptions }).getOptions();
}
