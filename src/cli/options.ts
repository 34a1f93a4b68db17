import { FORMATS, type Format } from '../report/format.js';
import type { Completes } from './candidates.js';
import { flagOf } from './names.js';
import { choice, FILE, SWITCH, type Value } from './values.js';

/** A flag of a command, by its key in camel case: `batchSize` is `--batch-size`. */
export interface Option {
  readonly takes: Value<unknown>;
  readonly describe: string;
  /** Instead of the value's own, where something else says more. */
  readonly placeholder?: string;
  readonly completes?: Completes;
  /** What holds where it is not given. */
  readonly default?: unknown;
  /** What the help says that this is, where it is only worked out later. */
  readonly usual?: string;
  /** May be given again and again. */
  readonly many?: true;
  readonly required?: true;
  /** Names a file that the result is written to: whether that can be done is known before any work. */
  readonly writes?: true;
  /** May be given without its value, which is `true` then. */
  readonly bare?: {
    /** What its value is: "a number of epochs". */
    readonly value: string;
  };
  /** Stands instead of what a run says of itself: of a folder's defaults only those for this very command reach it. */
  readonly ofRun?: true;
  /** A single letter that stands for it. */
  readonly short?: string;
}

/** A word of a command line by its place: `<model>`, `[model]` or `<images..>`. */
export interface Place {
  readonly takes: Value<unknown>;
  readonly describe: string;
  readonly completes?: Completes;
  /** As many as there are; the last place only. */
  readonly many?: true;
  readonly required?: true;
}

export type Options = Readonly<Record<string, Option>>;
/** In their order. */
export type Places = Readonly<Record<string, Place>>;

type ValueOf<D> = D extends { readonly takes: Value<infer T> }
  ? D extends { readonly bare: object }
    ? T | true
    : T
  : never;
type ManyOf<D> = D extends { readonly many: true } ? readonly ValueOf<D>[] : ValueOf<D>;
type IsSure<D> = D extends { readonly required: true } | { readonly default: string | number } ? true : false;

/** The values of options by their keys; undefined for one that need not be given and is not. */
export type OptionValues<O> = {
  readonly [K in keyof O]: IsSure<O[K]> extends true ? ManyOf<O[K]> : ManyOf<O[K]> | undefined;
};

/** The values of places by their keys: of a place for many an array, perhaps empty. */
export type PlaceValues<P> = {
  readonly [K in keyof P]: P[K] extends { readonly many: true } | { readonly required: true }
    ? ManyOf<P[K]>
    : ManyOf<P[K]> | undefined;
};

/** The options that every command has. */
export const GLOBAL_OPTIONS = {
  format: { takes: choice(FORMATS, 'FORMAT'), describe: 'How to print the result', usual: 'table' },
  json: { takes: SWITCH, describe: 'Short for --format json' },
  jsonFile: { takes: FILE, writes: true, describe: 'Write the result as JSON to this file as well' },
  color: { takes: SWITCH, describe: 'Colour even where there is no terminal' },
  noColor: { takes: SWITCH, describe: 'No colour' },
  quiet: { takes: SWITCH, describe: 'Say nothing but errors and warnings beside the result' },
  verbose: { takes: SWITCH, describe: 'Say more: where an error comes from' },
  noDefaults: { takes: SWITCH, describe: "Leave this folder's cnnzoo.yaml out" },
  help: { takes: SWITCH, short: 'h', describe: 'Show this help' },
  version: { takes: SWITCH, short: 'V', describe: 'Show the version' },
} as const satisfies Options;

/** What the flags of every command come to. */
export interface GlobalOptions {
  readonly format: Format;
  /** A file for the result's JSON, besides what is printed. */
  readonly jsonFile: string | undefined;
  /** False with --no-color. */
  readonly color: boolean | undefined;
  /** Whether standard error says no more than what has gone wrong. */
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** The keys of a declaration, in its order. */
export function keysOf<O extends object>(declared: O): (keyof O & string)[] {
  return Object.keys(declared).filter((key): key is keyof O & string => key in declared);
}

/** The words of a command line that give options these values: `--steps 3`. Those that are undefined are left out. */
export function flagWords(values: object): string[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [flagOf(key), String(value)],
  );
}
