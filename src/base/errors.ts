/** The work could not be done (data missing, diverged, disk full): one sentence for the user, or one a thing that failed; exit code 1. */
export class WorkError extends Error {
  readonly exitCode: number = 1;
  override readonly name: string = 'WorkError';
  readonly sentences: readonly string[];

  constructor(message: string | readonly string[], options?: ErrorOptions) {
    const sentences = typeof message === 'string' ? [message] : message;
    super(sentences.join('\n'), options);
    this.sentences = sentences;
  }
}

/** Wrong usage, unknown model or invalid config: one sentence for the user, exit code 2. */
export class UsageError extends WorkError {
  override readonly exitCode = 2;
  override readonly name = 'UsageError';
}

/** The work was done, and a figure falls short of what was asked: one sentence that names it, exit code 3. */
export class ShortfallError extends WorkError {
  override readonly exitCode = 3;
  override readonly name = 'ShortfallError';
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's error code (`ENOENT`, `ENOSPC`, ...) of anything that was thrown, if it has one. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
