import type { Argv } from 'yargs';
import yargs from 'yargs';
import type { AnyCommand } from '../cli/command.js';
import { dashed, nameOf } from '../cli/names.js';
import { GLOBAL_OPTIONS, type Option, type Options } from '../cli/options.js';
import { SWITCH } from '../cli/values.js';
import { COMMANDS } from '../commands/index.js';

/** Above the options that are the same for all. */
const OF_EVERY_COMMAND = 'Options of every command:';

/** What `cnnzoo` alone shows. @param columns the longest line */
export function generalHelp(columns: number): Promise<string> {
  const parser = basicParser([], columns).usage(
    'cnnzoo COMMAND [options]\n\nA zoo of convolutional networks.',
  );
  for (const { usage, describe } of COMMANDS) parser.command(usage, describe);
  declare(parser, GLOBAL_OPTIONS, OF_EVERY_COMMAND);
  const note = 'A MODEL is a name from the list, a YAML file, or - for YAML on standard input.\n';
  return helpText(parser, EXAMPLES).then((text) => `${text}\n${note}`);
}

const EXAMPLES = [
  ['cnnzoo list', 'what there is'],
  ['cnnzoo summary lenet5', 'one model, layer by layer'],
  ['cnnzoo train mnist-basic --epochs 5', 'train it, and see how well it does'],
] as const;

/** The help of one command. @param columns the longest line but for those of examples */
export function commandHelp(command: AnyCommand, columns: number): Promise<string> {
  const parser = basicParser([nameOf(command.usage)], columns).command({
    command: command.usage,
    describe: command.describe,
    builder: (yargs: Argv) => declareAll(yargs, command),
    handler: () => {},
  });
  return helpText(parser, command.examples);
}

/** The places, the options in their groups, and last those that every command has. */
function declareAll(parser: Argv, { places, options, groups }: AnyCommand): Argv {
  for (const [key, { describe, many, required }] of Object.entries(places)) {
    parser.positional(key, { type: 'string', array: many, demandOption: required, describe });
  }
  const grouped = new Set(Object.values(groups).flat());
  for (const [heading, keys] of Object.entries(groups)) {
    declare(
      parser,
      pick(options, (key) => keys.includes(key)),
      heading,
    );
  }
  declare(
    parser,
    pick(options, (key) => !grouped.has(key)),
    'Options:',
  );
  return declare(parser, GLOBAL_OPTIONS, OF_EVERY_COMMAND);
}

function pick(options: Options, isWanted: (key: string) => boolean): Options {
  return Object.fromEntries(Object.entries(options).filter(([key]) => isWanted(key)));
}

/** Tells yargs of options: `epochs N` is shown as `--epochs N`. */
function declare(parser: Argv, options: Options, group: string): Argv {
  for (const [key, option] of Object.entries(options)) {
    const { takes, describe, short, default: value, usual, required } = option;
    parser.option(`${dashed(key)}${placeholderOf(option)}`, {
      group,
      describe,
      choices: takes.choices,
      alias: short,
      default: value,
      demandOption: required,
      defaultDescription: usual,
    });
  }
  return parser;
}

/** ` N`, ` [N]` where it may be left out, nothing of a switch. */
function placeholderOf({ takes, placeholder = takes.placeholder, bare }: Option): string {
  if (takes === SWITCH) return '';
  return bare ? ` [${placeholder}]` : ` ${placeholder}`;
}

/** The help of a parser, and examples that can be copied: yargs would break their lines. */
async function helpText(parser: Argv, examples: AnyCommand['examples']): Promise<string> {
  const lines = examples.map(([line, meaning]) => `  ${line}\n      ${meaning}\n`);
  // A reader has no use for what yargs adds: the types, and an empty list as the default of `[models..]`.
  const help = (await parser.getHelp())
    .replace(/ \[default: \[\]\]$/gm, '')
    .replace(/\[(string|boolean|number|array)\](?= \[)/g, (type) => ' '.repeat(type.length))
    .replace(/\s*\[(string|boolean|number|array)\]$/gm, '');
  return `${help}\n\nExamples:\n${lines.join('')}`;
}

function basicParser(argv: readonly string[], columns: number): Argv {
  return yargs(argv)
    .scriptName('cnnzoo')
    .detectLocale(false)
    .help(false)
    .version(false)
    .exitProcess(false)
    .wrap(columns);
}
