import { resolve } from 'node:path';
import type { Document } from 'yaml';
import { isScalar } from 'yaml';
import { UsageError } from '../base/errors.js';
import { DEFAULTS_FILE } from '../base/files/defaults-file.js';
import { nearest } from '../base/text/nearest.js';
import { cut } from '../base/text/visible.js';
import { show } from '../base/yaml/issues.js';
import { type Marked, parseMarked, requireMapping } from '../base/yaml/marked.js';
import type { Path } from '../base/yaml/path.js';
import { readYamlFile } from '../base/yaml/read-file.js';
import { type Source, sourceOf } from '../base/yaml/source.js';
import type { AnyCommand } from '../cli/command.js';
import type { Default, FolderDefaults } from '../cli/defaults.js';
import type { FlagToken } from '../cli/flags.js';
import { flagOf } from '../cli/names.js';
import { GLOBAL_OPTIONS, type Option, type Options } from '../cli/options.js';
import { SWITCH } from '../cli/values.js';
import { COMMANDS } from '../commands/index.js';

/** What one command line is about, or what would do harm where nobody has typed it. */
const TYPED_ONLY = ['help', 'version', 'noDefaults', 'resume', 'runDir', 'only', 'train', 'watch', 'yes'];

/**
 * The defaults of the folder that the program runs in, where there is a file of them.
 * @throws UsageError with file:line:column for whatever is wrong in their file
 */
export async function readFolderDefaults(): Promise<FolderDefaults> {
  const text = readYamlFile(DEFAULTS_FILE, {
    what: 'file of defaults',
    insteadOf: () => 'it otherwise, as a file of defaults has this name',
  });
  const marked = parseMarked(DEFAULTS_FILE, text);
  const none = { file: resolve(DEFAULTS_FILE), all: {}, ofCommand: {} };
  if (marked.document.contents === null) return none;
  requireMapping(marked, 'the defaults of a folder', 'flags and commands');
  const commands = (await Promise.all(COMMANDS.map((entry) => entry.load()))).map(({ command }) => command);
  return { ...none, ...new Reader(marked, commands).read() };
}

class Reader {
  readonly #source: Source;
  readonly #document: Document.Parsed;
  readonly #commands: readonly AnyCommand[];

  constructor(marked: Marked, commands: readonly AnyCommand[]) {
    this.#source = sourceOf(marked);
    this.#document = marked.document;
    this.#commands = commands.filter(({ defaults }) => defaults !== 'none');
  }

  read(): Pick<FolderDefaults, 'all' | 'ofCommand'> {
    const all: [string, Default][] = [];
    const ofCommand: [string, FolderDefaults['all']][] = [];
    const content = this.#source.content as Readonly<Record<string, unknown>>;
    this.#requireNoModel(content);
    for (const [key, value] of Object.entries(content)) {
      const command = this.#commands.find(({ name }) => name === key);
      // Some words are a command and a flag of another one: `weights`.
      if (command !== undefined && (value === null || isMapping(value)))
        ofCommand.push([key, this.#ofCommand(command, value ?? {})]);
      else all.push([key, this.#ofAll(key, value)]);
    }
    return { all: Object.fromEntries(all), ofCommand: Object.fromEntries(ofCommand) };
  }

  /** A model's file that got this name would be in the way of every command of the folder. */
  #requireNoModel(content: Readonly<Record<string, unknown>>): void {
    if (!Array.isArray(content.layers)) return;
    const { file } = this.#source;
    throw this.#source.error(
      ['layers'],
      `${file} holds a model, but a file of this name is for the defaults of its folder: give the model another name.`,
      'key',
    );
  }

  /** A flag at the top, which every command that has it must be able to read. */
  #ofAll(key: string, value: unknown): Default {
    const declared = [GLOBAL_OPTIONS, ...this.#commands.map(({ options }) => options)];
    const options = declared.flatMap((one: Options) => (Object.hasOwn(one, key) ? [one[key]!] : []));
    if (options.length === 0)
      throw this.#unknown(
        [key],
        declared.flatMap(Object.keys),
        this.#commands.map(({ name }) => name),
      );
    return options.map((option) => this.#default(key, option, value, [key]))[0]!;
  }

  #ofCommand(
    { name, options }: AnyCommand,
    content: Readonly<Record<string, unknown>>,
  ): FolderDefaults['all'] {
    const known: Options = { ...GLOBAL_OPTIONS, ...options };
    const entries = Object.entries(content).map(([key, value]) => {
      const path = [name, key];
      if (!Object.hasOwn(known, key)) throw this.#unknown(path, Object.keys(known));
      return [key, this.#default(key, known[key]!, value, path)] as const;
    });
    return Object.fromEntries(entries);
  }

  #unknown(path: Path, flags: readonly string[], names: readonly string[] = []): UsageError {
    const [command, ...below] = path.map(String);
    const key = below[0] ?? command!;
    const what = below.length > 0 ? `${command} has no flag` : 'there is no flag or command';
    const close = nearest(key, [...flags.filter((flag) => !TYPED_ONLY.includes(flag)), ...names]);
    const help = below.length > 0 ? `cnnzoo ${command} --help` : 'cnnzoo --help';
    const way = close ? `Did you mean "${close}"?` : `See "${help}".`;
    return this.#source.error(path, `${what} "${cut(key)}". ${way}`, 'key');
  }

  #default(key: string, option: Option, content: unknown, path: Path): Default {
    if (TYPED_ONLY.includes(key))
      throw this.#source.error(
        path,
        `${key} has no default: ${flagOf(key)} is typed where it is meant.`,
        'key',
      );
    const { takes, many } = option;
    if (!Array.isArray(content)) return { content, tokens: [this.#token(key, option, content, path)] };
    if (many)
      return { content, tokens: content.map((one, i) => this.#token(key, option, one, [...path, i])) };
    if (!takes.isList) throw this.#source.error(path, `${key} takes one value, got a list.`);
    const joined = content.map((_, i) => this.#text(key, [...path, i])).join(',');
    return { content, tokens: [this.#parsed(key, option, joined, path)] };
  }

  #token(key: string, option: Option, value: unknown, path: Path): FlagToken {
    const token = { key, typed: flagOf(key) };
    if (option.takes === SWITCH) {
      if (typeof value === 'boolean') return { ...token, value: String(value) };
      throw this.#source.error(path, `${key} must be true or false, got ${show(value)}.`);
    }
    if (value === true && option.bare !== undefined) return token;
    return this.#parsed(key, option, this.#text(key, path), path);
  }

  /** The flag with a value that its option can read. */
  #parsed(key: string, { takes }: Option, value: string, path: Path): FlagToken {
    try {
      takes.parse(value, key);
    } catch (error) {
      throw error instanceof UsageError ? this.#source.error(path, error.message) : error;
    }
    return { key, typed: flagOf(key), value };
  }

  /** What stands at a path, as it would be typed: a number as it is written. */
  #text(key: string, path: Path): string {
    const node = this.#document.getIn(path, true);
    const value = valueAt(this.#source.content, path);
    if (typeof value === 'number' && isScalar(node) && node.source !== undefined) return node.source;
    if (typeof value === 'number' || (typeof value === 'string' && value !== '')) return String(value);
    throw this.#source.error(path, `${key} must have a value, got ${show(value)}.`);
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(content: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], content);
}
