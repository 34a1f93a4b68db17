import { shellWord } from '../../../../base/text/settings.js';
import type { StopRequest } from '../../../../runs/events.js';
import { stoppingOf } from '../../../../runs/watch/stopping.js';
import { showing } from '../../overlays/showing.js';
import { chosenRows, currentRow } from '../../parts/rows.js';
import { lineOf } from '../../parts/words.js';
import { toggled } from '../../state/list-state.js';
import { BEGINNING } from '../../state/look-state.js';
import type { Overlay } from '../../state/overlay.js';
import { type Binding, SIDE_BY_SIDE, type Step, step } from '../../state/pane.js';
import { type StudioState, saying, withList } from '../../state/studio-state.js';
import { runList } from './run-list.js';
import { canResume, isTraining, type RunRow } from './run-row.js';
import { forgotten, tryAgain } from './started.js';
import { zoomed } from './view-window.js';

export function currentRun(state: StudioState): RunRow | undefined {
  return currentRow(runList, state, state.lists.runs);
}

/** Those that are marked, else the one under the cursor. */
export function chosenRuns(state: StudioState): readonly RunRow[] {
  return chosenRows(runList, state, state.lists.runs);
}

const hasRun = (state: StudioState) => (currentRun(state)?.run ?? null) !== null;
const failedStart = (state: StudioState) => {
  const starting = currentRun(state)?.starting ?? null;
  return starting?.hasFailed === true ? starting : null;
};
const resumes = (state: StudioState) => {
  const row = currentRun(state);
  return row !== undefined && canResume(row);
};
const trains = (state: StudioState) => {
  const row = currentRun(state);
  return row !== undefined && isTraining(row);
};

function stop(state: StudioState, when: StopRequest): Step {
  const { dir, name, brief } = currentRun(state)!.run!;
  const stopping = stoppingOf(brief!, when);
  if ('problem' in stopping) return step(saying(state, stopping.problem, 'warning'));
  const { pid, signal, line } = stopping;
  const { runs } = state;
  if (runs.stopping[dir] === pid) {
    if (when === 'now') return step({ ...state, overlay: killQuestion(name, pid) });
    return step(saying(state, `${name} is stopping already: it saves first.`, 'warning'));
  }
  const effect = { do: 'signal' as const, pid, signal };
  if (when === 'after-epoch') return step(saying(state, 'It stops after this epoch.', 'good', line), effect);
  const next = { ...state, runs: { ...runs, stopping: { ...runs.stopping, [dir]: pid } } };
  return step(saying(next, 'It saves and stops.', 'good', line), effect);
}

function killQuestion(name: string, pid: number): Overlay {
  return {
    kind: 'question',
    text: `${name} is stopping already: it saves first. Kill it instead, without what it has learned since its last checkpoint?`,
    line: `kill -KILL ${pid}`,
    effects: [{ do: 'signal', pid, signal: 'SIGKILL' }],
  };
}

function stopLine(state: StudioState, when: StopRequest): string | null {
  const brief = currentRun(state)?.run?.brief;
  const stopping = brief ? stoppingOf(brief, when) : null;
  return stopping && 'line' in stopping ? stopping.line : null;
}

function resume(state: StudioState): Step {
  const failed = failedStart(state);
  if (failed !== null) return step(tryAgain(state, failed));
  const row = currentRun(state)!;
  return step(state, { do: 'train', words: ['train', '--resume', row.dir] });
}

function remove(state: StudioState): Step {
  const failed = failedStart(state);
  if (failed !== null && state.lists.runs.marks.length === 0) return step(forgotten(state, failed));
  const rows = chosenRuns(state).filter(({ run }) => run !== null);
  const busy = rows.find(isTraining);
  if (busy !== undefined)
    return step(saying(state, `${busy.name} is being trained: stop it first (x).`, 'warning'));
  const dirs = rows.map(({ dir }) => dir);
  const what = dirs.length === 1 ? rows[0]!.name : `${dirs.length} runs`;
  const overlay = {
    kind: 'question' as const,
    text: `Remove ${what} for good, with all that is in ${dirs.length === 1 ? 'its folder' : 'their folders'}?`,
    line: removeLine(dirs),
    effects: [{ do: 'remove' as const, dirs }],
  };
  return step({ ...state, overlay });
}

function removeLine(dirs: readonly string[]): string {
  return ['rm -r', ...dirs.map(shellWord)].join(' ');
}

