/**
 * Does `count` pieces of work, numbered from 0, at most `atOnce` at a time and in order of their numbers. After the
 * first failure nothing new is begun.
 */
export async function inParallel(
  count: number,
  atOnce: number,
  work: (i: number) => Promise<void> | void,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    try {
      while (next < count) await work(next++);
    } catch (error) {
      next = count;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
}

/**
 * Lets at most `atOnce` pieces of work run at a time, whoever asks; those that wait begin in the order in which they were
 * asked for.
 */
export function limiter(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < atOnce) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Whoever begins now takes this one's place.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

/** Between two turns of timers, keys and sockets. */
const TURN_MS = 10;

/**
 * For long work on the main thread: what it returns is to be awaited between two pieces of the work, and lets the
 * screen and Ctrl-C have their turn as often as is needed.
 */
export function breather(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < TURN_MS) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        since = performance.now();
        resolve();
      });
    });
  };
}
