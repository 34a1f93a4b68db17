import type { DataNotice } from '../../data/index.js';
import { dataNoticesInLines } from '../../ui/lines/data-notices.js';
import { tell } from '../../ui/lines/tell.js';

/**
 * Does work on data sets: shows its progress and what it has to say on standard error, and stops it at Ctrl-C.
 * @param stopped what to say when it was stopped
 * @returns the work's result, or the exit code of a program that was interrupted
 */
export async function dataWork<T>(
  work: (hooks: { notify(notice: DataNotice): void; readonly signal: AbortSignal }) => Promise<T>,
  stopped = 'Stopped.',
): Promise<{ readonly result: T } | { readonly exitCode: number }> {
  const { Interrupts } = await import('../../training/interrupts.js');
  const { leaveAtOnce } = await import('../../ui/lines/leave.js');
  const interrupts = new Interrupts(leaveAtOnce);
  const notices = dataNoticesInLines();
  try {
    const result = await work({ notify: notices.notify, signal: interrupts.abortSignal });
    // What cannot be broken off was waited for.
    return interrupts.wish === 'now' ? { exitCode: interrupts.exitCode } : { result };
  } catch (error) {
    if (interrupts.wish !== 'now') throw error;
    notices.finish();
    tell(stopped);
    return { exitCode: interrupts.exitCode };
  } finally {
    notices.finish();
    interrupts.dispose();
  }
}
