import { didYouMean } from '../../base/text/nearest.js';
import { cut } from '../../base/text/visible.js';
import type { Path } from '../../base/yaml/path.js';
import { type Bound, boundOf } from './bound.js';
import { type Expression, parseExpression, stepsIn } from './expression.js';
import type { Figure } from './lesson.js';
import type { Part } from './part.js';
import { type BoundSetting, boundSchema, figureSchema } from './schema.js';

/** A figure as a whole lesson has it, and as a quick one has it: null where it is left out there. */
export interface ReadFigure {
  readonly whole: Figure;
  readonly quick: Figure | null;
}

/**
 * @param named the steps before its own that have a name
 * @throws UsageError with file:line:column for whatever is wrong
 */
export function readFigure(part: Part, value: unknown, named: readonly string[]): ReadFigure {
  const { figure, from, source = null, quick, ...bound } = part.check(figureSchema, value);
  const error = (message: string) => part.error(message, ['from']);
  const shared = { name: figure, source, from: readFrom(from, named, error), isOfDocument: true, error };
  const whole = { ...shared, bound: oneBound(part, bound) };
  if (quick === undefined) return { whole, quick: whole };
  if (quick === false) return { whole, quick: null };
  const ownBound = oneBound(part, quick, ['quick']);
  return { whole, quick: { ...shared, source: null, isOfDocument: false, bound: ownBound } };
}

function readFrom(from: string, named: readonly string[], error: (message: string) => Error): Expression {
  const expression = parseExpression(from, error);
  const stranger = stepsIn(expression).find((name) => !named.includes(name));
  if (stranger === undefined) return expression;
  const way = named.length === 0 ? 'None has a name.' : didYouMean(stranger, named);
  throw error(`no step before this one has the name "${cut(stranger)}". ${way}`);
}

/** @throws UsageError where there is no bound, or more than one. */
function oneBound(part: Part, setting: BoundSetting, path: Path = []): Bound {
  const bound = boundOf(setting);
  if (bound !== undefined) return bound;
  const kinds = Object.keys(boundSchema.shape).join(', ');
  throw part.error(`one of ${kinds} must say what it is to be.`, path);
}
