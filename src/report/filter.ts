import { nearest } from '../base/text/nearest.js';
import { globOf } from '../base/text/patterns.js';
import { type Column, cellText } from './column.js';

/** A part of a filter: `lr:0.01`, `acc>0.98`, `lenet*`. */
interface Test<R> {
  holds(row: R): boolean;
}

/** What a filter comes to: the rows for which all of its words hold, and what is wrong with those that mean nothing. */
export interface Filtered<R> {
  readonly rows: readonly R[];
  readonly problem: string | null;
}

const COMPARISON = /^([\w.]+)(>=|<=|!=|>|<|=|:)(.+)$/;

/**
 * The rows for which every word of a filter holds: `lenet` is in some cell, `res*50` is one from end to end, `acc>0.98` and
 * `lr:0.01` hold of a column (`:` and `=` mean equal, or for texts that it is in there), `!` before a word turns it around.
 */
export function filterRows<R>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  aliases: Readonly<Record<string, string>>,
  filter: string,
): Filtered<R> {
  const words = filter.split(/\s+/).filter((word) => word !== '' && word !== '!');
  let problem: string | null = null;
  const tests: Test<R>[] = [];
  for (const word of words) {
    const isNot = word.startsWith('!');
    const test = testOf(isNot ? word.slice(1) : word, columns, aliases);
    if (typeof test === 'string') problem ??= test;
    else tests.push(isNot ? { holds: (row) => !test.holds(row) } : test);
  }
  return {
    rows: tests.length === 0 ? rows : rows.filter((row) => tests.every((test) => test.holds(row))),
    problem,
  };
}

function testOf<R>(
  word: string,
  columns: readonly Column<R>[],
  aliases: Readonly<Record<string, string>>,
): Test<R> | string {
  const [, key, operator, wanted] = COMPARISON.exec(word) ?? [];
  if (key === undefined) return anywhere(word, columns);
  const column = columnNamed(key, columns, aliases);
  if (column === undefined) {
    const names = columns.map((one) => one.key);
    const close = nearest(key, [...names, ...Object.keys(aliases)]);
    return `there is no column "${key}"${close ? `: ${close}?` : `; there are ${names.join(', ')}`}`;
  }
  return { holds: (row) => compare(row, column, operator!, wanted!) };
}

/** A column by its key, another name, or how either begins. */
function columnNamed<R>(
  key: string,
  columns: readonly Column<R>[],
  aliases: Readonly<Record<string, string>>,
): Column<R> | undefined {
  const low = key.toLowerCase();
  const named = aliases[low] ?? low;
  const matches = (column: Column<R>) => column.key.toLowerCase();
  return (
    columns.find((column) => matches(column) === named.toLowerCase()) ??
    columns.find((column) => column.header.toLowerCase() === low) ??
    columns.find((column) => matches(column).startsWith(low) || matches(column).endsWith(`.${low}`))
  );
}

function compare<R>(row: R, column: Column<R>, operator: string, wanted: string): boolean {
  const value = column.value(row);
  if (value === null) return operator === '!=';
  const number = numberOf(wanted);
  if (typeof value === 'number' && Number.isFinite(number)) return compareNumbers(value, operator, number);
  const [text, low] = [String(value).toLowerCase(), wanted.toLowerCase()];
  switch (operator) {
    case ':':
    case '=':
      return globOf(low).test(text) || (operator === ':' && text.includes(low));
    case '!=':
      return text !== low;
    default:
      return compareNumbers(text.localeCompare(low), operator, 0);
  }
}

/** `98%` is 0.98, `60k` 60,000, `1.2M` 1,200,000. */
function numberOf(text: string): number {
  const [, digits, unit = ''] = /^([-+.\de]+)(%|[kKmMgG])?$/.exec(text) ?? [];
  const factor = { '%': 0.01, k: 1e3, K: 1e3, m: 1e6, M: 1e6, g: 1e9, G: 1e9 }[unit] ?? 1;
  return digits === undefined ? Number.NaN : Number(digits) * factor;
}

function compareNumbers(value: number, operator: string, wanted: number): boolean {
  const isEqual = Math.abs(value - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted));
  switch (operator) {
    case '>':
      return value > wanted && !isEqual;
    case '<':
      return value < wanted && !isEqual;
    case '>=':
      return value > wanted || isEqual;
    case '<=':
      return value < wanted || isEqual;
    case '!=':
      return !isEqual;
    default:
      return isEqual;
  }
}

function anywhere<R>(word: string, columns: readonly Column<R>[]): Test<R> {
  const low = word.toLowerCase();
  const isGlob = /[*?]/.test(word);
  const glob = globOf(low);
  return {
    holds: (row) =>
      columns.some((column) => {
        const text = cellText(column, row).toLowerCase();
        return isGlob ? glob.test(text) : text.includes(low);
      }),
  };
}
