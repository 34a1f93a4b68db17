import { argumentsOf } from './arguments.js';
import { requireBeforehand } from './beforehand.js';
import type { FolderDefaults, TakenDefaults } from './defaults.js';
import type { CommandLine } from './flags.js';
import type { GlobalOptions, Options, OptionValues, Places, PlaceValues } from './options.js';

/** What the program tells the command that it runs. */
export interface Context {
  readonly commands: readonly CommandEntry[];
  /** What of its arguments comes from the folder's defaults; null where nothing does. */
  readonly taken: TakenDefaults | null;
  /**
   * What the folder's defaults say; null where there are none.
   * @throws UsageError for what is wrong in their file
   */
  readDefaults(): Promise<FolderDefaults | null>;
}

/** What a command has to do with a folder's defaults, where it is more than to take them for its flags. */
interface Taking {
  /** `none`: programs rely on what it prints. `lenient`: it runs all the same where their file is wrong, and tells so itself. */
  readonly defaults?: 'none' | 'lenient';
  /** Whether a default says nothing beside what a command line gives: of a training, say, where none is asked for. */
  readonly leavesDefault?: (key: string, line: CommandLine) => boolean;
}

/**
 * One command, declared as data: what stands in its places, its flags, and what it does with their values. The file of a
 * command imports nothing heavy at its top (no engine, no Ink): what it needs it imports when it runs, so that every
 * other command and --help stay fast.
 */
export interface Command<P extends Places, O extends Options> extends Taking {
  readonly name: string;
  readonly describe: string;
  /** Command lines that were run, with what they do: [command line, meaning]. */
  readonly examples: readonly (readonly [string, string])[];
  readonly places: P;
  readonly options: O;
  /** Options that stand together in the help, by the line above them. */
  readonly groups?: Readonly<Record<string, readonly (keyof O & string)[]>>;
  /** Does the work and returns the exit code. Throws UsageError or WorkError for what the user should know. */
  run(args: PlaceValues<P> & OptionValues<O> & GlobalOptions, context: Context): Promise<number>;
}

/** A command as the program, its help and the completion see it: the types of its arguments are forgotten. */
export interface AnyCommand extends Taking {
  readonly name: string;
  /** With its places: `train [model]`, `predict <run> <images..>`. */
  readonly usage: string;
  readonly describe: string;
  readonly examples: readonly (readonly [string, string])[];
  readonly places: Places;
  readonly options: Options;
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /**
   * Reads the values of a command line; what it returns does the work.
   * @throws UsageError for a value that will not do
   */
  prepare(line: CommandLine): (context: Context) => Promise<number>;
}

/** A command in the index, before its module is loaded. */
export interface CommandEntry {
  readonly usage: string;
  readonly describe: string;
  /** Imports the command's module, which only the command that runs is for. */
  load(): Promise<{ readonly command: AnyCommand }>;
}

/** Defines a command: the types of what `run` gets follow from its places and options. */
export function defineCommand<const P extends Places, const O extends Options>(
  command: Command<P, O>,
): AnyCommand {
  const { name, describe, examples, places, options, groups = {}, defaults, leavesDefault } = command;
  return {
    name,
    usage: [name, ...Object.entries(places).map(([key, place]) => placeUsage(key, place))].join(' '),
    describe,
    examples,
    places,
    options,
    groups,
    ...(defaults ? { defaults } : {}),
    ...(leavesDefault ? { leavesDefault } : {}),
    prepare(line) {
      const args = argumentsOf(command, line);
      return async (context) => {
        requireBeforehand(options, args);
        return command.run(args, context);
      };
    },
  };
}

function placeUsage(key: string, { many, required }: Places[string]): string {
  const inner = many ? `${key}..` : key;
  return required ? `<${inner}>` : `[${inner}]`;
}
