import type { CommandLine, FlagToken } from './flags.js';
import { flagOf } from './names.js';
import { GLOBAL_OPTIONS, type Options } from './options.js';

/** A default for one flag. */
export interface Default {
  /** As the file has it. */
  readonly content: unknown;
  /** The flag as if it had been typed, once for each value. */
  readonly tokens: readonly FlagToken[];
}

type Defaults = Readonly<Record<string, Default>>;

/** What the file of a folder says, checked. */
export interface FolderDefaults {
  /** Its full path. */
  readonly file: string;
  /** For every command that has such a flag. */
  readonly all: Defaults;
  /** By the names of commands, for each of them alone. */
  readonly ofCommand: Readonly<Record<string, Defaults>>;
}

/** The defaults that one command line has got. */
export interface TakenDefaults {
  /** The full path of the file that they are from. */
  readonly file: string;
  /** By the flags' keys, as the file has them; without the flags that every command has. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Flags of which one says something about the other: on the command line either counts for both. */
const RIVALS = [
  ['format', 'json'],
  ['color', 'noColor'],
] as const;

/** The part of a command that says which defaults it takes. */
interface Taker {
  readonly name: string;
  readonly options: Options;
  readonly leavesDefault?: ((key: string, line: CommandLine) => boolean) | undefined;
}

/**
 * A command line with a folder's defaults for what it does not say.
 * @returns null for `taken` where none of the command's own flags came from there
 */
export function withDefaults(
  line: CommandLine,
  { name, options, leavesDefault = () => false }: Taker,
  { file, all, ofCommand }: FolderDefaults,
): { readonly line: CommandLine; readonly taken: TakenDefaults | null } {
  const own = ofCommand[name] ?? {};
  const isOver = (key: string, flags: readonly string[]) =>
    flags.includes(key) ||
    RIVALS.some(
      (pair) => pair.some((one) => one === key) && flags.some((flag) => pair.some((one) => one === flag)),
    );
  const typed = line.flags.map(({ key }) => key);
  const common = Object.entries(all).filter(
    ([key]) => isIn(key, options) && options[key]?.ofRun !== true && !isOver(key, Object.keys(own)),
  );
  const entries = [...common, ...Object.entries(own)].filter(
    ([key]) => !isOver(key, typed) && !leavesDefault(key, line),
  );
  const settings = entries
    .filter(([key]) => !isGlobal(key))
    .map(([key, { content }]) => [key, content] as const);
  const tokens = entries.flatMap(([, one]) => one.tokens);
  return {
    line: { ...line, flags: [...tokens, ...line.flags] },
    taken: settings.length === 0 ? null : { file, settings: Object.fromEntries(settings) },
  };
}

function isIn(key: string, options: Options): boolean {
  return Object.hasOwn(options, key) || isGlobal(key);
}

function isGlobal(key: string): boolean {
  return Object.hasOwn(GLOBAL_OPTIONS, key);
}

/** Whether a sentence speaks of one of the flags that a command line got from a file. */
export function speaksOf({ settings }: TakenDefaults, sentence: string): boolean {
  return Object.keys(settings).some((key) =>
    new RegExp(`(?<![\\w-])${flagOf(key)}(?![\\w-])`).test(sentence),
  );
}

/**
 * Whether a command line names a setting of a training by its path in the config, so that no default may stand against it:
 * `--set training.epochs=3`, `--vary optimizer=sgd,adam`.
 */
export function namesSetting(key: string, { flags }: CommandLine): boolean {
  return flags.some(({ key: flag, value = '' }) => {
    if (flag !== 'set' && flag !== 'vary') return false;
    const path = value.split('=')[0]!.split('.');
    const [above, last] = [path.at(-2), path.at(-1)];
    if (last === key || (last === 'optimizer' && key === 'learningRate')) return true;
    return above === key && (last === 'name' || last === 'patience');
  });
}
