import type { CostPoint } from './pareto.js';
import type { CompareRow } from './row.js';

/** Figures of which less is better, told relative to whoever has the most. `errors` are the share of test images taken wrongly. */
const SIZES = ['params', 'macs', 'trainingActivationBytes'] as const;
export type RelativeKey = 'errors' | (typeof SIZES)[number];

/** One figure of those that are compared, held against whoever has the most of it. */
export interface RelativeFigure {
  readonly figure: RelativeKey;
  /** The letter of the group within which errors are compared; null for sizes, which depend on no data. */
  readonly group: string | null;
  /** Whoever has the most. */
  readonly against: { readonly name: string; readonly value: number };
  /** Everyone else, the least first. */
  readonly others: readonly RelativeValue[];
}

export interface RelativeValue {
  readonly name: string;
  readonly value: number;
  /** `value` over that of `against`: 0.1122 is 1/8.9. */
  readonly ratio: number;
  /** What is missing to `against`, as a share of it: 0.64 is 64 % fewer. */
  readonly reduction: number;
}

interface Named {
  readonly name: string;
  readonly value: number;
}

/**
 * What models and recipes have relative to each other. Errors are those of recipes, means over their seeds, within each
 * group; sizes those of models, each of them once. A figure that is the same for all is left out.
 */
export function relativeFigures(
  rows: readonly CompareRow[],
  points: readonly CostPoint[],
): readonly RelativeFigure[] {
  const groups = [...new Set(points.map(({ group }) => group))];
  const errors = groups.flatMap((group) => {
    const members = points.filter((point) => point.group === group);
    const values = members.map(({ label, testAccuracy }) => ({ name: label, value: 1 - testAccuracy }));
    return relativeTo('errors', group, values);
  });
  const models = distinctModels(rows);
  const sizes = SIZES.flatMap((key) =>
    relativeTo(
      key,
      null,
      models.map(({ name, row }) => ({ name, value: row[key] })),
    ),
  );
  return [...errors, ...sizes];
}

function relativeTo(figure: RelativeKey, group: string | null, values: readonly Named[]): RelativeFigure[] {
  const [most] = values.toSorted((a, b) => b.value - a.value);
  if (most === undefined || values.every(({ value }) => value === most.value)) return [];
  const others = values
    .filter((one) => one !== most)
    .toSorted((a, b) => a.value - b.value)
    .map(({ name, value }) => ({
      name,
      value,
      ratio: value / most.value,
      reduction: 1 - value / most.value,
    }));
  return [{ figure, group, against: { name: most.name, value: most.value }, others }];
}

/** Each network once, however many runs it has; those of one name with the folder of a run. */
function distinctModels(rows: readonly CompareRow[]): { readonly name: string; readonly row: CompareRow }[] {
  const isSame = (a: CompareRow, b: CompareRow) =>
    a.name === b.name && SIZES.every((key) => a[key] === b[key]);
  const models = rows.filter((row, i) => rows.findIndex((other) => isSame(row, other)) === i);
  return models.map((row) => {
    const isAlone = models.every((other) => other === row || other.name !== row.name);
    return { name: isAlone || row.run === null ? row.name : `${row.name} (${row.run})`, row };
  });
}
