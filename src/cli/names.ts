/** Names on a command line; apart from all else, as the program needs them before anything is loaded. */

/** `batch-size` of `batchSize`. */
export function dashed(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `--batch-size` of `batchSize`. */
export function flagOf(key: string): string {
  return `--${dashed(key)}`;
}

/** `train` of `train [model]`. */
export function nameOf(usage: string): string {
  return usage.split(' ')[0]!;
}
