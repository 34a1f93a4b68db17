import { isDeepStrictEqual } from 'node:util';
import { WorkError } from '../../base/errors.js';
import { setting } from '../../base/text/settings.js';
import { imagenetLabels } from '../../data/class-labels.js';
import type { DataNotice, Dataset, Split } from '../../data/sets/dataset.js';

/**
 * A data set with its classes in the order in which a network learned them: they are the same where their names are, in
 * Unicode's composed form. It may lack some of them.
 * @param trained the names of the network's classes, as many as the data set has or more
 * @param who has learned them, for messages
 * @throws WorkError where the network has learned some of the names and not the others.
 */
export function asTrained(
  dataset: Dataset,
  trained: readonly string[],
  who: string,
  notify: (notice: DataNotice) => void,
): Dataset {
  const composed = trained.map((name) => name.normalize('NFC'));
  const places = dataset.classes.map((name) => composed.indexOf(name.normalize('NFC')));
  if (!places.includes(-1)) {
    tellMissing(dataset, trained, notify);
    const isInOrder = places.every((place, i) => place === i);
    if (isInOrder) return { ...dataset, classes: trained };
    const { train, validation, test } = dataset;
    return {
      ...dataset,
      classes: trained,
      train: renumbered(train, places),
      ...(validation && { validation: renumbered(validation, places) }),
      test: renumbered(test, places),
    };
  }
  const { name, classes } = dataset;
  const learned = `${who} has learned ${listed(trained)}`;
  if (places.some((place) => place >= 0)) {
    const strange = classes.filter((_, i) => places[i] === -1);
    throw new WorkError(
      `${learned}, but ${name} has ${listed(strange)} too: rename its classes, or name other data with ${setting('dataset')}.`,
    );
  }
  const message = `${learned}, but ${name} has ${listed(classes)}: they are compared by number, the first with the first.`;
  notify({ kind: 'warning', message });
  return dataset;
}

/** What class folders may be called for a network that has learned these classes: their names, or of ImageNet's also their ids. */
export function foldersOf(learned: readonly string[]): readonly string[] {
  const { names, ids } = imagenetLabels();
  return ids !== null && isDeepStrictEqual(learned, names) ? [...learned, ...ids] : learned;
}

/** A data set whose classes have ImageNet's names instead of WordNet's ids, by which ImageNet's folders are called. */
export function namedFolders(dataset: Dataset, learned: readonly string[]): Dataset {
  const { names, ids } = imagenetLabels();
  const places = dataset.classes.map((id) => ids?.indexOf(id) ?? -1);
  if (places.includes(-1) || !isDeepStrictEqual(learned, names)) return dataset;
  return { ...dataset, classes: places.map((place) => names[place]!) };
}

/** Names the classes of which a data set has nothing. */
function tellMissing(
  { name, classes }: Dataset,
  trained: readonly string[],
  notify: (notice: DataNotice) => void,
): void {
  const there = new Set(classes.map((one) => one.normalize('NFC')));
  const missing = trained.filter((one) => !there.has(one.normalize('NFC')));
  if (missing.length === 0) return;
  const noun = missing.length === 1 ? 'class' : 'classes';
  const message = `${name} has no images of the ${noun} ${listed(missing)}: the figures say nothing of ${missing.length === 1 ? 'it' : 'them'}.`;
  notify({ kind: 'warning', message });
}

function renumbered(split: Split, numbers: readonly number[]): Split {
  return {
    count: split.count,
    labels: split.labels.map((label) => numbers[label]!),
    read: (indices, out) => split.read(indices, out),
    ...(split.nameOf && { nameOf: (index: number) => split.nameOf!(index) }),
  };
}

const MOST_NAMED = 4;

/** `a, b, c and 7 others` */
function listed(names: readonly string[]): string {
  const shown = names.length > MOST_NAMED ? names.slice(0, MOST_NAMED - 1) : names;
  const rest = names.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} others` : ''}`;
}
