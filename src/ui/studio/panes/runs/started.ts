import { formWords, withProblem } from '../../overlays/form.js';
import { lineOf } from '../../parts/words.js';
import { type StudioState, saying, withList } from '../../state/studio-state.js';

/** With a training that was begun: its row is under the cursor until its run takes the row's place. */
export function begun(
  state: StudioState,
  { dir, line, isResumed }: { readonly dir: string; readonly line: string; readonly isResumed: boolean },
): StudioState {
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
  const starting = { dir, line, said: '', hasFailed: false };
  return { ...said, runs: { ...said.runs, starting: [starting, ...said.runs.starting] } };
}

/** With what is wrong with a command line: in the form that it is of, else above the keys. */
export function refused(state: StudioState, words: readonly string[], problem: string): StudioState {
  const { overlay } = state;
  if (overlay?.kind === 'form' && lineOf(formWords(overlay)) === lineOf(words))
    return withProblem(state, overlay, problem);
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
