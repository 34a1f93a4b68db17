import { lineOf } from '../parts/words.js';
import { type Step, step } from '../state/pane.js';
import type { StudioState } from '../state/studio-state.js';
import { openOutput } from './output.js';

/** Runs a command of ours, and shows what it says over the panes. */
export function showing(state: StudioState, words: readonly string[]): Step {
  const line = lineOf(words);
  const said = { line, text: '', tone: 'quiet' as const };
  return step({ ...state, overlay: openOutput(line), said }, { do: 'command', words });
}
