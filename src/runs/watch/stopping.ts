import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { stateOf } from '../../base/machine/owner.js';
import type { StopRequest } from '../events.js';
import type { RunBrief } from './run-brief.js';

/** How a training in another process is asked to stop, or why it cannot be. */
export type Stopping =
  | { readonly pid: number; readonly signal: NodeJS.Signals; readonly line: string }
  | { readonly problem: string };

/** What a training hears as a wish (src/training/interrupts.ts): at once as Ctrl-C, or after the epoch. */
const SIGNALS: Readonly<Record<StopRequest, NodeJS.Signals>> = { now: 'SIGINT', 'after-epoch': 'SIGUSR2' };

/** The signal that asks the process of a run to stop, as the command line that sends it. */
export function stoppingOf({ owner, cnnzoo }: RunBrief, when: StopRequest): Stopping {
  const state = stateOf(owner);
  if (state === 'elsewhere')
    return { problem: `It is trained by process ${owner.pid} on ${owner.host}: stop it there.` };
  if (state === 'gone') return { problem: 'No process trains it any more.' };
  const signal = SIGNALS[when];
  // A process that does not listen would end there and then, unsaved.
  if (!catches(owner.pid, signal))
    return { problem: `Process ${owner.pid} is a cnnzoo ${cnnzoo} that can only be stopped at once.` };
  return { pid: owner.pid, signal, line: `kill -${signal.slice(3)} ${owner.pid}` };
}

/** Linux: whether a process has a say in what a signal does; where the system does not tell, it is taken for granted. */
function catches(pid: number, signal: NodeJS.Signals): boolean {
  try {
    const [, caught] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    if (caught === undefined) return true;
    return ((BigInt(`0x${caught}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
  } catch {
    return process.platform !== 'win32';
  }
}
