import { readFileSync } from 'node:fs';

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

/** What /proc says of this process; nothing where there is no such file. */
function statusOfProcess(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}
