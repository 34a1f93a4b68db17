import { basename, dirname } from 'node:path';
import { UsageError } from '../../base/errors.js';
import { globOf } from '../../base/text/patterns.js';
import { commandLine } from '../../base/text/settings.js';
import { compareTexts, counted, listed } from '../../base/text/words.js';
import { testKey } from '../images.js';
import { RUNS } from '../run-paths.js';
import type { RunBrief } from './run-brief.js';
import { RunWatch } from './run-watch.js';

/** The names that stand for a run: the one that was begun last, and the one that is most accurate on its test images. */
const NAMES = ['latest', 'best'] as const;
type Name = (typeof NAMES)[number];

interface Candidate {
  readonly dir: string;
  readonly brief: RunBrief;
}

/** `@latest`, `@best`, and either with a word after it: `@latest:lenet5`. A path that begins so is written `./@latest`. */
export function isRunName(word: string): boolean {
  return /^@[\p{L}-]+(:|$)/u.test(word);
}

/**
 * The run that a name stands for.
 *
 * `@latest` is the run that was begun last, `@best` the one with the highest accuracy on its test images (of equal ones that
 * with the lower loss, then the one that was begun first). A word after a colon, with `*` and `?` as in shells, keeps the
 * runs whose model, data set, tag, folder or folder's folder it is.
 * @param folder where runs are looked for, in the folders within it too
 * @throws UsageError for another name, where there is no such run, and where the best is among runs that were tested on
 * different images
 */
export function namedRun(word: string, folder = RUNS): string {
  const colon = word.indexOf(':');
  const name = NAMES.find((one) => `@${one}` === (colon < 0 ? word : word.slice(0, colon)));
  if (name === undefined)
    throw new UsageError(
      `${word} stands for no run: there are ${listed(NAMES.map((one) => `@${one}`))}, and with a model, data set or tag, such as @latest:lenet5.`,
    );
  const found = candidates(folder, colon < 0 ? '*' : word.slice(colon + 1));
  const run = name === 'latest' ? latest(found) : best(found, word);
  if (run !== undefined) return run.dir;
  if (candidates(folder, '*').length === 0)
    throw new UsageError(
      `${word}: there are no runs in ${folder} yet. ${commandLine('train', { words: ['MODEL'] })} makes one.`,
    );
  throw new UsageError(noRun(word, name, found, folder));
}

function candidates(folder: string, pattern: string): Candidate[] {
  const watch = new RunWatch(folder);
  watch.look();
  const test = globOf(pattern);
  return watch.runs.flatMap(({ dir, brief }): Candidate[] => {
    if (brief === null) return [];
    const words = [brief.model, brief.dataset.name, ...brief.tags, basename(dir), basename(dirname(dir))];
    return words.some((one) => test.test(one)) ? [{ dir, brief }] : [];
  });
}

function latest(found: readonly Candidate[]): Candidate | undefined {
  return found.toSorted(
    (a, b) => compareTexts(b.brief.created, a.brief.created) || compareTexts(b.dir, a.dir),
  )[0];
}

/** @throws UsageError where their accuracies are of different images */
function best(found: readonly Candidate[], word: string): Candidate | undefined {
  const tested = found.filter(({ brief }) => brief.test !== null);
  const images = new Set(tested.map(({ brief }) => testKey(brief)));
  if (images.size > 1) {
    const names = [...new Set(tested.map(({ brief }) => brief.dataset.name))];
    const where =
      names.length > 1
        ? `${listed(names)}: name one, such as @best:${names[0]}`
        : `${names[0]} in ${counted(images.size, 'form')}: name a folder or a tag that is of one of them, such as @best:TAG`;
    throw new UsageError(`${word} would rank runs that were tested on different images, of ${where}.`);
  }
  return tested.toSorted(
    ({ brief: a }, { brief: b }) =>
      b.test!.accuracy - a.test!.accuracy ||
      a.test!.loss - b.test!.loss ||
      compareTexts(a.created, b.created),
  )[0];
}

function noRun(word: string, name: Name, found: readonly Candidate[], folder: string): string {
  const what = name === 'best' && found.length > 0 ? 'no run that has been tested' : 'no run';
  return `${word}: there is ${what} of that kind in ${folder}. To see what is there: ${commandLine('runs', { words: [folder] })}`;
}
