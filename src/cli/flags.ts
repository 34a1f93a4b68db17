import { UsageError } from '../base/errors.js';
import { nearest } from '../base/text/nearest.js';
import { either } from '../base/text/words.js';
import { dashed, flagOf } from './names.js';
import type { Option, Options } from './options.js';
import { SWITCH } from './values.js';

/** A flag as it was typed. */
export interface FlagToken {
  /** Of its option. */
  readonly key: string;
  /** As typed: `--epochs`, `-h`. */
  readonly typed: string;
  /** Undefined where it has none. */
  readonly value?: string;
}

/** A command line taken apart: `--epochs 3 lenet5` is the flag epochs with a value, and a word. */
export interface CommandLine {
  readonly flags: readonly FlagToken[];
  readonly words: readonly string[];
}

/** Whether an argument is a flag and not a word, a negative number or `-` (standard input). */
export function isFlag(argument: string): boolean {
  return /^--?[A-Za-z]/.test(argument);
}

/**
 * Takes a command line apart, so that every wrong flag can be named as it was typed.
 * @throws UsageError for a flag that is not known, given twice, or without its value.
 */
export function readFlags(argv: readonly string[], options: Options, command: string): CommandLine {
  const flags: FlagToken[] = [];
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i]!;
    if (argument === '--') {
      for (const word of argv.slice(i + 1)) words.push(word);
      break;
    }
    if (!isFlag(argument)) {
      words.push(argument);
      continue;
    }
    const token = readFlag(argument, argv[i + 1], options, command);
    if (token.value !== undefined && !argument.includes('=')) i++;
    checkToken(token, flags, options[token.key]!);
    flags.push(token);
  }
  return { flags, words };
}

function readFlag(argument: string, next: string | undefined, options: Options, command: string): FlagToken {
  const equals = argument.indexOf('=');
  const typed = equals < 0 ? argument : argument.slice(0, equals);
  const key = knownKey(typed, options, command);
  if (equals >= 0) return { key, typed, value: argument.slice(equals + 1) };
  if (options[key]!.takes === SWITCH) {
    return next === 'true' || next === 'false' ? { key, typed, value: next } : { key, typed };
  }
  return next === undefined || isFlag(next) || next === '--' ? { key, typed } : { key, typed, value: next };
}

/** @throws UsageError for a flag that is none of the options, with the one that may have been meant. */
function knownKey(typed: string, options: Options, command: string): string {
  const found = keyOf(typed, options);
  if (found !== undefined) return found;
  const close = nearest(typed.replace(/^--?/, ''), Object.keys(options).map(dashed));
  const way = close ? `Did you mean --${close}?` : `See "${`cnnzoo ${command}`.trim()} --help".`;
  throw new UsageError(`There is no option ${typed}${command === '' ? '' : ` for ${command}`}. ${way}`);
}

/** The key of a flag as it was typed: `--run-dir`, `--runDir`, `-h`; undefined where there is none. */
export function keyOf(typed: string, options: Options): string | undefined {
  const isLong = typed.startsWith('--');
  return Object.keys(options).find((key) =>
    isLong ? flagOf(key) === `--${dashed(typed.slice(2))}` : typed === `-${options[key]!.short}`,
  );
}

function checkToken({ key, typed, value }: FlagToken, before: readonly FlagToken[], option: Option): void {
  const { takes, many, bare } = option;
  if (takes === SWITCH && value === undefined) return;
  if (takes !== SWITCH && !many && before.some((token) => token.key === key)) {
    throw new UsageError(`${typed} is given more than once: give it one value.`);
  }
  if (value === '' || (value === undefined && bare === undefined)) {
    const choices = takes.choices ? `: ${either(takes.choices)}` : '';
    throw new UsageError(`${typed} needs a value${choices}.`);
  }
}
