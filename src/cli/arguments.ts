import { UsageError } from '../base/errors.js';
import { type DeclaredOptions, either, type Token } from './flags.js';

/**
 * The arguments of a command by their names in camel case: options that are given or have a default, and words in the
 * places of `usage`, `train [model]` or `bench <models..>`.
 * @throws UsageError for an option that must be given and is not.
 */
export function argumentsOf(
  usage: string,
  { flags, words }: { readonly flags: readonly Token[]; readonly words: readonly string[] },
  declared: DeclaredOptions,
): Record<string, unknown> {
  const args: Record<string, unknown> = {};
  for (const [name, { type, array, default: otherwise, demandOption, choices }] of declared) {
    const given = flags.filter(({ flag }) => flag === name).map(({ value }) => readValue(type, value));
    if (given.length === 0 && demandOption) {
      const options = choices ? `: ${either(choices.map(String))}` : '';
      throw new UsageError(`--${name} must be given${options}. See "cnnzoo ${usage.split(' ')[0]} --help".`);
    }
    const value = given.length === 0 ? otherwise : array ? given : given.at(-1);
    if (value !== undefined) args[camelCase(name)] = value;
  }
  const places = usage.split(' ').slice(1);
  places.forEach((place, i) => {
    const name = camelCase(place.replace(/[<>[\].]/g, ''));
    if (place.includes('..')) args[name] = words.slice(i);
    else if (i < words.length) args[name] = words[i];
  });
  return args;
}

/** The value of a flag; one without a type is a number where it looks like one, and `true` where there is none. */
function readValue(type: string | undefined, value: string | undefined): unknown {
  if (type === 'boolean') return value !== 'false';
  if (value === undefined) return true;
  if (type === 'number') return Number(value);
  return type === undefined && /^-?\d+(\.\d+)?(e[-+]?\d+)?$/.test(value) ? Number(value) : value;
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
