import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { codeOf } from '../errors.js';
import type { Owner } from './owner-schema.js';

/** Of the processes of a machine outside of any container (PROC_PID_INIT_INO of the Linux kernel). */
const ALL_PIDS = 'pid:[4026531836]';

export function thisProcess(): Owner {
  return {
    pid: process.pid,
    began: beginOf(process.pid),
    host: hostname(),
    machine: textOf('/etc/machine-id'),
    boot: textOf('/proc/sys/kernel/random/boot_id'),
    pids: ownPids(),
  };
}

/** Whether a process is alive, or gone for certain; `elsewhere` where that cannot be seen: in another machine or container. */
type State = 'alive' | 'gone' | 'elsewhere';

/** What has become of a process, as far as that can be seen from here. This process is alive. */
export function stateOf(owner: Owner): State {
  const here = thisProcess();
  if (owner.host !== here.host || differ(owner.machine, here.machine)) return 'elsewhere';
  if (differ(owner.boot, here.boot)) {
    // The machine was started anew. Containers of the same name may be on different machines.
    return owner.pids === ALL_PIDS && here.pids === ALL_PIDS ? 'gone' : 'elsewhere';
  }
  if (differ(owner.pids, here.pids)) return 'elsewhere';
  return isAlive(owner) ? 'alive' : 'gone';
}

/** A process as a part of a file's name: its id, its begin, and digests of the place where its id counts and of that place's start. */
export function ownerName({ pid, began, ...place } = thisProcess()): string {
  return [pid, began ?? '', placeMark(place), bootMark(place)].join('-');
}

/** What has become of the process that a text begins with, as ownerName names it; undefined where it begins with none. */
export function stateOfNamed(text: string): State | undefined {
  const [, pid, began, place, boot] = /^(\d+)-(\w*)-([0-9a-f]{12})-([0-9a-f]{12})/.exec(text) ?? [];
  if (pid === undefined) return undefined;
  const here = thisProcess();
  if (place !== placeMark(here)) return 'elsewhere';
  if (boot !== bootMark(here)) return here.pids === ALL_PIDS ? 'gone' : 'elsewhere';
  return isAlive({ pid: Number(pid), began: began || null }) ? 'alive' : 'gone';
}

function placeMark({ host, machine, pids }: Pick<Owner, 'host' | 'machine' | 'pids'>): string {
  return digestOf([host, machine, pids]);
}

function bootMark({ boot }: Pick<Owner, 'boot'>): string {
  return digestOf(boot);
}

function digestOf(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 12);
}

/** Of two facts that are both known. */
function differ(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other;
}

function isAlive({ pid, began }: Pick<Owner, 'pid' | 'began'>): boolean {
  if (!isRunning(pid)) return false;
  const found = beginOf(pid);
  // Some systems hide the processes of other users.
  return found === null ? isRunning(pid) : found === began;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/**
 * Linux: clock ticks from the system's start to the process's; "dead" of one whose parent has not asked for its end yet.
 * null where the system does not say.
 */
function beginOf(pid: number): string | null {
  // "PID (NAME) STATE PPID ...", where NAME may hold spaces and brackets; the begin is the 22nd field.
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return /[ZX]/.test(fields[0]!) ? 'dead' : (fields[19] ?? null);
}

function ownPids(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}
