import type { ArgumentsCamelCase, Argv } from 'yargs';
import type { Format } from '../report/format.js';
import type { Kind } from './completion/candidates.js';

/** The flags that every command has; defined in src/cli.ts. */
export interface GlobalOptions {
  readonly format: Format;
  /** False with --no-color. */
  readonly color: boolean | undefined;
  readonly verbose: boolean;
}

/** How a shell completes a place or a flag's value; a function gets the words before it, without flags. */
export type Completes =
  | Kind
  | readonly Kind[]
  | { readonly choices: readonly string[] }
  | ((words: readonly string[]) => Completes | Promise<Completes>);

/**
 * One command: its words, its flags and what it does. The file of a command imports nothing heavy at its top (no engine,
 * no Ink): what it needs it imports when it runs, so that every other command and --help stay fast.
 */
export interface Command<O extends object = object> {
  /** In yargs' notation: `train <model>`, `compare <items..>`. */
  readonly usage: string;
  readonly describe: string;
  /** Command lines that were run, with what they do: [command line, meaning]. */
  readonly examples: readonly (readonly [string, string])[];
  options(yargs: Argv): Argv<O>;
  /** By the name of a place or flag, for those whose name does not say it all (src/cli/completion/complete.ts). */
  readonly completes?: Readonly<Record<string, Completes>>;
  /** Does the work and returns the exit code. Throws UsageError or WorkError for what the user should know. */
  run(args: ArgumentsCamelCase<O & GlobalOptions>): Promise<number>;
}

/** Defines a command; only there to infer `O` from `options`. */
export function defineCommand<O extends object>(command: Command<O>): Command<O> {
  return command;
}
