import { WorkError } from '../../base/errors.js';
import { maxOf } from '../../base/extremes.js';
import { setting } from '../../base/text/settings.js';
import { listed, plural } from '../../base/text/words.js';
import type { Dataset, DatasetRequest } from './dataset.js';

/**
 * Looks at labels that are numbers, of which nobody has said how many there are: one that lies far beyond the others
 * is a mistake and no class, and numbers in between that no image has are told of.
 * @throws WorkError that names the image
 */
export function checkLabels(
  { name, origin, classes, train, test }: Dataset,
  { classes: expected, notify }: Pick<DatasetRequest, 'classes' | 'notify'>,
): void {
  const used = new Set<number>([...new Set(train.labels), ...new Set(test.labels)]);
  const most = maxOf(used);
  if (most < expected) return;
  const unused = classes.map((_, i) => i).filter((label) => label <= most && !used.has(label));
  if (unused.length === 0) return;
  const sorted = [...used].sort((a, b) => a - b);
  if (unused.length > used.size) {
    const gaps = sorted.map((label, i) => label - (sorted[i - 1] ?? -1));
    const at = gaps.indexOf(maxOf(gaps));
    const stray = sorted[at]!;
    const others = at === 0 ? '' : `, where the others are ${sorted[0]} to ${sorted[at - 1]}`;
    throw new WorkError(
      `${imageWith(stray)} has the label ${stray}${others}: correct it, or say with ${setting('classes')} how many classes there are.`,
    );
  }
  const numbers = listed(unused.map(String), 5);
  const top = imageWith(most);
  notify({
    kind: 'warning',
    message:
      `No image of ${name} has the ${plural(unused.length, 'label')} ${numbers}, but ${top} has ${most}: ` +
      `${classes.length} classes, ${unused.length} of them without images.`,
  });

  function imageWith(label: number): string {
    const part = train.labels.includes(label) ? 'train' : 'test';
    const index = (part === 'train' ? train : test).labels.indexOf(label);
    return `${origin}:${part}:${index}`;
  }
}
