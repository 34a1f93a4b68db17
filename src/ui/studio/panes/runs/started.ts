import { formWords, withProblem } from '../../overlays/form.js';
import { openPrompt } from '../../overlays/prompt.js';
import { lineOf } from '../../parts/words.js';
import type { FormOverlay } from '../../state/overlay.js';
import type { Starting } from '../../state/runs-state.js';
import { type StudioState, saying, withList } from '../../state/studio-state.js';

/** A training that was begun. */
interface Begun {
  readonly dir: string;
  readonly line: string;
  /** Its words before it was given a place. */
  readonly asked: readonly string[];
  readonly isResumed: boolean;
}

function formOf({ overlay }: StudioState, words: readonly string[]): FormOverlay | null {
  return overlay?.kind === 'form' && lineOf(formWords(overlay)) === lineOf(words) ? overlay : null;
}

/** With a training that was begun: its row is under the cursor until its run takes the row's place. */
export function begun(state: StudioState, { dir, line, asked, isResumed }: Begun): StudioState {
  const words = isResumed ? 'It goes on.' : 'It goes on when the studio is left.';
  const overlay = state.overlay?.kind === 'form' ? null : state.overlay;
  const said = withList(
    saying({ ...state, overlay, pane: 'runs', focus: 'list' }, words, 'good', line),
    'runs',
    {
      cursor: dir,
    },
  );
  if (isResumed) return said;
  const starting = { dir, line, form: formOf(state, asked), said: '', hasFailed: false };
  return { ...said, runs: { ...said.runs, starting: [starting, ...said.runs.starting] } };
}

/** With what is wrong with a command line: in the form that it is of, else above the keys. */
export function refused(state: StudioState, words: readonly string[], problem: string): StudioState {
  const form = formOf(state, words);
  if (form !== null) return withProblem(state, form, problem);
  return saying(state, problem, 'bad', lineOf(words));
}

/** With the reason why a training has failed, the last that it said. */
export function failed(state: StudioState, dir: string, said: string): StudioState {
  const starting = state.runs.starting.map((one) =>
    one.dir === dir ? { ...one, said, hasFailed: true } : one,
  );
  const last = said.split('\n').at(-1) ?? '';
  return saying({ ...state, runs: { ...state.runs, starting } }, `${dir}: ${last}`, 'bad');
}

/** The form of a training that failed, as it was filled in, or its line where it was typed. */
export function tryAgain(state: StudioState, { form, line }: Starting): StudioState {
  if (form !== null) return { ...state, overlay: { ...form, problem: null } };
  return openPrompt(state, 'command', line.replace(/^cnnzoo /, ''));
}

/** Without a training that never came to be a run. */
export function forgotten(state: StudioState, { dir }: Starting): StudioState {
  const starting = state.runs.starting.filter((one) => one.dir !== dir);
  return saying({ ...state, runs: { ...state.runs, starting } }, 'Its row is gone; it had no folder.');
}
