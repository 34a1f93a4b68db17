import type { Options } from 'yargs';
import { UsageError } from '../base/errors.js';
import { nearest } from '../base/text/nearest.js';

/** The options that were declared, by their names with dashes. */
export type DeclaredOptions = ReadonlyMap<string, Options>;

/** A command line taken apart: `--epochs 3 lenet5` is the flag epochs with a value, then a word. */
export interface Token {
  readonly flag?: string;
  /** As typed: `--epochs`, `-h`. */
  readonly typed: string;
  /** A word, or the value of a flag that has one. */
  readonly value?: string;
}

/** Whether an argument is a flag and not a word, a negative number or `-` (standard input). */
export function isFlag(argument: string): boolean {
  return /^--?[A-Za-z]/.test(argument);
}

/**
 * Takes a command line apart, so that every wrong flag can be named as it was typed.
 * @throws UsageError for a flag that is not known, given twice, without its value, or with one that does not fit.
 */
export function readFlags(
  argv: readonly string[],
  declared: DeclaredOptions,
  command: string,
): { readonly flags: readonly Token[]; readonly words: readonly string[] } {
  const flags: Token[] = [];
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i]!;
    if (argument === '--') {
      words.push(...argv.slice(i + 1));
      break;
    }
    if (!isFlag(argument)) {
      words.push(argument);
      continue;
    }
    const token = readFlag(argument, argv[i + 1], declared, command);
    if (token.value !== undefined && !argument.includes('=')) i++;
    checkToken(token, flags, declared);
    flags.push(token);
  }
  return { flags, words };
}

function readFlag(
  argument: string,
  next: string | undefined,
  declared: DeclaredOptions,
  command: string,
): Token {
  const equals = argument.indexOf('=');
  const typed = equals < 0 ? argument : argument.slice(0, equals);
  const flag = knownFlag(typed, declared, command);
  if (equals >= 0) return { flag, typed, value: argument.slice(equals + 1) };
  if (declared.get(flag)?.type === 'boolean') {
    return next === 'true' || next === 'false' ? { flag, typed, value: next } : { flag, typed };
  }
  return next === undefined || isFlag(next) || next === '--' ? { flag, typed } : { flag, typed, value: next };
}

function knownFlag(typed: string, declared: DeclaredOptions, command: string): string {
  const name = typed.replace(/^--?/, '');
  const names = [...declared.keys()];
  const isShort = !typed.startsWith('--');
  const found = names.find(
    (key) =>
      (key === name && isShort === (key.length === 1)) || [declared.get(key)?.alias].flat().includes(name),
  );
  if (found !== undefined && (!isShort || name.length === 1)) return found;
  // `--runDir` for `--run-dir`.
  const dashed = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (!isShort && names.includes(dashed)) return dashed;
  const close = nearest(
    name,
    names.filter((key) => key.length > 1),
  );
  const way = close ? `Did you mean --${close}?` : `See "${`cnnzoo ${command}`.trim()} --help".`;
  throw new UsageError(`There is no option ${typed}${command === '' ? '' : ` for ${command}`}. ${way}`);
}

function checkToken(
  { flag, typed, value }: Token,
  before: readonly Token[],
  declared: DeclaredOptions,
): void {
  const { type, array: isList = false, choices } = declared.get(flag!)!;
  if (type !== 'boolean' && !isList && before.some((token) => token.flag === flag)) {
    throw new UsageError(`${typed} is given more than once: give it one value.`);
  }
  const options = choices?.map(String);
  if (value === '' || (value === undefined && type !== 'boolean' && (type || isList || options))) {
    throw new UsageError(`${typed} needs a value${options ? `: ${either(options)}` : ''}.`);
  }
  if (value === undefined) return;
  if (type === 'boolean' && value !== 'true' && value !== 'false') {
    throw new UsageError(`${typed} takes no value, got ${JSON.stringify(value)}.`);
  }
  if (type === 'number' && !Number.isFinite(Number(value))) {
    throw new UsageError(`${typed} must be a number, got ${JSON.stringify(value)}.`);
  }
  if (options && !options.includes(value)) {
    const close = nearest(value, options);
    throw new UsageError(
      `${typed} must be ${either(options)}, got ${JSON.stringify(value)}.${close ? ` Did you mean ${close}?` : ''}`,
    );
  }
}

/** `table, json or csv` */
export function either(options: readonly string[]): string {
  if (options.length < 2) return options.join('');
  return `${options.slice(0, -1).join(', ')} or ${options.at(-1)}`;
}
