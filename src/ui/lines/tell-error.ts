import { codeOf, messageOf, WorkError } from '../../base/errors.js';
import { shortageOf } from '../../base/machine/system-errors.js';
import { setting } from '../../base/text/settings.js';
import { insist } from './tell.js';

/** How errors are to be told. */
export interface ErrorWishes {
  /** As a line of JSON as well. */
  readonly json: boolean;
  /** With where they come from. */
  readonly verbose: boolean;
}

/**
 * Says on standard error what is wrong in one sentence, and of a bug of ours what to do with it.
 * @returns the exit code
 */
export function tellError(error: unknown, { json, verbose }: ErrorWishes): number {
  const known = error instanceof WorkError ? error : (outputError(error) ?? shortageOf(error));
  const lines = known
    ? [...known.sentences]
    : [
        `internal: ${messageOf(error)}`,
        `This is a bug in cnnzoo. Please report it, with the command${verbose ? '' : ` and what it says with ${setting('verbose')}`}.`,
      ];
  if (verbose && error instanceof Error && error.stack) lines.push(...error.stack.split('\n'));
  for (const line of lines) insist(line);
  if (json) process.stderr.write(errorLine(known, messageOf(error)));
  return known?.exitCode ?? 1;
}

/** The error as one line of JSON, for programs: the last of standard error. */
function errorLine(known: WorkError | undefined, message: string): string {
  const error = {
    message: known?.message ?? message,
    place: known?.place ?? null,
    code: known?.code ?? 'internal',
  };
  return `${JSON.stringify({ error })}\n`;
}

/** A full disk or a broken device behind standard output. */
function outputError(error: unknown): WorkError | undefined {
  if ((error as { syscall?: unknown } | null)?.syscall !== 'write') return undefined;
  return new WorkError(
    `The output could not be written (${codeOf(error)}): is there room left where it goes?`,
  );
}
