import { UsageError } from '../errors.js';
import { requireThreads } from './cores.js';

/** The number behind a flag that counts something. @throws UsageError where it is not a whole number of at least 1. */
export function readCount(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && Number.isSafeInteger(count)) return count;
  const isNumber = /^-?\d+(\.\d+)?$/.test(text);
  throw new UsageError(
    `${flag} must be a whole number of at least 1, got ${isNumber ? text : JSON.stringify(text)}.`,
  );
}

/** The number behind `--threads`. @throws UsageError also where this process may not use so many processors */
export function readThreads(text: string | undefined): number | undefined {
  const threads = readCount('--threads', text);
  requireThreads(threads);
  return threads;
}
