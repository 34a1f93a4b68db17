/** "a", "a and b", "a, b and c", "a, b and 7 more": at most `most` of them by name. */
export function listed(items: readonly string[], most: number): string {
  const rest = items.length - most;
  // One more is named rather than plural.
  const named = rest > 1 ? [...items.slice(0, most), `${thousands(rest)} more`] : items;
  return named.length < 2 ? named.join() : `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`;
}

/** "folder" for one, "folders" for several. */
export function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}

/** 20000 as "20,000". */
export function thousands(count: number): string {
  return count.toLocaleString('en-US');
}

/** "table, json or csv". */
export function either(options: readonly string[]): string {
  if (options.length < 2) return options.join('');
  return `${options.slice(0, -1).join(', ')} or ${options.at(-1)}`;
}
