import { listed } from '../../base/text/words.js';
import type { CompareRow } from '../../tasks/compare/row.js';

/** So many are named in a sentence. */
const MOST = 4;

/** What the column `gap` says, and in which sense training accuracies are some: a running mean, lowered by dropout in these rows. */
export function gapNotes(rows: readonly CompareRow[]): string[] {
  const measured = rows.filter((row) => row.trainingMeasured !== null);
  if (measured.length === 0) return [];
  const told =
    'Gap: points from test to training accuracy, which is the running mean of the epoch whose weights were tested';
  const lower = (['dropout', 'augmentation'] as const).flatMap((aid) => {
    const names = [...new Set(measured.filter((row) => hasAid(row, aid)).map(({ name }) => name))];
    return names.length === 0 ? [] : [`with ${aid} in ${listed(names, MOST)}`];
  });
  return [`${[told, ...lower].join(', ')}.`];
}

function hasAid({ trainingMeasured }: CompareRow, aid: string): boolean {
  return trainingMeasured?.includes(aid) ?? false;
}
