import { UsageError } from '../base/errors.js';
import { DEFAULTS_FILE } from '../base/files/defaults-file.js';
import { statusOf } from '../base/files/folders.js';
import { cnnzooVersion } from '../base/files/version.js';
import { didYouMean } from '../base/text/nearest.js';
import { shellWord } from '../base/text/settings.js';
import { cut } from '../base/text/visible.js';
import type { AnyCommand } from '../cli/command.js';
import type { FolderDefaults, TakenDefaults } from '../cli/defaults.js';
import { type CommandLine, isFlag, keyOf, readFlags } from '../cli/flags.js';
import { flagOf, nameOf } from '../cli/names.js';
import { GLOBAL_OPTIONS } from '../cli/options.js';
import { SWITCH } from '../cli/values.js';
import { COMMANDS } from '../commands/index.js';
import { keepQuiet } from '../ui/lines/quiet.js';

/** What a command line asks for: a text (help, the version), or a command with its arguments. */
export type Request =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'command';
      run(): Promise<number>;
      /** Whether its errors are to be told as JSON as well, and with where they come from. */
      readonly json: boolean;
      readonly verbose: boolean;
    };

/** What a line of help takes where there is no terminal to ask. */
const HELP_COLUMNS = 100;

/**
 * Reads a command line; loads the module of its command and no other.
 * @param columns the terminal's width, for the help
 * @param hasScreen whether there is a terminal for the studio, which `cnnzoo` alone opens then
 * @throws UsageError in one sentence for whatever is wrong with it
 */
export async function parseCommandLine(
  argv: readonly string[],
  columns = HELP_COLUMNS,
  hasScreen = false,
): Promise<Request> {
  if (argv.length === 0 && hasScreen) return parseCommandLine(['studio'], columns);
  const [word, rest] = splitCommand(argv);
  if (word === 'version') return parseCommandLine([...rest, '--version'], columns);
  if (word === 'help') return parseCommandLine([...rest, '--help'], columns);
  const width = Math.min(columns, HELP_COLUMNS);
  if (word === undefined) return { kind: 'text', text: await withoutCommand(rest, width) };
  const entry = COMMANDS.find(({ usage }) => nameOf(usage) === word);
  if (entry === undefined) throw await unknownCommand(word);
  const { command } = await entry.load();
  const line = readFlags(rest, { ...GLOBAL_OPTIONS, ...command.options }, word);
  if (has(line, 'help'))
    return { kind: 'text', text: await (await import('./help.js')).commandHelp(command, width) };
  if (has(line, 'version')) return { kind: 'text', text: `${cnnzooVersion()}\n` };
  checkWords(command, line.words);
  return requestOf(command, line);
}

/** Whether a command line has a switch. */
function has({ flags }: CommandLine, key: string): boolean {
  const last = flags.findLast((token) => token.key === key);
  return last !== undefined && last.value !== 'false';
}

/** What a command line asks of its command, with the folder's defaults for what it does not say. */
async function requestOf(command: AnyCommand, typed: CommandLine): Promise<Request> {
  const { line, taken } = await inFolder(command, typed);
  keepQuiet(has(line, 'quiet'));
  if (taken !== null) await tellTaken(command, taken);
  const run = await naming(taken, async () => command.prepare(await withRuns(line)));
  const isJson = line.flags.some(({ key, value }) => key === 'format' && value === 'json');
  return {
    kind: 'command',
    run: () => naming(taken, () => run({ commands: COMMANDS, taken, readDefaults })),
    json: isJson || has(line, 'json'),
    verbose: has(line, 'verbose'),
  };
}

async function readDefaults(): Promise<FolderDefaults | null> {
  // Nothing is loaded where there are none.
  if (statusOf(DEFAULTS_FILE) === undefined) return null;
  return (await import('./defaults.js')).readFolderDefaults();
}

/** The command line with the folder's defaults. @throws UsageError for what is wrong in their file */
async function inFolder(
  command: AnyCommand,
  line: CommandLine,
): Promise<{ readonly line: CommandLine; readonly taken: TakenDefaults | null }> {
  if (command.defaults === 'none' || has(line, 'noDefaults')) return { line, taken: null };
  try {
    const defaults = await readDefaults();
    if (defaults === null) return { line, taken: null };
    const { withDefaults } = await import('../cli/defaults.js');
    return withDefaults(line, command, defaults);
  } catch (error) {
    if (command.defaults === 'lenient' && error instanceof UsageError) return { line, taken: null };
    throw error;
  }
}

