import { type Difference, differencesOf } from './differences.js';
import { type Group, groupRuns } from './groups.js';
import type { CompareItems } from './items.js';
import { notesOn } from './notes.js';
import { type CostPoint, costPoints } from './pareto.js';
import { labelsOf, type Recipe, recipesOf, type SeedSummary, summariseSeeds } from './recipes.js';
import { type RelativeFigure, relativeFigures } from './relative.js';
import type { TestedRun } from './results.js';
import { type CompareRow, modelRow, runRow } from './row.js';
import { type Sweep, sweepsOf } from './sweep.js';

/** Models and runs side by side. */
export interface Comparison {
  readonly rows: readonly CompareRow[];
  readonly groups: readonly Group[];
  /** Of recipes that were trained with several seeds. */
  readonly seeds: readonly SeedSummary[];
  /** The recipes that have test figures, and what each is called. */
  readonly recipes: ReadonlyMap<Recipe, string>;
  /** What they cost. */
  readonly points: readonly CostPoint[];
  /** Between every two recipes that were tested on the same images. */
  readonly differences: readonly Difference[];
  /** What came of settings that were varied. */
  readonly sweeps: readonly Sweep[];
  /** Errors and sizes, each held against the largest. */
  readonly relative: readonly RelativeFigure[];
  /** What a reader must know before rows are held against each other. */
  readonly notes: readonly string[];
}

export function compareItems({
  items,
  cells,
  notes,
}: Pick<CompareItems, 'items' | 'cells' | 'notes'>): Comparison {
  const runs = items.flatMap((item) => (item.kind === 'run' ? [item.run] : []));
  const groups = groupRuns(runs);
  const letterOf = (run: TestedRun) => groups.find((group) => group.runs.includes(run))?.letter ?? null;
  const rows = items.map((item) =>
    item.kind === 'run'
      ? runRow(item.run, item.figures, letterOf(item.run))
      : modelRow(item.spec, item.figures),
  );
  const recipes = recipesOf(groups);
  const labels = labelsOf(recipes);
  const sizeOf = ({ runs: [first] }: Recipe) => rows.find((row) => row.run === first!.run.dir)!;
  const points = costPoints(recipes, labels, sizeOf);
  return {
    rows,
    groups,
    seeds: summariseSeeds(labels),
    recipes: labels,
    points,
    differences: differencesOf(recipes, labels),
    sweeps: sweepsOf(runs, cells),
    relative: relativeFigures(rows, points),
    notes: [...notesOn(runs, groups, recipes), ...notes],
  };
}
