import { didYouMean } from '../../base/text/nearest.js';
import { cut } from '../../base/text/visible.js';
import { counted } from '../../base/text/words.js';
import type { Expression, FunctionName, Sign } from './expression.js';

/** The JSON of commands. */
export interface Results {
  readonly own: unknown;
  readonly named: ReadonlyMap<string, unknown>;
}

/**
 * What an expression comes to.
 * @param results of the command that a figure is of, and of named steps before it
 * @param fail makes an error of a sentence
 * @throws what `fail` makes, where a key, an entry or a number is missing
 */
export function evaluate(
  expression: Expression,
  results: Results,
  fail: (message: string) => Error,
): unknown {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'path':
      return walk(resultOf(expression.of, results, fail), expression, 0, fail);
    case 'call':
      if (expression.name === 'count') return listOf(expression.of, results, fail).length;
      if (expression.name === 'abs') return absoluteOf(expression, results, fail);
      return FORMULAS[expression.name](numbersOf(expression.of, results, fail));
    case 'arithmetic': {
      const [left, right] = [expression.left, expression.right].map((side) => numberOf(side, results, fail));
      if (expression.sign === '/' && right === 0)
        throw fail(`${written(expression.right)} is 0, and nothing can be divided by that.`);
      return ARITHMETIC[expression.sign](left!, right!);
    }
  }
}

const ARITHMETIC: Readonly<Record<Sign, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Of numbers, at least one. */
const FORMULAS: Readonly<
  Record<Exclude<FunctionName, 'count' | 'abs'>, (numbers: readonly number[]) => number>
> = {
  sum,
  min: (numbers) => numbers.reduce((a, b) => Math.min(a, b)),
  max: (numbers) => numbers.reduce((a, b) => Math.max(a, b)),
  mean: (numbers) => sum(numbers) / numbers.length,
};

/** Of a list each of its numbers without its sign. */
function absoluteOf(
  { of }: Extract<Expression, { kind: 'call' }>,
  results: Results,
  fail: (message: string) => Error,
): unknown {
  // Whatever is no number is refused.
  numbersOf(of, results, fail);
  const absolute = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(absolute) : Math.abs(value as number);
  return absolute(evaluate(of, results, fail));
}

function numberOf(expression: Expression, results: Results, fail: (message: string) => Error): number {
  const value = evaluate(expression, results, fail);
  if (typeof value === 'number') return value;
  throw fail(`${written(expression)} is ${kindOf(value)}, where a number was expected.`);
}

function listOf(expression: Expression, results: Results, fail: (message: string) => Error): unknown[] {
  const value = evaluate(expression, results, fail);
  if (Array.isArray(value)) return value;
  throw fail(`${written(expression)} is ${kindOf(value)}, where a list was expected.`);
}

/** A number, or those of a list, however deep in it. */
function numbersOf(expression: Expression, results: Results, fail: (message: string) => Error): number[] {
  const values = [evaluate(expression, results, fail)].flat(Number.POSITIVE_INFINITY);
  if (values.length === 0)
    throw fail(`${written(expression)} is an empty list, where numbers were expected.`);
  const stranger = values.find((value) => typeof value !== 'number');
  if (stranger === undefined) return values as number[];
  throw fail(`${written(expression)} has ${kindOf(stranger)}, where numbers were expected.`);
}

type Place = Extract<Expression, { kind: 'path' }>;

/** The result that a path begins in. */
function resultOf(step: string | null, { own, named }: Results, fail: (message: string) => Error): unknown {
  if (step === null) return own;
  const result = named.get(step);
  if (result === undefined) throw fail(`there is no result of the step "${cut(step)}": it was left out.`);
  return result;
}

/** What a path leads to from `value`, `at` of its steps having been taken. */
function walk(value: unknown, path: Place, at: number, fail: (message: string) => Error): unknown {
  const step = path.steps[at];
  if (step === undefined) return value;
  const place = pathText(path, at);
  if (step.kind === 'key') {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw fail(`${place} is ${kindOf(value)}, which has no "${cut(step.key)}".`);
    if (!Object.hasOwn(value, step.key))
      throw fail(`there is no "${cut(step.key)}" in ${place}. ${didYouMean(step.key, Object.keys(value))}`);
    return walk((value as Record<string, unknown>)[step.key], path, at + 1, fail);
  }
  if (!Array.isArray(value)) throw fail(`${place} is ${kindOf(value)}, where a list was expected.`);
  if (step.kind === 'all') return value.map((item) => walk(item, path, at + 1, fail));
  if (step.kind === 'where') return walk(entryWhere(value, step, place, fail), path, at + 1, fail);
  const index = step.index < 0 ? value.length + step.index : step.index;
  if (index < 0 || index >= value.length)
    throw fail(`there is no entry ${step.index} in ${place}, which has ${value.length}.`);
  return walk(value[index], path, at + 1, fail);
}

function entryWhere(
  list: readonly unknown[],
  { key, value }: { readonly key: string; readonly value: string },
  place: string,
  fail: (message: string) => Error,
): unknown {
  const fieldOf = (item: unknown) => (item as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  const found = list.find((item) => String(fieldOf(item)) === value);
  if (found !== undefined) return found;
  const known = list
    .map(fieldOf)
    .flatMap((field) => (field === undefined || field === null ? [] : [String(field)]));
  const way = known.length === 0 ? `None has a "${key}".` : didYouMean(value, known);
  throw fail(`no entry of ${place} has ${key}=${cut(value)}. ${way}`);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `a list of ${counted(value.length, 'entry', 'entries')}`;
  return typeof value === 'object' ? 'a mapping' : `${JSON.stringify(value)}`;
}

/** A path as it was written, near enough, as far as its first steps. */
function pathText({ of, steps }: Place, count = steps.length): string {
  const text = steps.slice(0, count).map((step) => {
    switch (step.kind) {
      case 'key':
        return `.${step.key}`;
      case 'index':
        return `[${step.index}]`;
      case 'all':
        return '[*]';
      case 'where':
        return `[${step.key}=${step.value}]`;
    }
  });
  if (of !== null) return `@${of}${text.join('')}`;
  return text.join('').replace(/^\./, '') || 'the result';
}

function written(expression: Expression): string {
  if (expression.kind === 'path') return pathText(expression);
  if (expression.kind === 'number') return String(expression.value);
  return expression.kind === 'call' ? `${expression.name}(...)` : 'what was worked out';
}