async function tellTaken({ name }: AnyCommand, { settings }: TakenDefaults): Promise<void> {
  const { tell } = await import('../ui/lines/tell.js');
  const texts = Object.entries(settings).map(([key, value]) =>
    value === true ? flagOf(key) : `${flagOf(key)} ${Array.isArray(value) ? value.join(' ') : String(value)}`,
  );
  tell(`notice: ${name} has ${texts.join(', ')} from ${DEFAULTS_FILE}`);
}

/** Does work, and adds to an error that speaks of a flag which nobody has typed where that comes from. */
async function naming<T>(taken: TakenDefaults | null, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (taken === null || !(error instanceof UsageError)) throw error;
    const { speaksOf } = await import('../cli/defaults.js');
    if (!speaksOf(taken, error.message)) throw error;
    const way = `It comes from ${DEFAULTS_FILE}; --no-defaults leaves that out.`;
    throw new UsageError([...error.sentences.slice(0, -1), `${error.sentences.at(-1)} ${way}`], {
      cause: error,
      ...(error.place === null ? {} : { place: error.place }),
    });
  }
}

/** The command line with run folders in place of names such as `@latest`, and what they stand for told. */
async function withRuns(line: CommandLine): Promise<CommandLine> {
  const { words, flags } = line;
  const given = [...words, ...flags.flatMap(({ value }) => value ?? [])];
  if (!given.some((word) => word.startsWith('@'))) return line;
  const { isRunName, namedRun } = await import('../runs/watch/named-runs.js');
  const { tell } = await import('../ui/lines/tell.js');
  const runs = new Map<string, string>();
  for (const word of new Set(given.filter(isRunName))) {
    runs.set(word, namedRun(word));
    tell(`notice: ${word} is ${runs.get(word)}`);
  }
  const inPlace = (word: string) => runs.get(word) ?? word;
  return {
    words: words.map(inPlace),
    flags: flags.map((token) =>
      token.value === undefined ? token : { ...token, value: inPlace(token.value) },
    ),
  };
}

/** The command's name and everything else; a word after a flag that is not known here may be that flag's value. */
function splitCommand(argv: readonly string[]): [string | undefined, string[]] {
  const names = [...COMMANDS.map(({ usage }) => nameOf(usage)), 'help', 'version'];
  const at = argv.findIndex((argument, i) => {
    if (isFlag(argument) || argument === '--') return false;
    const before = argv[i - 1];
    if (before === undefined || !isFlag(before) || before.includes('=')) return true;
    const key = keyOf(before, GLOBAL_OPTIONS);
    return key === undefined ? names.includes(argument) : isSwitch(key);
  });
  return at < 0 ? [undefined, [...argv]] : [argv[at], argv.toSpliced(at, 1)];
}

function isSwitch(key: string): boolean {
  return Object.entries(GLOBAL_OPTIONS).some(([known, { takes }]) => known === key && takes === SWITCH);
}

/** `cnnzoo` alone shows what there is; so does `cnnzoo --help`. */
async function withoutCommand(argv: readonly string[], columns: number): Promise<string> {
  const { flags } = readFlags(argv, GLOBAL_OPTIONS, '');
  if (flags.some(({ key }) => key === 'version')) return `${cnnzooVersion()}\n`;
  return (await import('./help.js')).generalHelp(columns);
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

async function unknownCommand(word: string): Promise<UsageError> {
  const meant = await commandFor(word);
  if (meant !== undefined) {
    const { what, line } = meant;
    return new UsageError(`There is no command "${word}": that is ${what}. Did you mean "cnnzoo ${line}"?`);
  }
  const names = COMMANDS.map(({ usage }) => nameOf(usage));
  return new UsageError(`There is no command "${cut(word)}". ${didYouMean(word, names)}`);
}

/** The command that most likely belongs before a word that is a model or a run. */
async function commandFor(word: string): Promise<{ what: string; line: string } | undefined> {
  const { isFile, modelNames } = await import('../models/zoo.js');
  const { isRun } = await import('../runs/run-paths.js');
  if (isRun(word)) return { what: 'a run', line: `evaluate ${shellWord(word)}` };
  if (!modelNames().includes(word) && !(isFile(word) && /\.ya?ml$/.test(word))) return undefined;
  return { what: 'a model', line: `summary ${shellWord(word)}` };
}
