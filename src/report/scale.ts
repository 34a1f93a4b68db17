import { maxOf, minOf } from '../base/extremes.js';
import { formatPercent } from '../base/text/format.js';

/** How figures lie along an axis: by their differences, or by their ratios. */
export interface Scale {
  readonly isLogarithmic: boolean;
  readonly low: number;
  readonly high: number;
  /** Where a figure lies, from 0 at `low` to 1 at `high`. */
  at(value: number): number;
  /** Round figures from `low` to `high`. */
  readonly ticks: readonly number[];
}

/** From this ratio of the largest to the smallest on figures lie by their ratios. */
const LOGARITHMIC_FROM = 8;

/** An axis for figures above 0 that may differ by orders of magnitude, with a little room at both ends. */
export function costScale(values: readonly number[]): Scale {
  const [low, high] = [minOf(values), maxOf(values)];
  if (low <= 0 || high / low < LOGARITHMIC_FROM) return linearScale([Math.min(0, low), high * 1.05], 4);
  const room = (high / low) ** 0.08;
  return logarithmicScale(low / room, high * room);
}

/** Times that people count in, in seconds. */
const ROUND_TIMES = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800],
  ...[1, 2, 5, 10, 24, 48, 120, 240, 480].map((hours) => 3600 * hours),
];
const MOST_TIMES = 5;

/** The same for times in seconds, with ticks at round times. */
export function timeScale(values: readonly number[]): Scale {
  const scale = costScale(values);
  if (!scale.isLogarithmic) return scale;
  const inside = ROUND_TIMES.filter((time) => time >= scale.low && time <= scale.high);
  const every = Math.ceil(inside.length / MOST_TIMES);
  return { ...scale, ticks: inside.filter((_, i) => i % every === 0) };
}

/** An axis by differences. */
export function linearScale(values: readonly number[], wantedTicks: number): Scale {
  const [least, most] = [minOf(values), maxOf(values)];
  const room = most === least ? Math.max(Math.abs(most) * 0.01, 1e-9) : 0;
  const [low, high] = [least - room, most + room];
  const step = roundStep((high - low) / wantedTicks);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  const ticks = Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { isLogarithmic: false, low, high, at: (value) => (value - low) / (high - low), ticks };
}

/** An axis by ratios, with ticks at powers of ten, and at their twofold and fivefold where these are few. */
export function logarithmicScale(low: number, high: number): Scale {
  const [bottom, top] = [Math.log10(low), Math.log10(high)];
  const powers = Array.from(
    { length: Math.floor(top) - Math.floor(bottom) + 1 },
    (_, i) => Math.floor(bottom) + i,
  );
  const inside = (factors: readonly number[]) =>
    powers
      .flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(12))))
      .filter((tick) => tick >= low * 0.999999 && tick <= high * 1.000001);
  const tens = inside([1]);
  const ticks = tens.length >= 3 ? tens : inside(top - bottom > 1.2 ? [1, 3] : [1, 2, 5]);
  return {
    isLogarithmic: true,
    low,
    high,
    at: (value) => (Math.log10(value) - bottom) / (top - bottom),
    ticks,
  };
}

/** Writes the ticks of an axis of shares in percent, with as many decimals as the finest of them needs. */
export function percentTicks({ ticks }: Scale): (share: number) => string {
  const isExact = (digits: number) =>
    ticks.every((tick) => Math.abs(Number((100 * tick).toFixed(digits)) - 100 * tick) < 1e-9);
  const digits = [0, 1, 2].find(isExact) ?? 3;
  return (share) => formatPercent(share, digits);
}

/** 1, 2, 2.5 or 5 times a power of ten, not much less than `step`. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((round) => round >= 0.75 * step)!;
}
