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

/** A step that figures of later ones may look into. */
export interface NamedStep {
  readonly name: string;
  /** Whether the quick way has it. */
  readonly isQuick: boolean;
}

/**
 * @param named the steps before its own that have a name; and whether the quick way has its own
 * @throws UsageError with file:line:column for whatever is wrong
 */
export function readFigure(
  part: Part,
  value: unknown,
  { named, isQuick }: { readonly named: readonly NamedStep[]; readonly isQuick: boolean },
): ReadFigure {
  const { figure, from, source = null, quick, ...bound } = part.check(figureSchema, value);
  const error = (message: string) => part.error(message, ['from']);
  const shared = { name: figure, source, from: readFrom(from, named, error), isOfDocument: true, error };
  const whole = { ...shared, bound: oneBound(part, bound) };
  if (isQuick && quick !== false) requireQuick(shared.from, named, error);
  if (quick === undefined) return { whole, quick: whole };
  if (quick === false) return { whole, quick: null };
  const ownBound = oneBound(part, quick, ['quick']);
  return { whole, quick: { ...shared, source: null, isOfDocument: false, bound: ownBound } };
}

/** @throws UsageError where the quick way leaves out a step that a figure of it looks into */
function requireQuick(
  from: Expression,
  named: readonly NamedStep[],
  error: (message: string) => Error,
): void {
  const missing = stepsIn(from).find((name) => named.some((step) => step.name === name && !step.isQuick));
  if (missing === undefined) return;
  throw error(
    `the quick way leaves out the step "${cut(missing)}": leave out this figure there as well, by quick: false.`,
  );
}

function readFrom(from: string, named: readonly NamedStep[], error: (message: string) => Error): Expression {
  const expression = parseExpression(from, error);
  const names = named.map(({ name }) => name);
  const stranger = stepsIn(expression).find((name) => !names.includes(name));
  if (stranger === undefined) return expression;
  const way = names.length === 0 ? 'None has a name.' : didYouMean(stranger, names);
  throw error(`no step before this one has the name "${cut(stranger)}". ${way}`);
}

/** @throws UsageError where there is no bound, or more than one. */
function oneBound(part: Part, setting: BoundSetting, path: Path = []): Bound {
  const bound = boundOf(setting);
  if (bound !== undefined) return bound;
  const kinds = Object.keys(boundSchema.shape).join(', ');
  throw part.error(`one of ${kinds} must say what it is to be.`, path);
}
