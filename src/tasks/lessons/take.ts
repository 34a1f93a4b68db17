import { WorkError } from '../../base/errors.js';
import { holds } from './bound.js';
import type { Ran } from './child.js';
import { evaluate, type Results } from './evaluate.js';
import type { Figure, Form, Lesson, Line, Step } from './lesson.js';

/** A figure of the document beside ours. */
export interface Held {
  readonly figure: Figure;
  readonly ours: unknown;
  readonly holds: boolean;
}

/** A step that was gone through. */
export interface TakenStep {
  /** From 1 on, of those that were not left out. */
  readonly number: number;
  /** Its command line, as far as it has one. */
  readonly run: string | null;
  readonly figures: readonly Held[];
}

/** What happens in a lesson: a step begins, its command is over, or was stopped, which ends the lesson. */
export type LessonEvent =
  | {
      readonly event: 'step';
      readonly number: number;
      readonly of: number;
      readonly step: Step;
      readonly run: Line | null;
    }
  | ({ readonly event: 'over' } & TakenStep)
  | { readonly event: 'stopped'; readonly number: number; readonly exitCode: number };

interface Taking {
  readonly isQuick: boolean;
  /** @param isShown whether what the command prints is to be seen */
  run(line: Line, isShown: boolean): Promise<Ran>;
}

/** Exit codes of a process that was told to stop by Ctrl-C or a signal. */
const STOPPED = [129, 130, 143];

/**
 * Goes through a lesson. Between two events it waits for whoever reads them: a step's command runs when the next event is asked for.
 * @throws WorkError where a command ends in another way than the lesson says
 * @throws UsageError where a figure is looked for in a place that the result does not have
 */
export async function* takeLesson(lesson: Lesson, { isQuick, run }: Taking): AsyncGenerator<LessonEvent> {
  const steps = formsOf(lesson, isQuick);
  const named = new Map<string, unknown>();
  for (const [i, { step, form }] of steps.entries()) {
    const number = i + 1;
    yield { event: 'step', number, of: steps.length, step, run: form.run };
    if (form.run === null) {
      yield { event: 'over', number, run: null, figures: [] };
      continue;
    }
    const { exitCode, result } = await run(form.run, step.isShown);
    if (STOPPED.includes(exitCode)) {
      yield { event: 'stopped', number, exitCode };
      return;
    }
    if (exitCode !== step.exitCode) throw failed(number, form.run, exitCode, step.exitCode);
    if (step.name !== null) named.set(step.name, result);
    const figures = form.figures.map((figure) => held(figure, { own: result, named }));
    yield { event: 'over', number, run: form.run.text, figures };
  }
}

/** The steps that are gone through, each in its form. */
function formsOf({ steps }: Lesson, isQuick: boolean): { readonly step: Step; readonly form: Form }[] {
  return steps.flatMap((step) => {
    const form = isQuick ? step.quick : step.whole;
    return form === null ? [] : [{ step, form }];
  });
}

function failed(number: number, line: Line, exitCode: number, wanted: number): WorkError {
  const expected = wanted === 0 ? '' : `, where ${wanted} was expected`;
  return new WorkError(`Step ${number}: "cnnzoo ${line.text}" ended with exit code ${exitCode}${expected}.`);
}

function held(figure: Figure, results: Results): Held {
  if (results.own === undefined) throw figure.error('the command has no result to look into.');
  const ours = evaluate(figure.from, results, figure.error);
  return { figure, ours, holds: holds(figure.bound, ours) };
}
