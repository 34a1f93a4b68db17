import { UsageError } from '../../base/errors.js';
import { setting } from '../../base/text/settings.js';
import { blurred, contrasted, type Distortion, noisy, rotated, shifted, zoomed } from './distortions.js';

/** One way in which images change. */
interface Change {
  /** What an amount counts. */
  readonly unit: string;
  /** The amount that leaves images as they are. */
  readonly neutral: number;
  /** Between the amounts of a range. */
  readonly step: number;
  /** Taken where no amounts are named. */
  readonly usual: string;
  readonly least: number;
  readonly most: number;
  /** Whether amounts are whole numbers. */
  readonly whole?: boolean;
  readonly distort: Distortion;
}

export const CHANGES = {
  shift: {
    unit: 'pixels',
    neutral: 0,
    step: 1,
    usual: '0..6',
    least: 0,
    most: 1000,
    whole: true,
    distort: shifted,
  },
  rotate: { unit: 'degrees', neutral: 0, step: 5, usual: '0..30', least: 0, most: 180, distort: rotated },
  zoom: { unit: 'times', neutral: 1, step: 0.1, usual: '0.7..1.3', least: 0.1, most: 10, distort: zoomed },
  noise: { unit: 'of white', neutral: 0, step: 0.1, usual: '0..0.5', least: 0, most: 2, distort: noisy },
  blur: { unit: 'pixels', neutral: 0, step: 0.5, usual: '0..3', least: 0, most: 50, distort: blurred },
  contrast: {
    unit: 'times',
    neutral: 1,
    step: 0.2,
    usual: '0.2..1',
    least: 0,
    most: 10,
    distort: contrasted,
  },
} as const satisfies Record<string, Change>;

export type ChangeName = keyof typeof CHANGES;

/** In the order in which they are shown. */
export const CHANGE_NAMES = Object.keys(CHANGES) as readonly ChangeName[];

/** How a kind of change is done, with its names forgotten. */
export function changeOf(name: ChangeName): Change {
  return CHANGES[name];
}

/** The amounts of every change that was asked for: `true` means the usual ones. Shifts where none was. */
export function wantedChanges(
  asked: Partial<Readonly<Record<ChangeName, readonly number[] | true>>>,
): Map<ChangeName, readonly number[]> {
  const named = CHANGE_NAMES.filter((name) => asked[name] !== undefined);
  const names: readonly ChangeName[] = named.length > 0 ? named : ['shift'];
  return new Map(
    names.map((name) => {
      const amounts = asked[name] ?? true;
      return [name, amounts === true ? readAmounts(name, '') : amounts];
    }),
  );
}

const MOST_AMOUNTS = 50;

/**
 * Amounts of a change: `3`, `0,2,4`, `0..6` in the change's own steps, `0..30:10` in others; with nothing the usual ones.
 * @throws UsageError for what is no amount of this change
 */
export function readAmounts(name: ChangeName, text: string): number[] {
  const change = changeOf(name);
  const words = (text.trim() === '' ? change.usual : text).split(',');
  const amounts = words.flatMap((word) => amountsOf(name, word.trim(), change));
  for (const amount of amounts) requireAmount(name, amount, change);
  return [...new Set(amounts)];
}

function amountsOf(name: ChangeName, word: string, { step, usual }: Change): number[] {
  const [, first, last = first, by = step] =
    /^(-?\d+(?:\.\d+)?)(?:\.\.(-?\d+(?:\.\d+)?)(?::(\d+(?:\.\d+)?))?)?$/.exec(word) ?? [];
  const [from, to, width] = [Number(first), Number(last), Number(by)];
  const count = Math.floor((to - from) / width + 1e-9) + 1;
  if (from <= to && width > 0 && count <= MOST_AMOUNTS)
    return Array.from({ length: count }, (_, i) => Number((from + i * width).toPrecision(12)));
  const rest = count > MOST_AMOUNTS ? `, at most ${MOST_AMOUNTS} of them` : '';
  throw new UsageError(
    `${setting(name)} must be amounts such as ${usual}, ${usual}:${2 * step} or 1,2${rest}, got ${JSON.stringify(word)}.`,
  );
}

function requireAmount(name: ChangeName, amount: number, { least, most, whole, unit }: Change): void {
  if (amount >= least && amount <= most && (!whole || Number.isInteger(amount))) return;
  const number = whole ? 'a whole number' : 'a number';
  throw new UsageError(
    `${setting(name, amount)}: ${number} from ${least} to ${most} was expected (${unit}).`,
  );
}
