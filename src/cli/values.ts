import { UsageError } from '../base/errors.js';
import { nearest } from '../base/text/nearest.js';
import { either } from '../base/text/words.js';
import type { Completes } from './candidates.js';

/**
 * What a flag or a place of a command line takes: a small parser from what was typed to the value that a command sees,
 * with what help and completion need to know of it.
 */
export interface Value<T> {
  /** What stands for it in the help: `N` of `--epochs N`. */
  readonly placeholder: string;
  /** All that it may be. */
  readonly choices?: readonly string[];
  readonly completes?: Completes;
  /** Whether what is typed are several values, apart by commas. */
  readonly isList?: true;
  /**
   * @param flag as it was typed, such as `--epochs`
   * @throws UsageError that names the flag, for what is no such value
   */
  parse(text: string, flag: string): T;
}

/** A flag that is there or not: `--json`. The only value that need not be given. */
export const SWITCH: Value<boolean> = {
  placeholder: '',
  parse(text, flag) {
    if (text === 'true' || text === 'false') return text === 'true';
    throw new UsageError(`${flag} takes no value, got ${JSON.stringify(text)}.`);
  },
};

/** Any text. */
export function text(placeholder: string, completes?: Completes): Value<string> {
  return { placeholder, completes, parse: (given) => given };
}

export const MODEL = text('MODEL', 'model');
export const RUN = text('RUN', 'run');
/** A model, or a run. */
export const NETWORK = text('MODEL|RUN', ['model', 'run']);
export const DATASET = text('NAME|FOLDER', 'dataset');
export const FILE = text('FILE', 'file');
export const FOLDER = text('FOLDER', 'folder');
export const DEVICE = text('NAME', 'device');
/** A setting of a config by its path, `training.epochs=3`: what it may be is the config's affair. */
export const SETTING = text('KEY=VALUE');

/** A number, perhaps broken or negative. */
export const NUMBER: Value<number> = {
  placeholder: 'N',
  parse(given, flag) {
    const value = Number(given);
    if (Number.isFinite(value)) return value;
    throw new UsageError(`${flag} must be a number, got ${JSON.stringify(given)}.`);
  },
};

/** A whole number of at least `least`, and at most `most` where there is one. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): Value<number> {
  const bound = most === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${most}`;
  return {
    placeholder: 'N',
    parse(given, flag) {
      const value = NUMBER.parse(given, flag);
      if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
      throw new UsageError(`${flag} must be a whole number of at least ${least}${bound}, got ${value}.`);
    },
  };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };

/** A number of bytes: `500MB`, `1.5GB`, `0`. An MB is 10^6 bytes, as everywhere here. */
export const BYTES: Value<number> = {
  placeholder: 'BYTES',
  parse(given, flag) {
    const [, number, unit] = /^(\d+(?:\.\d+)?) ?([kmgt]?b|)$/i.exec(given) ?? [];
    if (number !== undefined) return Math.floor(Number(number) * UNITS[unit!.toLowerCase()]!);
    throw new UsageError(
      `${flag} must be a number of bytes, such as 500MB or 2GB, got ${JSON.stringify(given)}.`,
    );
  },
};

/** How many there are to be: digits alone, at least 1. */
export const COUNT: Value<number> = {
  placeholder: 'N',
  parse(given, flag) {
    const count = Number(given);
    if (/^\d+$/.test(given) && count >= 1 && Number.isSafeInteger(count)) return count;
    const shown = /^-?\d+(\.\d+)?$/.test(given) ? given : JSON.stringify(given);
    throw new UsageError(`${flag} must be a whole number of at least 1, got ${shown}.`);
  },
};

/**
 * A number of a config. Its bounds are checked with the config, where a file may have it too; what is no number at all is
 * refused here, in the same words.
 * @param key its path in the config, `training.epochs`
 * @param wanted what it must be: `a whole number of at least 1`
 */
export function configNumber(key: string, wanted: string, placeholder = 'N'): Value<number> {
  return {
    placeholder,
    parse(given, flag) {
      const value = given.trim() === '' ? Number.NaN : Number(given);
      if (Number.isFinite(value)) return value;
      throw new UsageError(`${flag} ${given}: ${key} must be ${wanted}, got ${JSON.stringify(given)}.`);
    },
  };
}

/** One of a few words. */
export function choice<const C extends string>(choices: readonly C[], placeholder: string): Value<C> {
  return {
    placeholder,
    choices,
    parse(given, flag) {
      const found = choices.find((one) => one === given);
      if (found !== undefined) return found;
      const close = nearest(given, choices);
      throw new UsageError(
        `${flag} must be ${either(choices)}, got ${JSON.stringify(given)}.${close ? ` Did you mean ${close}?` : ''}`,
      );
    },
  };
}

/** What is apart by commas: `name,params`. */
export const LIST: Value<readonly string[]> = {
  placeholder: 'LIST',
  isList: true,
  parse: (given) => given.split(',').map((word) => word.trim()),
};

/** Numbers of images in a data set, from 0 on: `7`, `7,1790`. */
export const INDICES: Value<readonly number[]> = {
  placeholder: 'N,N',
  isList: true,
  parse: (given, flag) =>
    given.split(',').map((word) => {
      if (/^\d+$/.test(word)) return Number(word);
      throw new UsageError(`${flag} must be an image's number in the split, from 0 on, got "${word}".`);
    }),
};

/** A word that runs are found again by. */
export const TAG: Value<string> = {
  placeholder: 'WORD',
  parse(given, flag) {
    if (/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(given)) return given;
    throw new UsageError(
      `${flag} must be a word of letters, digits, ".", "_" and "-", got ${JSON.stringify(given)}.`,
    );
  },
};

/** How many images: `5000` of every part, or `5000,1000` for training and for test. */
export const LIMIT: Value<number | readonly [train: number, test: number]> = {
  placeholder: 'N|TRAIN,TEST',
  isList: true,
  parse(given, flag) {
    const [train, test, ...more] = given.split(',').map((count) => COUNT.parse(count.trim(), flag));
    if (train !== undefined && more.length === 0) return test === undefined ? train : [train, test];
    throw new UsageError(
      `${flag} must be a number of images, or two, for training and for test, such as 5000,1000, got ${JSON.stringify(given)}.`,
    );
  },
};

/** The size of images, [H, W, C]: `28x28x1`. */
export const SIZE: Value<readonly [number, number, number]> = {
  placeholder: 'HxWxC',
  parse(given, flag) {
    const extents = /^([1-9]\d{0,5})x([1-9]\d{0,5})x([1-9]\d{0,5})$/i.exec(given)?.slice(1).map(Number);
    const [height, width, channels] = extents ?? [];
    if (height !== undefined && width !== undefined && channels !== undefined)
      return [height, width, channels];
    throw new UsageError(
      `${flag} must be height x width x channels, such as 32x32x3, got ${JSON.stringify(given)}.`,
    );
  },
};
