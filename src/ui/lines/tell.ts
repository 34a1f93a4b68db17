import { sentence } from '../../base/text/visible.js';

/** Writes a sentence to standard error, as one line. */
export function tell(message: string): void {
  process.stderr.write(`${sentence(message)}\n`);
}
