import type { Run } from '../training/run-reader.js';
import { type Group, groupRuns } from './groups.js';
import type { CompareItem } from './items.js';
import { notesOn } from './notes.js';
import { type CompareRow, modelRow, runRow } from './row.js';

/** Models and runs side by side. */
export interface Comparison {
  readonly rows: readonly CompareRow[];
  readonly groups: readonly Group[];
  /** What a reader must know before rows are held against each other. */
  readonly notes: readonly string[];
}

export function compareItems(items: readonly CompareItem[]): Comparison {
  const runs = items.flatMap((item) => (item.kind === 'run' ? [item.run] : []));
  const groups = groupRuns(runs);
  const letterOf = (run: Run) => groups.find((group) => group.runs.includes(run))!.letter;
  const rows = items.map((item) =>
    item.kind === 'run' ? runRow(item.run, letterOf(item.run)) : modelRow(item.spec),
  );
  return { rows, groups, notes: notesOn(runs, groups) };
}
