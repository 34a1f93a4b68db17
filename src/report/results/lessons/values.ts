import { formatInteger, formatValue } from '../../../base/text/format.js';
import { type Bound, squeezed } from '../../../tasks/lessons/bound.js';
import type { Glyphs } from '../../../terminal/theme.js';

/** A value of a result for people: `55,744`, `0.9908`, `9 2; 6 3`. */
export function valueText(value: unknown): string {
  const plain = squeezed(value);
  if (Array.isArray(plain)) return listText(plain);
  if (typeof plain === 'number') return Number.isInteger(plain) ? formatInteger(plain) : formatValue(plain);
  return typeof plain === 'string' ? plain : (JSON.stringify(plain) ?? '-');
}

/** Values by spaces, rows by `;`, as `apply` takes them. */
function listText(list: readonly unknown[]): string {
  const isNested = list.some((item) => Array.isArray(item));
  return list
    .map((item) => (Array.isArray(item) ? listText(item) : scalarText(item)))
    .join(isNested ? '; ' : ' ');
}

function scalarText(value: unknown): string {
  return typeof value === 'number' ? formatValue(value) : String(value);
}

/** What a figure is to be: `55,744`, `≥ 0.98`, `0.991 ± 0.005`. */
export function boundText(bound: Bound, { braille: hasUnicode }: Glyphs): string {
  const value = valueText(bound.value);
  switch (bound.kind) {
    case 'equals':
      return value;
    case 'atLeast':
      return `${hasUnicode ? '≥' : '>='} ${value}`;
    case 'atMost':
      return `${hasUnicode ? '≤' : '<='} ${value}`;
    case 'within':
      return `${value} ${hasUnicode ? '±' : '+-'} ${valueText(bound.tolerance)}`;
  }
}
