import type { Argv, Options } from 'yargs';
import { FORMATS } from '../report/format.js';
import type { DeclaredOptions } from './flags.js';

/** The options that every command has. */
export const GLOBAL_OPTIONS = {
  format: {
    choices: FORMATS,
    describe: 'How to print the result',
    defaultDescription: 'table',
    requiresArg: true,
  },
  json: { type: 'boolean', describe: 'Short for --format json' },
  color: { type: 'boolean', describe: 'Colour even where there is no terminal' },
  'no-color': { type: 'boolean', describe: 'No colour' },
  verbose: { type: 'boolean', describe: 'Say more: where an error comes from' },
  help: { type: 'boolean', alias: 'h', describe: 'Show this help' },
  version: { type: 'boolean', alias: 'V', describe: 'Show the version' },
} as const satisfies Record<string, Options>;

/**
 * The options that `declare` tells yargs of, and those of every command, without loading yargs: only the help needs it,
 * and it takes longer to load than a summary to make.
 */
export function declaredOptions(declare: (yargs: Argv) => unknown = () => {}): DeclaredOptions {
  const declared = new Map<string, Options>(Object.entries(GLOBAL_OPTIONS));
  const recorder = {
    option(name: string, option: Options) {
      declared.set(name, option);
      return recorder;
    },
    options(options: Record<string, Options>) {
      for (const [name, option] of Object.entries(options)) declared.set(name, option);
      return recorder;
    },
    positional: () => recorder,
    group: () => recorder,
  };
  declare(recorder as unknown as Argv);
  return declared;
}
