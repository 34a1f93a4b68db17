import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { UsageError } from '../errors.js';
import { minOf } from '../extremes.js';
import { setting } from '../text/settings.js';
import { counted } from '../text/words.js';

/**
 * Physical cores this process may use. Two threads on one core share its arithmetic units: for matrix products they only
 * get into each other's way.
 */
export function physicalCores(): number {
  const available = usableProcessors();
  return Math.max(
    1,
    Math.min(available, linuxCores() ?? Math.ceil(available / (process.arch === 'x64' ? 2 : 1))),
  );
}

/** Processors that this process may use at a time: those that it may run on, and no more than its control group grants. */
export function usableProcessors(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(quota())));
}

/** @throws UsageError for more threads than there are processors: they would only get into each other's way */
export function requireThreads(threads: number | undefined): void {
  const usable = usableProcessors();
  if (threads === undefined || threads <= usable) return;
  throw new UsageError(
    `${setting('threads', threads)}: this process may use ${counted(usable, 'processor')}, so take ${setting('threads', usable)} or less.`,
  );
}

/** Processors that Linux's control groups grant, from this process's own to the outermost; Infinity where nothing limits them. */
function quota(): number {
  if (process.platform !== 'linux') return Number.POSITIVE_INFINITY;
  try {
    const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
    const names = own.split('/').filter((name) => name !== '' && name !== '..');
    const folders = names.map((_, i) => `/${names.slice(0, i + 1).join('/')}`);
    return minOf(['', ...folders].map((folder) => quotaOf(`/sys/fs/cgroup${folder}`)));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Of cpu.max, `200000 100000`: microseconds of processor time in so many of the clock's; or the same of version 1. */
function quotaOf(folder: string): number {
  const version2 = numbersIn(`${folder}/cpu.max`);
  const [time, period] =
    version2.length === 2
      ? version2
      : [...numbersIn(`${folder}/cpu/cpu.cfs_quota_us`), ...numbersIn(`${folder}/cpu/cpu.cfs_period_us`)];
  return time! > 0 && period! > 0 ? time! / period! : Number.POSITIVE_INFINITY;
}

function numbersIn(file: string): number[] {
  try {
    return readFileSync(file, 'utf8').trim().split(/\s+/).map(Number);
  } catch {
    return [];
  }
}

/** The processor's name, as its maker has it. */
export function processorName(): string {
  return cpus()[0]?.model.trim() || process.arch;
}

function linuxCores(): number | undefined {
  const folder = '/sys/devices/system/cpu';
  try {
    const siblings = readdirSync(folder)
      .filter((name) => /^cpu\d+$/.test(name))
      .map((name) => readFileSync(`${folder}/${name}/topology/thread_siblings_list`, 'utf8'));
    return siblings.length > 0 ? new Set(siblings).size : undefined;
  } catch {
    return undefined;
  }
}
