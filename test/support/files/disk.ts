import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file system of its own in `folder`, as small as wanted; undefined where this process may not mount one. */
export function smallDisk(folder: string, kilobytes: number): string | undefined {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', disk]);
  if (status === 0) return disk;
  console.log('skipped: a small file system can be mounted by root only');
  return undefined;
}

export function unmount(disk: string): void {
  spawnSync('umount', [disk]);
}

/** Writes a file that leaves so many bytes of its disk. */
export function fill(path: string, leave: number): void {
  const chunk = Buffer.alloc(4096);
  let size = 0;
  try {
    for (;;) {
      writeFileSync(path, chunk, { flag: 'a' });
      size += chunk.length;
    }
  } catch {
    writeFileSync(path, Buffer.alloc(size - leave));
  }
}
