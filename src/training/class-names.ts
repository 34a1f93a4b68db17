import type { DataNotice, Dataset, Split } from '../data/dataset.js';
import { WorkError } from '../errors.js';

/**
 * A data set with its classes in the order in which a network learned them: they are the same where their names are.
 * @param trained the names of the network's classes, as many as the data set has
 * @param who has learned them, for messages
 * @throws WorkError where the network has learned some of the names and not the others.
 */
export function asTrained(
  dataset: Dataset,
  trained: readonly string[],
  who: string,
  notify: (notice: DataNotice) => void,
): Dataset {
  const places = dataset.classes.map((name) => trained.indexOf(name));
  if (places.every((place, i) => place === i)) return dataset;
  if (!places.includes(-1)) {
    const [train, test] = [renumbered(dataset.train, places), renumbered(dataset.test, places)];
    return { ...dataset, classes: trained, train, test };
  }
  const { name, classes } = dataset;
  const learned = `${who} has learned ${listed(trained)}`;
  if (places.some((place) => place >= 0)) {
    const strange = classes.filter((_, i) => places[i] === -1);
    throw new WorkError(
      `${learned}, but ${name} has ${listed(strange)} too: rename its classes, or name other data with --dataset.`,
    );
  }
  const message = `${learned}, but ${name} has ${listed(classes)}: they are compared by number, the first with the first.`;
  notify({ kind: 'warning', message });
  return dataset;
}

function renumbered(split: Split, numbers: readonly number[]): Split {
  return {
    count: split.count,
    labels: split.labels.map((label) => numbers[label]!),
    read: (indices, out) => split.read(indices, out),
  };
}

const MOST_NAMED = 4;

/** `a, b, c and 7 others` */
function listed(names: readonly string[]): string {
  const shown = names.length > MOST_NAMED ? names.slice(0, MOST_NAMED - 1) : names;
  const rest = names.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} others` : ''}`;
}
