import { sentence } from '../../base/text/visible.js';
import { isQuiet } from './quiet.js';

/** Writes a sentence to standard error, as one line: what is good to know, which a program that is to be quiet leaves out. */
export function tell(message: string): void {
  if (!isQuiet()) insist(message);
}

/** Writes what must be heard in any case: a problem, a warning, what a question is about. */
export function insist(message: string): void {
  process.stderr.write(`${sentence(message)}\n`);
}
