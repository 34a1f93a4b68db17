import { isFlag } from '../../../cli/flags.js';
import { openOutput } from '../overlays/output.js';
import { lineOf, wordsOf } from '../parts/words.js';
import { type Step, step } from '../state/pane.js';
import { type StudioState, saying } from '../state/studio-state.js';

/** Whether a command speaks with who sits at the terminal: a lesson that is gone through by keys, layers step by step. */
function isAsking([command, ...rest]: readonly string[]): boolean {
  if (command === 'lesson') return rest.some((word) => !isFlag(word)) && !rest.includes('--auto');
  return rest.includes('--steps');
}

/** Runs a line that was typed behind `:`; a training goes on by itself, everything else shows what it says. */
export function runCommand(state: StudioState, typed: string): Step {
  const words = wordsOf(typed);
  if (words === null) return step(saying(state, `A quote is not closed in ${typed}`, 'bad'));
  if (words[0] === 'cnnzoo') words.shift();
  const [command] = words;
  if (command === undefined) return step(state);
  if (['q', 'quit', 'exit'].includes(command)) return step(state, { do: 'leave', code: 0 });
  if (command === 'studio') return step(saying(state, 'This is the studio.', 'warning'));
  const line = lineOf(words);
  const isHelp = words.includes('--help') || words.includes('-h');
  if (command === 'train' && !isHelp) return step(state, { do: 'train', words });
  const said = saying(state, '', 'quiet', line);
  if (isAsking(words) && !isHelp) return step(said, { do: 'lend', words });
  return step({ ...said, overlay: openOutput(line) }, { do: 'command', words });
}
