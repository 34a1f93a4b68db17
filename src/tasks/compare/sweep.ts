import { testKey } from '../../runs/images.js';
import { deviation, mean } from './recipes.js';
import type { TestedRun } from './results.js';
import type { Cell } from './vary.js';

/** A combination of settings that were varied, over its seeds. */
export interface SweepCell {
  /** As they were typed, by the keys of the sweep. */
  readonly values: Cell;
  readonly seeds: readonly number[];
  readonly meanTestAccuracy: number;
  /** Of the sample: divided by n - 1; null of one seed. */
  readonly testAccuracyDeviation: number | null;
}

/** What came of a model whose settings were varied. */
export interface Sweep {
  readonly model: string;
  /** The settings, as they were typed. */
  readonly keys: readonly string[];
  /** Of each setting in their order. */
  readonly values: readonly (readonly string[])[];
  /** Those that have test figures, in the order in which they come. */
  readonly cells: readonly SweepCell[];
}

/**
 * The sweeps among runs: those of one model that were varied in the same settings and tested on the same images.
 * @param cells what was varied, by the folders of runs
 */
export function sweepsOf(runs: readonly TestedRun[], cells: ReadonlyMap<string, Cell>): Sweep[] {
  const sweeps = new Map<string, { run: TestedRun; cell: Cell }[]>();
  for (const run of runs) {
    const cell = cells.get(run.run.dir);
    if (cell === undefined || run.test === null) continue;
    const { info } = run.run;
    const key = JSON.stringify([info.model, testKey(info), Object.keys(cell)]);
    sweeps.set(key, [...(sweeps.get(key) ?? []), { run, cell }]);
  }
  return [...sweeps.values()].flatMap((members) => {
    const keys = Object.keys(members[0]!.cell);
    const values = keys.map((key) => [...new Set(members.map(({ cell }) => cell[key]!))]);
    const model = members[0]!.run.run.info.model;
    const sweep = { model, keys, values, cells: sweepCells(members) };
    return sweep.cells.length < 2 ? [] : [sweep];
  });
}

function sweepCells(members: readonly { run: TestedRun; cell: Cell }[]): SweepCell[] {
  const cells = new Map<string, { run: TestedRun; cell: Cell }[]>();
  for (const member of members) {
    const key = JSON.stringify(member.cell);
    cells.set(key, [...(cells.get(key) ?? []), member]);
  }
  return [...cells.values()].map((same) => {
    const accuracies = same.map(({ run }) => run.test!.accuracy);
    return {
      values: same[0]!.cell,
      seeds: same.map(({ run }) => run.run.info.seed),
      meanTestAccuracy: mean(accuracies),
      testAccuracyDeviation: accuracies.length < 2 ? null : deviation(accuracies),
    };
  });
}
