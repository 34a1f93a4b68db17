import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

/**
 * The largest resident size that this process has had, in bytes.
 *
 * On Linux the kernel's VmHWM, since the figure of getrusage(2) is never below the size of the process
 * that started this one.
 */
export function peakMemory(): number {
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(statusOfProcess()) ?? [];
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) * 1024;
}

/** The memory that this process may take at most, in bytes: the machine's, or what its control group grants. */
export function usableMemory(): number {
  // 0, or more than any machine has, where nothing limits it.
  const granted = process.constrainedMemory();
  return granted > 0 ? Math.min(granted, totalmem()) : totalmem();
}

/** What /proc says of this process; nothing where there is no such file. */
function statusOfProcess(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}
