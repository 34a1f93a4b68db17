import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

/**
 * Physical cores this process may use. Two threads on one core share its arithmetic units: for matrix products they only
 * get into each other's way.
 */
export function physicalCores(): number {
  const available = availableParallelism();
  return Math.max(
    1,
    Math.min(available, linuxCores() ?? Math.ceil(available / (process.arch === 'x64' ? 2 : 1))),
  );
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
