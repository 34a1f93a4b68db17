/** What an error may say of itself beside its sentence. */
export interface ErrorFacts extends ErrorOptions {
  /** Where in a text of the user's: `my.yaml:5:3`. */
  readonly place?: string;
}

/** The work could not be done (data missing, diverged, disk full): one sentence for the user, or one a thing that failed; exit code 1. */
export class WorkError extends Error {
  readonly exitCode: number = 1;
  /** What kind of error it is, for programs. */
  readonly code: string = 'failed';
  override readonly name: string = 'WorkError';
  readonly sentences: readonly string[];
  /** `file:line:column`; null where it is about no place in a text. */
  readonly place: string | null;

  constructor(message: string | readonly string[], options?: ErrorFacts) {
    const sentences = typeof message === 'string' ? [message] : message;
    super(sentences.join('\n'), options);
    this.sentences = sentences;
    this.place = options?.place ?? null;
  }
}

/** Wrong usage, unknown model or invalid config: one sentence for the user, exit code 2. */
export class UsageError extends WorkError {
  override readonly exitCode = 2;
  override readonly code: string = 'usage';
  override readonly name = 'UsageError';
}

/** What is asked for is another process's at this moment, which may be seen from here or not. */
export class OwnedError extends UsageError {
  override readonly code = 'owned';
}

/** The work was done, and a figure falls short of what was asked: one sentence that names it, exit code 3. */
export class ShortfallError extends WorkError {
  override readonly exitCode = 3;
  override readonly code = 'shortfall';
  override readonly name = 'ShortfallError';
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's error code (`ENOENT`, `ENOSPC`, ...) of anything that was thrown, if it has one. */
export function codeOf(error: unknown): string | undefined {
  // Errors of our own have codes of another kind.
  if (error instanceof WorkError) return undefined;
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
