import { codeOf, messageOf, WorkError } from '../errors.js';
import { setting } from '../text/settings.js';

/** What the system has no more of, and what helps. */
const SHORTAGES: Readonly<Record<string, () => string>> = {
  EMFILE: () =>
    `This process may open no more files: allow more (ulimit -n 1024), or use less ${setting('threads')}.`,
  ENFILE: () => 'The system has too many files open: close other programs, or raise its limit.',
  EAGAIN: () =>
    `No more threads or processes can be started here: allow more (ulimit -u), use less ${setting('threads')}, or end other programs.`,
  ENOMEM: () =>
    `Memory has run out: end other programs, allow more (ulimit -v), or try a smaller ${setting('batchSize')} or ${setting('microBatches')}.`,
  ENOSPC: () => 'The disk is full: make room where the files go and in the folder of temporary files.',
  EDQUOT: () => "The user's share of the disk is used up: make room where the files go.",
  EFBIG: () => 'A file would become larger than is allowed here: allow larger ones (ulimit -f).',
};

/** The codes with which Node says the same of its threads and libraries. */
const SAME: Readonly<Record<string, string>> = {
  ERR_WORKER_OUT_OF_MEMORY: 'ENOMEM',
  ERR_MEMORY_ALLOCATION_FAILED: 'ENOMEM',
  ERR_WORKER_INIT_FAILED: 'EAGAIN',
};

/**
 * An error that comes from the system and not from the program, in one sentence with the way out; undefined where it is
 * none. A library that cannot be loaded is told with the system's own reason.
 */
export function shortageOf(error: unknown): WorkError | undefined {
  // What has been said in our own words is not said again around them.
  if (error instanceof WorkError) return undefined;
  const code = codeOf(error) ?? '';
  // A thread that cannot be started says why in words.
  const known =
    SAME[code] === 'EAGAIN' ? (/E[A-Z]{3,}/.exec(messageOf(error))?.[0] ?? 'EAGAIN') : (SAME[code] ?? code);
  const sentence = SHORTAGES[known]?.();
  if (sentence !== undefined) return new WorkError(`${sentence} (${messageOf(error)})`);
  const memory = /cannot allocate memory|failed to map segment|array buffer allocation failed|bad_alloc/i;
  if (memory.test(messageOf(error))) return new WorkError(`${SHORTAGES.ENOMEM!()} (${firstLine(error)})`);
  if (/resource temporarily unavailable/i.test(messageOf(error))) {
    return new WorkError(`${SHORTAGES.EAGAIN!()} (${firstLine(error)})`);
  }
  if (code !== 'ERR_DLOPEN_FAILED') return undefined;
  return new WorkError(
    `A library cannot be loaded: ${firstLine(error)}. Install cnnzoo anew, or see what "cnnzoo doctor" says.`,
  );
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n')[0]!.replace(/\.$/, '');
}
