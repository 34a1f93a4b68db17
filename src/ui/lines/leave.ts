import { removeNow } from '../../base/files/at-exit.js';

const restorers = new Set<() => void>();

/** Names what must be put right (raw mode, a hidden cursor) before the process may be killed. Returns the way to take it back. */
export function beforeLeaving(restore: () => void): () => void {
  restorers.add(restore);
  return () => {
    restorers.delete(restore);
  };
}

/**
 * Ends the process now, as Ctrl-C ends one that has no say in it, so that a shell sees 130. Works while a worker is deep
 * in native code, where `process.exit` would wait for it.
 */
export function leaveAtOnce(signal: NodeJS.Signals = 'SIGINT'): void {
  for (const restore of restorers) restore();
  restorers.clear();
  removeNow();
  // With no listener left the system's own action takes the process down.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
