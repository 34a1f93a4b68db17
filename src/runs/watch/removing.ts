import { rm } from 'node:fs/promises';
import { UsageError } from '../../base/errors.js';
import { requireUnlocked } from '../folder-lock.js';
import { requireRun } from '../run-paths.js';

/** Removes a run's folder with all that is in it. @throws UsageError where it is no run, or a process owns it */
export async function removeRun(dir: string): Promise<void> {
  requireRun(dir);
  await requireUnlocked(dir);
  try {
    await rm(dir, { recursive: true });
  } catch (error) {
    throw new UsageError(`${dir} could not be removed: ${(error as Error).message}.`);
  }
}
