import { formatDuration, formatLoss, formatPercent } from '../../base/text/format.js';
import type { SeedSummary } from '../../tasks/compare/recipes.js';
import type { Column } from '../column.js';

const right = { align: 'right' } as const;

/** What several seeds come to, a row a recipe. */
export const seedColumns: readonly Column<SeedSummary>[] = [
  { key: 'name', header: 'Name', priority: 0, value: (row) => row.name },
  { ...right, key: 'seeds', header: 'Seeds', priority: 3, value: (row) => row.seeds.length },
  {
    ...right,
    key: 'meanTestAccuracy',
    header: 'Accuracy',
    priority: 1,
    value: (row) => row.meanTestAccuracy,
    format: formatPercent,
  },
  {
    ...right,
    key: 'testAccuracyDeviation',
    header: 'Std. dev.',
    priority: 2,
    value: (row) => row.testAccuracyDeviation,
    format: formatPercent,
  },
  {
    ...right,
    key: 'lowestTestAccuracy',
    header: 'Lowest',
    priority: 5,
    value: (row) => row.lowestTestAccuracy,
    format: formatPercent,
  },
  {
    ...right,
    key: 'highestTestAccuracy',
    header: 'Highest',
    priority: 5,
    value: (row) => row.highestTestAccuracy,
    format: formatPercent,
  },
  {
    ...right,
    key: 'meanTestLoss',
    header: 'Loss',
    priority: 6,
    value: (row) => row.meanTestLoss,
    format: formatLoss,
  },
  {
    ...right,
    key: 'meanSeconds',
    header: 'Time',
    priority: 7,
    value: (row) => row.meanSeconds,
    format: formatDuration,
  },
];
