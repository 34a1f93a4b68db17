/** Something in a network and the names of those that read it. */
interface Place {
  readonly name: string;
  readonly readers: readonly string[];
}

/**
 * Where all ways from each place meet again: the first that every way to the end passes (its immediate post-dominator,
 * by the method of Cooper, Harvey and Kennedy 2001); null where they meet nowhere.
 * @param places each after those that it reads
 */
export function mergesOf(places: readonly Place[]): ReadonlyMap<string, string | null> {
  const order = new Map(places.map(({ name }, i) => [name, i]));
  const merges = new Map<string, string | null>();
  const indexOf = (name: string | null): number => (name === null ? places.length : order.get(name)!);
  const meet = (a: string | null, b: string | null): string | null => {
    let [one, other] = [a, b];
    while (one !== other) {
      if (indexOf(one) < indexOf(other)) one = merges.get(one!) ?? null;
      else other = merges.get(other!) ?? null;
    }
    return one;
  };
  for (const { name, readers } of places.toReversed()) {
    const [first = null, ...others] = readers;
    merges.set(name, others.reduce<string | null>(meet, first));
  }
  return merges;
}
