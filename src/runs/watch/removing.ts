import { rm } from 'node:fs/promises';
import { messageOf, WorkError } from '../../base/errors.js';
import { requireUnlocked } from '../folder-lock.js';
import { requireRun } from '../run-paths.js';

/** @throws UsageError where one is no run, or a process owns it */
export async function requireRemovable(dirs: readonly string[]): Promise<void> {
  for (const dir of dirs) {
    requireRun(dir);
    await requireUnlocked(dir);
  }
}

/**
 * Removes run folders with all that is in them, once it is known that each may be removed.
 * @param removed told of each that is gone
 * @throws UsageError where one is no run, or a process owns it: nothing is removed then; WorkError where the system refuses
 */
export async function removeAll(dirs: readonly string[], removed: (dir: string) => void): Promise<void> {
  await requireRemovable(dirs);
  for (const dir of new Set(dirs)) {
    try {
      await rm(dir, { recursive: true });
    } catch (error) {
      throw new WorkError(`${dir} could not be removed: ${messageOf(error)}.`);
    }
    removed(dir);
  }
}
