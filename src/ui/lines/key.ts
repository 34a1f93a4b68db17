import { beforeLeaving } from './leave.js';

/** What a key asked for: to go on, to leave, or to break off as Ctrl-C does. */
export type KeyWish = 'next' | 'leave' | 'interrupted';

/** Where a key is waited for: terminals, both of them. */
export interface KeyStreams {
  readonly stdin: Pick<NodeJS.ReadStream, 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'>;
  readonly stderr: { write(text: string): boolean };
}

/** Of the line and the empty one above it. */
const CLEAR = '\r\u001b[K\u001b[A';

/**
 * Shows a line below an empty one and waits for a key: space, enter or the right arrow go on, q and escape leave. The lines are gone and the terminal as
 * it was when it returns.
 * @param signal ends the waiting as Ctrl-C does
 */
export async function waitForKey(
  line: string,
  { stdin, stderr }: KeyStreams,
  signal: AbortSignal,
): Promise<KeyWish> {
  const restore = () => {
    stdin.setRawMode(false);
    stderr.write(CLEAR);
  };
  stderr.write(`\n${line}`);
  stdin.setRawMode(true);
  const forget = beforeLeaving(restore);
  let listener: ((data: Buffer | string) => void) | undefined;
  let stop: (() => void) | undefined;
  try {
    return await new Promise<KeyWish>((resolve) => {
      listener = (data) => {
        const wish = wishOf(String(data));
        if (wish !== undefined) resolve(wish);
      };
      stop = () => resolve('interrupted');
      stdin.on('data', listener);
      // A terminal that is closed has no keys any more.
      stdin.on('end', stop);
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
      stdin.resume();
    });
  } finally {
    stdin.off('data', listener!);
    stdin.off('end', stop!);
    signal.removeEventListener('abort', stop!);
    stdin.pause();
    forget();
    restore();
  }
}

/** What the keys of one read ask for; undefined where they mean nothing here. */
function wishOf(keys: string): KeyWish | undefined {
  if (keys.includes('\u0003')) return 'interrupted';
  // On a Korean keyboard q is ㅂ.
  if (/^[qQㅂ]/.test(keys) || keys === '\u001b') return 'leave';
  return /^[ \r\n]/.test(keys) || keys === '\u001b[C' ? 'next' : undefined;
}
