import { formatInteger } from './format.js';

/** "a", "a and b", "a, b and c", "a, b and 7 more": at most `most` of them by name. */
export function listed(items: readonly string[], most = items.length): string {
  const rest = items.length - most;
  // One more is named rather than plural.
  const named = rest > 1 ? [...items.slice(0, most), `${formatInteger(rest)} more`] : items;
  return joined(named, 'and');
}

/** "a", "a or b", "a, b or c". */
export function either(items: readonly string[]): string {
  return joined(items, 'or');
}

function joined(items: readonly string[], last: 'and' | 'or'): string {
  return items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}

/** "folder" for one, "folders" for several. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return count === 1 ? noun : many;
}

/** "1 epoch", "12 epochs", "1,000 epochs". */
export function counted(count: number, one: string, many?: string): string {
  return `${formatInteger(count)} ${plural(count, one, many)}`;
}

/** Texts by their code units, as a comparison for sorting. */
export function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