function look(state: StudioState): Step {
  const row = currentRun(state)!;
  const look = {
    ...state.look,
    run: row.dir,
    ...BEGINNING,
  };
  return step({ ...state, pane: 'look', focus: 'detail', look });
}

export const runKeys: readonly Binding[] = [
  {
    keys: ['s'],
    label: 'stop after epoch',
    help: 'Stop the training at the end of this epoch',
    isOpen: trains,
    line: (state) => stopLine(state, 'after-epoch'),
    act: (state) => stop(state, 'after-epoch'),
  },
  {
    keys: ['x'],
    label: 'stop now',
    help: 'Stop the training now; what it has learned is saved. Again: kill it, after a question',
    isOpen: trains,
    line: (state) => stopLine(state, 'now'),
    act: (state) => stop(state, 'now'),
  },
  {
    keys: ['r'],
    label: 'resume',
    help: 'Go on with a training that was stopped, interrupted or killed',
    isQuiet: (state) => !resumes(state),
    isOpen: (state) => resumes(state) || failedStart(state) !== null,
    line: (state) => (resumes(state) ? lineOf(['train', '--resume', currentRun(state)!.dir]) : null),
    act: resume,
  },
  {
    keys: ['t'],
    label: 'try again',
    help: 'Of a training that failed to start: its form again, as it was filled in',
    isOpen: (state) => failedStart(state) !== null,
    act: (state) => step(tryAgain(state, failedStart(state)!)),
  },
  {
    keys: ['e'],
    label: 'evaluate',
    help: 'Precision and recall of each class, the confusion matrix, the worst mistakes',
    isOpen: hasRun,
    line: (state) => lineOf(['evaluate', currentRun(state)?.dir ?? 'RUN', '--worst', '10']),
    act: (state) => showing(state, ['evaluate', currentRun(state)!.dir, '--worst', '10']),
  },
  {
    keys: ['i'],
    label: 'look',
    help: 'Look at what its layers make of a picture',
    isOpen: hasRun,
    act: look,
  },
  {
    keys: [' '],
    label: 'mark',
    help: 'Mark the run, or no longer: curves of marked runs lie over each other',
    isOpen: hasRun,
    act: (state) =>
      step(withList(state, 'runs', { marks: toggled(state.lists.runs.marks, currentRun(state)!.dir) })),
  },
  {
    keys: ['c'],
    label: 'compare',
    help: 'Compare the marked runs side by side, with what is larger than chance',
    isOpen: hasRun,
    line: (state) => lineOf(['compare', ...chosenRuns(state).map(({ dir }) => dir)]),
    act: (state) => showing(state, ['compare', ...chosenRuns(state).map(({ dir }) => dir)]),
  },
  {
    keys: ['d'],
    label: 'differs',
    help: 'What differs between the marked runs in data and configs, or the curves again',
    isOpen: hasRun,
    act(state) {
      const view = state.runs.view === 'settings' ? 'curves' : 'settings';
      // What was asked for is to be seen, also where the list has the whole screen.
      const isHidden = state.size.columns < SIDE_BY_SIDE && view === 'settings';
      return step({ ...state, focus: isHidden ? 'detail' : state.focus, runs: { ...state.runs, view } });
    },
  },
  {
    keys: ['w'],
    label: 'epochs/time',
    help: 'Curves over epochs, or over seconds of training',
    isOpen: hasRun,
    act(state) {
      const axis = state.runs.axis === 'epochs' ? 'seconds' : 'epochs';
      return step({ ...state, runs: { ...state.runs, axis, zoom: [0, 1], reading: null } });
    },
  },
  {
    keys: ['+', '-', '0'],
    shown: '+ - 0',
    label: 'zoom',
    help: 'Show less of the curves around the values that are read, more, or all of them',
    isQuiet: true,
    isOpen: hasRun,
    act: (state, key) =>
      step({
        ...state,
        runs: zoomed(state.runs, key === '+' ? 0.5 : key === '-' ? 2 : Number.POSITIVE_INFINITY),
      }),
  },
  {
    keys: ['delete'],
    label: 'remove',
    help: 'Remove the marked runs, or the one under the cursor, after a question',
    isQuiet: (state) => failedStart(state) === null,
    isOpen: (state) => hasRun(state) || failedStart(state) !== null,
    line: (state) => {
      const dirs = chosenRuns(state).flatMap(({ run }) => run?.dir ?? []);
      return dirs.length === 0 ? null : removeLine(dirs);
    },
    act: remove,
  },
];
