import type { Cost } from './costs.js';
import { mean, type Recipe } from './recipes.js';

/** A recipe with what it costs: means over its seeds. */
export interface CostPoint {
  /** Tells it from every other. */
  readonly label: string;
  /** The letter of its group. */
  readonly group: string;
  readonly macs: number;
  readonly params: number;
  /** Training and test. */
  readonly seconds: number;
  readonly testAccuracy: number;
  /** Of each seed. */
  readonly accuracies: readonly number[];
}

export interface ParetoPoint {
  readonly point: CostPoint;
  readonly cost: number;
  /** The label of one that is at least as accurate for at most as much, and better in one of the two; null for those on the front. */
  readonly beatenBy: string | null;
}

export function costPoints(
  recipes: readonly Recipe[],
  labels: ReadonlyMap<Recipe, string>,
  sizeOf: (recipe: Recipe) => { readonly macs: number; readonly params: number },
): CostPoint[] {
  return recipes.map((recipe) => {
    const accuracies = recipe.runs.map(({ test }) => test.accuracy);
    const { macs, params } = sizeOf(recipe);
    return {
      label: labels.get(recipe)!,
      group: recipe.group.letter,
      macs,
      params,
      seconds: mean(recipe.runs.map(({ run }) => run.info.seconds)),
      testAccuracy: mean(accuracies),
      accuracies,
    };
  });
}

/** Which points are beaten by another of their group, in the order of their costs. */
export function paretoPoints(points: readonly CostPoint[], cost: Cost): ParetoPoint[] {
  return points
    .map((point) => {
      const better = points.filter((other) => other.group === point.group && beats(other, point, cost));
      const best = better.sort((a, b) => b.testAccuracy - a.testAccuracy || a[cost] - b[cost])[0];
      return { point, cost: point[cost], beatenBy: best?.label ?? null };
    })
    .sort((a, b) => a.cost - b.cost || b.point.testAccuracy - a.point.testAccuracy);
}

function beats(a: CostPoint, b: CostPoint, cost: Cost): boolean {
  if (a[cost] > b[cost] || a.testAccuracy < b.testAccuracy) return false;
  return a[cost] < b[cost] || a.testAccuracy > b.testAccuracy;
}
