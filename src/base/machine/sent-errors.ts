import { messageOf, UsageError, WorkError } from '../errors.js';
import { shortageOf } from './system-errors.js';

/** An error on its way between threads. */
export interface SentError {
  readonly kind: 'work' | 'usage' | 'internal';
  readonly message: string;
  readonly stack: string | undefined;
}

/** What was thrown, so that another thread can throw it; a lack of memory or of threads in our own words. */
export function sentError(thrown: unknown): SentError {
  const error = shortageOf(thrown) ?? thrown;
  const kind = error instanceof UsageError ? 'usage' : error instanceof WorkError ? 'work' : 'internal';
  return { kind, message: messageOf(error), stack: error instanceof Error ? error.stack : undefined };
}

const KINDS = { usage: UsageError, work: WorkError, internal: Error } as const;

/** The inverse. */
export function receivedError({ kind, message, stack }: SentError): Error {
  const error = new KINDS[kind](message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
