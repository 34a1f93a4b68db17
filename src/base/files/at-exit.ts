import { rmSync } from 'node:fs';

/** Files that are of no use to anyone once this process has ended. */
const files = new Set<string>();

/** Has a file deleted when this process ends, unless it is killed. Returns the way to take that back. */
export function removeAtExit(path: string): () => void {
  files.add(path);
  return () => {
    files.delete(path);
  };
}

/** Deletes them now: for who ends the process in a way that its listeners of the exit are not told of. */
export function removeNow(): void {
  for (const path of files) {
    try {
      rmSync(path, { force: true });
    } catch {
      // It stays, and whoever finds it sees that its process is gone.
    }
  }
  files.clear();
}

process.on('exit', removeNow);
