import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import * as z from 'zod';
import { codeOf } from '../errors.js';

/** The process that trains a run: two at once would overwrite each other's checkpoints. */
export const ownerSchema = z.object({
  pid: z.int(),
  /** When the process began, in the system's own words: process ids are used again. null where the system does not say. */
  began: z.string().nullable(),
  host: z.string(),
});
export type Owner = z.output<typeof ownerSchema>;

export function thisProcess(): Owner {
  return { pid: process.pid, began: beginOf(process.pid), host: hostname() };
}

/** Whether the process is alive and not this one; false where that cannot be seen from here. */
export function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname() || owner.pid === process.pid) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false;
  }
  return beginOf(owner.pid) === owner.began;
}

/** Linux: clock ticks from the system's start to the process's. */
function beginOf(pid: number): string | null {
  try {
    // "PID (NAME) STATE PPID ...", where NAME may hold spaces and brackets; the begin is the 22nd field.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
