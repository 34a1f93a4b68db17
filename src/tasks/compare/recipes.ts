import { maxOf, minOf } from '../../base/extremes.js';
import { formatInteger } from '../../base/text/format.js';
import { resolvedConfig } from '../../runs/run-config.js';
import type { Group } from './groups.js';
import type { TestedRun } from './results.js';
import { allDiffering, settingOf, settingText, shortKey } from './settings.js';

/** Runs that are the same but for their seeds, and have test figures; of several with one seed the first. */
export interface Recipe {
  readonly name: string;
  readonly group: Group;
  /** In the order of their seeds. */
  readonly runs: readonly (TestedRun & { readonly test: NonNullable<TestedRun['test']> })[];
}

export function recipesOf(groups: readonly Group[]): Recipe[] {
  return groups.flatMap((group) => {
    const recipes = new Map<string, Recipe['runs'][number][]>();
    for (const run of group.runs) {
      if (run.test === null) continue;
      const key = recipeKey(run);
      const others = recipes.get(key) ?? [];
      if (others.some((other) => other.run.info.seed === run.run.info.seed)) continue;
      recipes.set(key, [...others, { ...run, test: run.test }]);
    }
    return [...recipes.values()].map((runs) => ({
      name: runs[0]!.run.info.model,
      group,
      runs: runs.sort((a, b) => a.run.info.seed - b.run.info.seed),
    }));
  });
}

/**
 * A recipe by its model's name; where several have it by that and the settings in which they differ, `lenet5 (learningRate
 * 0.01)`, and where these do not tell them apart by the folder of a run.
 */
export function labelsOf(recipes: readonly Recipe[]): ReadonlyMap<Recipe, string> {
  const named = new Map<string, Recipe[]>();
  for (const recipe of recipes) named.set(recipe.name, [...(named.get(recipe.name) ?? []), recipe]);
  const labels = [...named.values()].flatMap((same) => {
    const told = settingsApart(same);
    return same.map((recipe, i): [Recipe, string] => {
      if (same.length === 1) return [recipe, recipe.name];
      const isAlone = told[i] !== '' && told.indexOf(told[i]!) === told.lastIndexOf(told[i]!);
      return [recipe, `${recipe.name} (${isAlone ? told[i] : recipe.runs[0]!.run.dir})`];
    });
  });
  const found = new Map(labels);
  return new Map(recipes.map((recipe) => [recipe, found.get(recipe)!]));
}

/** So many settings are told in a label at most. */
const MOST_SETTINGS = 4;

/** Of each of several recipes the settings in which they differ, seeds aside. */
function settingsApart(recipes: readonly Recipe[]): string[] {
  if (recipes.length < 2) return [''];
  const configs = recipes.map(({ name, runs }) => ({ name, config: resolvedConfig(runs[0]!.run.spec) }));
  const keys = allDiffering(configs).filter((key) => key !== 'training.seed');
  if (keys.length > MOST_SETTINGS) return recipes.map(() => '');
  const images = recipes.map(({ group }) => group.trainImages);
  const hasImages = new Set(images).size > 1;
  return configs.map(({ config }, i) =>
    [
      ...keys.map((key) => `${shortKey(key)} ${settingText(settingOf(config, key) ?? 'none')}`),
      ...(hasImages ? [`${formatInteger(images[i]!)} images`] : []),
    ].join(', '),
  );
}

/** Everything that a run was made from but its seed, and what computed it. */
function recipeKey({ run: { spec, info } }: TestedRun): string {
  const { seed: _, ...training } = spec.config.training;
  const layers = spec.layers.map(({ kind, name, params, inputs }) => ({ kind, name, params, inputs }));
  const { name, device } = info.engine;
  return JSON.stringify([info.model, { ...spec.config, training }, layers, name, device]);
}

/** What several seeds of a recipe come to. */
export interface SeedSummary {
  readonly name: string;
  readonly group: string;
  readonly seeds: readonly number[];
  readonly meanTestAccuracy: number;
  /** Of the sample: divided by n - 1. */
  readonly testAccuracyDeviation: number;
  readonly lowestTestAccuracy: number;
  readonly highestTestAccuracy: number;
  readonly meanTestLoss: number;
  readonly meanSeconds: number;
}

/** A summary for each recipe with more than one run: group by group, the most accurate first. */
export function summariseSeeds(recipes: ReadonlyMap<Recipe, string>): SeedSummary[] {
  return [...recipes]
    .filter(([{ runs }]) => runs.length > 1)
    .map(([{ group, runs }, name]) => {
      const accuracies = runs.map(({ test }) => test.accuracy);
      return {
        name,
        group: group.letter,
        seeds: runs.map(({ run }) => run.info.seed),
        meanTestAccuracy: mean(accuracies),
        testAccuracyDeviation: deviation(accuracies),
        lowestTestAccuracy: minOf(accuracies),
        highestTestAccuracy: maxOf(accuracies),
        meanTestLoss: mean(runs.map(({ test }) => test.loss)),
        meanSeconds: mean(runs.map(({ run }) => run.info.seconds)),
      };
    })
    .sort((a, b) => a.group.localeCompare(b.group) || b.meanTestAccuracy - a.meanTestAccuracy);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of a sample: divided by n - 1. */
export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
