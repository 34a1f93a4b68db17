import { codeOf, messageOf } from '../../../base/errors.js';

/** Sends a signal to a process. @returns a sentence where that came to nothing; null where it was sent */
export function sendSignal(pid: number, signal: NodeJS.Signals): string | null {
  try {
    process.kill(pid, signal);
    return null;
  } catch (error) {
    switch (codeOf(error)) {
      case 'ESRCH':
        return 'It has ended already.';
      case 'EPERM':
        return 'Its process belongs to another user, who alone can end it.';
      default:
        return messageOf(error);
    }
  }
}
