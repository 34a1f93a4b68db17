import type { RunCondition, WatchedRun } from '../../../../runs/watch/run-watch.js';
import type { RunConfig } from '../../../../tasks/compare/settings.js';
import type { RunsState, Starting } from '../../state/runs-state.js';

/** A row of the list: a run, or a training that is about to become one. */
export interface RunRow {
  readonly dir: string;
  readonly name: string;
  readonly condition: RunCondition | 'starting' | 'failed';
  readonly run: WatchedRun | null;
  readonly starting: Starting | null;
  readonly config: RunConfig | null;
  readonly accuracy: RunFigure | null;
  readonly loss: RunFigure | null;
}

/** A figure, and on which images it was measured. */
export interface RunFigure {
  readonly value: number;
  readonly of: 'test' | 'validation' | 'training';
}

const kept = new WeakMap<
  RunsState['watched'],
  { readonly state: RunsState; readonly rows: readonly RunRow[] }
>();

/** All rows: those that are about to start first. */
export function runRows(state: RunsState): readonly RunRow[] {
  const before = kept.get(state.watched);
  if (before && before.state.starting === state.starting && before.state.configs === state.configs)
    return before.rows;
  const known = new Set(state.watched.map(({ dir }) => dir));
  const starting = state.starting.filter(({ dir }) => !known.has(dir)).map(startingRow);
  const rows = [...starting, ...state.watched.map((run) => runRow(run, state.configs[run.dir] ?? null))];
  kept.set(state.watched, { state, rows });
  return rows;
}

function startingRow(starting: Starting): RunRow {
  const { dir, hasFailed } = starting;
  const name = dir.split(/[\\/]/).at(-1)!;
  const condition = hasFailed ? 'failed' : 'starting';
  return { dir, name, condition, run: null, starting, config: null, accuracy: null, loss: null };
}

function runRow(run: WatchedRun, config: RunConfig | null): RunRow {
  const { dir, name, condition } = run;
  const [accuracy, loss] = [figureOf(run, 'accuracy'), figureOf(run, 'loss')];
  return { dir, name, condition, run, starting: null, config, accuracy, loss };
}

/** The figure that says most: of the test images, else of the validation images, else of those that are learned from. */
function figureOf({ brief, now }: WatchedRun, which: 'accuracy' | 'loss'): RunFigure | null {
  if (brief?.test) return { value: brief.test[which], of: 'test' };
  const last = brief?.history.at(-1);
  const validation = which === 'loss' ? last?.validationLoss : last?.validationAccuracy;
  if (typeof validation === 'number') return { value: validation, of: 'validation' };
  const value = now?.[which] ?? last?.[which];
  return value === undefined ? null : { value, of: 'training' };
}

/** Whether a process trains it at this moment, here or elsewhere. */
export function isTraining({ condition }: RunRow): boolean {
  return condition === 'training' || condition === 'elsewhere';
}

/** Whether it can be gone on with. */
export function canResume({ condition }: RunRow): boolean {
  return condition === 'gone' || condition === 'interrupted' || condition === 'stopped';
}

/** How a condition is called in the list. */
export const CONDITION_WORDS: Readonly<Record<RunRow['condition'], string>> = {
  training: 'training',
  elsewhere: 'elsewhere',
  starting: 'starting',
  failed: 'failed',
  completed: 'completed',
  stopped: 'stopped',
  interrupted: 'interrupted',
  diverged: 'diverged',
  gone: 'gone',
  damaged: 'damaged',
};
