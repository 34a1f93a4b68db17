/** The next few of a sequence; fewer at its end. */
export async function take<T>(sequence: AsyncGenerator<T, void>, count: number): Promise<T[]> {
  const items: T[] = [];
  while (items.length < count) {
    const { value, done } = await sequence.next();
    if (done) break;
    items.push(value);
  }
  return items;
}
