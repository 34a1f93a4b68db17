import { UsageError } from '../../base/errors.js';
import { setting } from '../../base/text/settings.js';
import { plural } from '../../base/text/words.js';

/**
 * @param what whose channels they are, for the error
 * @throws UsageError for a channel that there is not
 */
export function requireChannels(
  wanted: readonly number[],
  count: number,
  key: 'channels' | 'filters',
  what: string,
): void {
  const unknown = wanted.find((channel) => channel >= count);
  if (unknown === undefined) return;
  const noun = key === 'filters' ? 'filter' : 'channel';
  const range = count === 1 ? 'number 0' : `numbers 0 to ${count - 1}`;
  throw new UsageError(`${setting(key, unknown)}: ${what} has ${count} ${plural(count, noun)}, ${range}.`);
}
