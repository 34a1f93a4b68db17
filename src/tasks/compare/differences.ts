import { maxOf } from '../../base/extremes.js';
import { testKey } from '../../runs/images.js';
import { holm, mcnemar } from './mcnemar.js';
import { mean, type Recipe } from './recipes.js';
import type { TestedRun } from './results.js';

/** A run of one recipe beside one of another. */
interface PairTest {
  /** The runs' folders. */
  readonly better: string;
  readonly worse: string;
  /** Test images that one of the two alone gets right. */
  readonly onlyBetter: number;
  readonly onlyWorse: number;
  /** McNemar's exact test, two-sided. */
  readonly p: number;
}

/** By how much a recipe is more accurate than another on the same test images, and whether that is chance. */
export interface Difference {
  readonly better: string;
  readonly worse: string;
  /** Of the mean accuracies over seeds, at least 0. */
  readonly accuracyDifference: number;
  /** A pair a seed. */
  readonly pairs: readonly PairTest[];
  /** The largest p of the pairs; 1 where they disagree on which is better: a difference is to hold whatever the seed. */
  readonly p: number;
  /** Raised for as many comparisons as there are (Holm). */
  readonly adjustedP: number;
  /** `adjustedP` below 0.05. */
  readonly largerThanChance: boolean;
}

const LEVEL = 0.05;

/** Of more recipes than these each is held against the most accurate one alone: pairs grow with the square. */
const MOST_PAIRWISE = 16;

/**
 * Compares every two recipes that were tested on the same images and are known image by image; of many each with the most
 * accurate one.
 */
export function differencesOf(recipes: readonly Recipe[], names: ReadonlyMap<Recipe, string>): Difference[] {
  const known = recipes.filter(({ runs }) => runs.every((run) => run.predictions !== null));
  const found = pairsOf(known).map(([a, b]) => compareRecipes(a, b, names));
  const adjusted = holm(found.map(({ p }) => p));
  return found.map((difference, i) => ({
    ...difference,
    adjustedP: adjusted[i]!,
    largerThanChance: adjusted[i]! < LEVEL,
  }));
}

/** Those that were tested on the same images, two by two. */
function pairsOf(recipes: readonly Recipe[]): [Recipe, Recipe][] {
  const byImages = new Map<string, Recipe[]>();
  for (const recipe of recipes) {
    const key = testKey(recipe.runs[0]!.run.info);
    byImages.set(key, [...(byImages.get(key) ?? []), recipe]);
  }
  return [...byImages.values()].flatMap((same): [Recipe, Recipe][] => {
    if (same.length <= MOST_PAIRWISE)
      return same.flatMap((a, i) => same.slice(i + 1).map((b): [Recipe, Recipe] => [a, b]));
    const best = same.reduce((a, b) => (accuracyOf(b) > accuracyOf(a) ? b : a));
    return same.filter((one) => one !== best).map((one): [Recipe, Recipe] => [best, one]);
  });
}

function accuracyOf({ runs }: Recipe): number {
  return mean(runs.map(({ test }) => test.accuracy));
}

function compareRecipes(
  first: Recipe,
  second: Recipe,
  names: ReadonlyMap<Recipe, string>,
): Omit<Difference, 'adjustedP' | 'largerThanChance'> {
  const [better, worse] = accuracyOf(second) > accuracyOf(first) ? [second, first] : [first, second];
  const pairs = pairRuns(better, worse).map(([a, b]) => testPair(a, b));
  const agrees = pairs.every(({ onlyBetter, onlyWorse }) => onlyBetter > onlyWorse);
  return {
    better: names.get(better)!,
    worse: names.get(worse)!,
    accuracyDifference: accuracyOf(better) - accuracyOf(worse),
    pairs,
    p: agrees ? maxOf(pairs.map(({ p }) => p)) : 1,
  };
}

/** Runs of the same seed; where no seed is common, the first of one beside the first of the other, and so on. */
function pairRuns(a: Recipe, b: Recipe): [TestedRun, TestedRun][] {
  const sameSeed = a.runs.flatMap((run): [TestedRun, TestedRun][] => {
    const other = b.runs.find(({ run: { info } }) => info.seed === run.run.info.seed);
    return other === undefined ? [] : [[run, other]];
  });
  if (sameSeed.length > 0) return sameSeed;
  return a.runs.slice(0, b.runs.length).map((run, i) => [run, b.runs[i]!]);
}

function testPair(better: TestedRun, worse: TestedRun): PairTest {
  const [a, b] = [better.predictions!, worse.predictions!];
  let [onlyBetter, onlyWorse] = [0, 0];
  a.labels.forEach((label, i) => {
    const [isRight, isOtherRight] = [a.predicted[i] === label, b.predicted[i] === label];
    if (isRight && !isOtherRight) onlyBetter++;
    if (isOtherRight && !isRight) onlyWorse++;
  });
  return {
    better: better.run.dir,
    worse: worse.run.dir,
    onlyBetter,
    onlyWorse,
    p: mcnemar(onlyBetter, onlyWorse),
  };
}
