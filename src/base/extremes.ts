/**
 * The largest of some numbers, however many: the arguments of `Math.max(...values)` lie on the stack, which some hundred
 * thousand overflow.
 * @param least what it is at least; the answer where there are no numbers
 */
export function maxOf(values: Iterable<number>, least = Number.NEGATIVE_INFINITY): number {
  let largest = least;
  for (const value of values) largest = Math.max(largest, value);
  return largest;
}

/** The smallest of some numbers, as maxOf. @param most what it is at most; the answer where there are no numbers */
export function minOf(values: Iterable<number>, most = Number.POSITIVE_INFINITY): number {
  let smallest = most;
  for (const value of values) smallest = Math.min(smallest, value);
  return smallest;
}

/** The middle one of some numbers by size, or the mean of the two in the middle. There must be one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
