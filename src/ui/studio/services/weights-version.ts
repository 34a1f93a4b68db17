import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKPOINT, WEIGHTS } from '../../../runs/run-paths.js';

/** What tells the weights that a run has to show from those before them; empty where there are none yet. */
export function weightsVersion(run: string): string {
  for (const file of [WEIGHTS, CHECKPOINT]) {
    const status = statusOf(join(run, file));
    if (status !== undefined) return `${file} ${status.mtimeMs} ${status.size} ${status.ino}`;
  }
  return '';
}

function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
