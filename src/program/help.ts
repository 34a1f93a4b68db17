import type { Argv } from 'yargs';
import yargs from 'yargs';
import { declaredOptions, GLOBAL_OPTIONS } from '../cli/declarations.js';
import { type AnyCommand, COMMANDS, nameOf } from '../commands/index.js';

/** What `cnnzoo` alone shows. @param columns the longest line */
export function generalHelp(columns: number): Promise<string> {
  const parser = basicParser([], columns).usage(
    'cnnzoo COMMAND [options]\n\nA zoo of convolutional networks.',
  );
  for (const { usage, describe } of COMMANDS) parser.command(usage, describe);
  parser.group(Object.keys(GLOBAL_OPTIONS), 'Options of every command:');
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
    builder: (yargs: Argv) => grouped(command, command.options(yargs)),
    handler: () => {},
  });
  return helpText(parser, command.examples);
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
    .wrap(columns)
    .options(GLOBAL_OPTIONS);
}

/** The command's own options first, then those that all have. */
function grouped(command: AnyCommand, parser: Argv): Argv {
  const { getGroups } = parser as unknown as { getGroups(): Record<string, string[]> };
  const placed = new Set([...Object.values(getGroups.call(parser)).flat(), ...Object.keys(GLOBAL_OPTIONS)]);
  const names = declaredOptions((recorder) => command.options(recorder)).keys();
  const own = [...names].filter((name) => !placed.has(name));
  if (own.length > 0) parser.group(own, 'Options:');
  parser.group(Object.keys(GLOBAL_OPTIONS), 'Options of every command:');
  return parser;
}
