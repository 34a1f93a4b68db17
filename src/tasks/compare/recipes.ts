import type { Group } from './groups.js';
import type { TestedRun } from './results.js';

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

/** A recipe by its model's name, or where several have it by that and the folder of a run. */
export function labelsOf(recipes: readonly Recipe[]): ReadonlyMap<Recipe, string> {
  return new Map(
    recipes.map((recipe) => {
      const isAlone = recipes.every((other) => other === recipe || other.name !== recipe.name);
      const { dir } = recipe.runs[0]!.run;
      return [recipe, isAlone ? recipe.name : `${recipe.name} (${dir})`];
    }),
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

/** A summary for each recipe with more than one run. */
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
        lowestTestAccuracy: Math.min(...accuracies),
        highestTestAccuracy: Math.max(...accuracies),
        meanTestLoss: mean(runs.map(({ test }) => test.loss)),
        meanSeconds: mean(runs.map(({ run }) => run.info.seconds)),
      };
    });
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
