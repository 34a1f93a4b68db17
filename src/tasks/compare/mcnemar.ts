/**
 * McNemar's exact test (1947): two networks are shown the same images, and only those that one of them alone gets right tell
 * them apart. Were both as good, each of these would fall to either like a coin.
 * @param onlyA images that the first alone gets right
 * @param onlyB images that the second alone gets right
 * @returns the two-sided p-value: how likely a split at least as uneven is by chance
 */
export function mcnemar(onlyA: number, onlyB: number): number {
  const n = onlyA + onlyB;
  const fewer = Math.min(onlyA, onlyB);
  if (2 * fewer >= n) return 1;
  // log C(n, i) - n log 2, from i = 0 on; the terms grow up to the last, which is taken out so that none underflows.
  const terms = [-n * Math.LN2];
  for (let i = 0; i < fewer; i++) terms.push(terms[i]! + Math.log((n - i) / (i + 1)));
  const last = terms.at(-1)!;
  const sum = terms.reduce((total, term) => total + Math.exp(term - last), 0);
  return Math.min(1, 2 * Math.exp(last) * sum);
}

/**
 * p-values of several tests, each raised so that any of them falls below a level by chance no more often than one alone
 * would (S. Holm 1979).
 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[a]! - ps[b]!);
  const adjusted = new Array<number>(ps.length);
  let least = 0;
  order.forEach((index, rank) => {
    least = Math.max(least, Math.min(1, (ps.length - rank) * ps[index]!));
    adjusted[index] = least;
  });
  return adjusted;
}
