import { join } from 'node:path';
import { statusOf } from '../../../base/files/folders.js';
import { CHECKPOINT, WEIGHTS } from '../../../runs/run-paths.js';

/** What tells the weights that a run has to show from those before them; empty where there are none yet. */
export function weightsVersion(run: string): string {
  for (const file of [WEIGHTS, CHECKPOINT]) {
    const status = statusOf(join(run, file));
    if (status !== undefined) return `${file} ${status.mtimeMs} ${status.size} ${status.ino}`;
  }
  return '';
}
