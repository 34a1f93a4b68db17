import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../src/base/errors.js';
import { lockFolder } from '../../src/runs/folder-lock.js';

/*
 * Takes a folder and leaves it, time and again; says "owned" each time, and "double" where another process that lives owns
 * it, too. In the end it is killed while it owns the folder.
 */

const dir = process.argv[2]!;
const witness = join(dir, 'witness');

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** A file of its owner alone: where there is one of another process that lives, the folder has two. */
function enter(): void {
  try {
    writeFileSync(witness, String(process.pid), { flag: 'wx' });
  } catch {
    const other = Number(readFileSync(witness, 'utf8'));
    if (isAlive(other)) process.stdout.write('double\n');
    writeFileSync(witness, String(process.pid));
  }
}

const end = performance.now() + 3000 * Math.random();
for (;;) {
  const lock = await lockFolder(dir).catch((error: unknown) => {
    if (error instanceof UsageError) return null;
    throw error;
  });
  if (lock === null) {
    await sleep(Math.random());
    continue;
  }
  enter();
  process.stdout.write('owned\n');
  await sleep(2 * Math.random());
  if (Number(readFileSync(witness, 'utf8')) !== process.pid) process.stdout.write('double\n');
  if (performance.now() > end) process.kill(process.pid, 'SIGKILL');
  rmSync(witness);
  await lock.release();
}
