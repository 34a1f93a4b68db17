import { UsageError } from '../base/errors.js';
import { setting } from '../base/text/settings.js';

/** What `sort` takes: a column, and perhaps in which order: `params:desc`. @throws UsageError for another order */
export function readSort(given: string): { readonly name: string; readonly sign: 1 | -1 | undefined } {
  const at = given.lastIndexOf(':');
  if (at < 0) return { name: given, sign: undefined };
  const order = given.slice(at + 1);
  if (order === 'asc') return { name: given.slice(0, at), sign: 1 };
  if (order === 'desc') return { name: given.slice(0, at), sign: -1 };
  throw new UsageError(
    `${setting('sort', given)}: the order of a column is asc or desc, got ${JSON.stringify(order)}.`,
  );
}

/** Values in rising order, or falling with -1; null comes last either way. */
export function compareValues<T extends string | number>(a: T | null, b: T | null, sign: 1 | -1): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return sign * (a < b ? -1 : 1);
}
