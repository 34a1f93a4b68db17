/**
 * Whether standard error is to say no more than what has gone wrong: errors, and warnings that say that a result is not what was
 * asked for. The program says it once, before a command runs; every line, progress and screen asks here.
 */
let quiet = false;

export function keepQuiet(wish: boolean): void {
  quiet = wish;
}

export function isQuiet(): boolean {
  return quiet;
}
