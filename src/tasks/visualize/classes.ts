import { UsageError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import { setting } from '../../base/text/settings.js';
import { listed } from '../../base/text/words.js';

/** The number of a class that is named by its label, or by its number. @throws UsageError for one that there is not */
export function classNamed(text: string, classes: readonly string[]): number {
  const labelled = classes.indexOf(text);
  if (labelled >= 0) return labelled;
  if (/^\d{1,6}$/.test(text) && Number(text) < classes.length) return Number(text);
  const close = /^\d+$/.test(text) ? undefined : nearest(text, classes);
  const way = close
    ? `Did you mean "${close}"?`
    : `There are ${listed(classes, 12)}, numbers 0 to ${classes.length - 1}.`;
  throw new UsageError(`${setting('class', text)}: there is no such class. ${way}`);
}
