import { codeOf } from '../../base/errors.js';

interface PipeWatch {
  /** Whether the reader has gone. */
  readonly closed: boolean;
  stop(): void;
}

/**
 * Lets `cnnzoo ... | head -1` end quietly: once the reader of `stream` has gone, `onClosed` is called, once, and what is written
 * later goes nowhere. Without `onClosed` the process exits with code 0. Work that goes on in the background is for `onClosed` to stop.
 */
export function endQuietlyOnClosedPipe(stream: NodeJS.WritableStream, onClosed?: () => void): PipeWatch {
  const leave = onClosed ?? (() => process.exit(0));
  let closed = false;
  const listener = (error: Error): void => {
    if (!isClosed(error, stream)) throw error;
    if (closed) return;
    closed = true;
    leave();
  };
  stream.on('error', listener);
  return {
    get closed() {
      return closed;
    },
    stop: () => {
      stream.off('error', listener);
    },
  };
}

/** EPIPE and, on Windows, EOF; ERR_STREAM_DESTROYED for what is written after it; EIO of a terminal that was closed. */
function isClosed(error: Error, stream: NodeJS.WritableStream & { readonly isTTY?: boolean }): boolean {
  const code = codeOf(error) ?? '';
  return ['EPIPE', 'EOF', 'ERR_STREAM_DESTROYED'].includes(code) || (code === 'EIO' && stream.isTTY === true);
}

/**
 * A reader of standard output or error that goes away (`| head -1`) is to end long work as Ctrl-C does, but quietly. What
 * else would end the process there and then is taken away: an exit while the engine computes would not be a clean one.
 */
export function onClosedPipe(stop: () => void): { isClosed(): boolean } {
  let closed = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    endQuietlyOnClosedPipe(stream, () => {
      closed = true;
      stop();
    });
  }
  return { isClosed: () => closed };
}
