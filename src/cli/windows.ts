import { UsageError } from '../base/errors.js';
import type { Padding } from '../models/graph/window.js';
import type { Value } from './values.js';

/** Values of flags that say how a window moves over a map, and which of its channels are meant. */

/** Numbers from 0 on, with their ranges written out: `0,3,8..12`. */
export const NUMBERS: Value<readonly number[]> = {
  placeholder: 'LIST',
  parse: (given, flag) =>
    given.split(',').flatMap((word) => {
      const [, first, last = first] = /^\s*(\d{1,6})(?:\.\.(\d{1,6}))?\s*$/.exec(word) ?? [];
      const [from, to] = [Number(first), Number(last)];
      if (from <= to) return Array.from({ length: to - from + 1 }, (_, i) => from + i);
      throw new UsageError(
        `${flag} must be numbers from 0 on, such as 0,3,8..12, got ${JSON.stringify(word.trim())}.`,
      );
    }),
};

/** How far a window moves: `2`, or down and across, `2,1`. */
export const STRIDES: Value<number | [number, number]> = {
  placeholder: 'N',
  parse(given, flag) {
    const [, down, across] = /^\s*(\d{1,5})(?:[,x](\d{1,5}))?\s*$/.exec(given) ?? [];
    const strides = [down, across ?? down].map(Number) as [number, number];
    if (strides.every((stride) => stride >= 1)) return across === undefined ? strides[0] : strides;
    throw new UsageError(
      `${flag} must be a whole number of at least 1, or two such as 2,1, got ${JSON.stringify(given)}.`,
    );
  },
};

/** `same`, `valid` or so many zeros on every side. */
export const PADDING: Value<Padding> = {
  placeholder: 'same|valid|N',
  parse(given, flag) {
    if (given === 'same' || given === 'valid') return given;
    if (/^\d{1,5}$/.test(given)) return Number(given);
    throw new UsageError(
      `${flag} must be same, valid or a whole number of zeros on every side, got ${JSON.stringify(given)}.`,
    );
  },
};
