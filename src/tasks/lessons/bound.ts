import type { BoundSetting } from './schema.js';

/** What a figure is to be. Of a list each value is held to it. */
export type Bound =
  | { readonly kind: 'equals'; readonly value: unknown }
  | { readonly kind: 'atLeast' | 'atMost'; readonly value: number }
  | { readonly kind: 'within'; readonly value: unknown; readonly tolerance: number };

/** The bound that a setting has; undefined where it has none or several. */
export function boundOf({ equals, atLeast, atMost, within }: BoundSetting): Bound | undefined {
  const bounds: Bound[] = [
    ...(equals === undefined ? [] : [{ kind: 'equals', value: equals } as const]),
    ...(atLeast === undefined ? [] : [{ kind: 'atLeast', value: atLeast } as const]),
    ...(atMost === undefined ? [] : [{ kind: 'atMost', value: atMost } as const]),
    ...(within === undefined ? [] : [{ kind: 'within', value: within[0], tolerance: within[1] } as const]),
  ];
  return bounds.length === 1 ? bounds[0] : undefined;
}

/** Whether a value of a result is as it is to be. */
export function holds(bound: Bound, value: unknown): boolean {
  const ours = squeezed(value);
  const theirs = squeezed(bound.value);
  switch (bound.kind) {
    case 'equals':
      return everyPair(ours, theirs, isSame);
    case 'atLeast':
      return everyNumber(ours, (number) => number >= bound.value);
    case 'atMost':
      return everyNumber(ours, (number) => number <= bound.value);
    case 'within':
      return everyPair(
        ours,
        theirs,
        (a, b) =>
          typeof a === 'number' &&
          typeof b === 'number' &&
          Math.abs(a - b) <= bound.tolerance * (1 + RELATIVE),
      );
  }
}

/** Figures that are written short and computed in single precision agree to so much of their size. */
const RELATIVE = 1e-6;

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Math.abs(a - b) <= RELATIVE * Math.max(Math.abs(a), Math.abs(b));
}

/** Lists of one, such as the only channel of a map, as their one value. */
export function squeezed(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.length === 1 ? squeezed(value[0]) : value.map(squeezed);
}

function everyPair(a: unknown, b: unknown, test: (a: unknown, b: unknown) => boolean): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return !Array.isArray(a) && !Array.isArray(b) && test(a, b);
  return a.length === b.length && a.every((item, i) => everyPair(item, b[i], test));
}

function everyNumber(value: unknown, test: (number: number) => boolean): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((item) => everyNumber(item, test));
  return typeof value === 'number' && test(value);
}
