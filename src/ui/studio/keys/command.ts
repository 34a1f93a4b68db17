import { openOutput } from '../overlays/output.js';
import { lineOf, wordsOf } from '../parts/words.js';
import { type Step, step } from '../state/pane.js';
import { type StudioState, saying } from '../state/studio-state.js';

/** Commands that speak with who sits at the terminal, and flags that make one do so. */
const ASKING = { commands: ['lesson'], flags: ['--steps'] } as const;

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
  if (command === 'train' && !isHelp) return startTraining(state, words);
  const said = saying(state, '', 'quiet', line);
  const isAsking =
    ASKING.commands.some((one) => one === command) || ASKING.flags.some((flag) => words.includes(flag));
  if (isAsking && !isHelp) return step(said, { do: 'lend', words });
  return step({ ...said, overlay: openOutput(line) }, { do: 'command', words });
}

/** A training in a process of its own: it gets a folder by name, so that it can be told from others before it has begun. */
export function startTraining(state: StudioState, words: readonly string[]): Step {
  const isPlaced = words.some((word) => /^--(run-?dir|resume)\b/i.test(word));
  const model = words.slice(1).find((word) => !word.startsWith('-')) ?? 'run';
  const dir = isPlaced ? null : newRunDir(state, model);
  const whole = dir === null ? words : [...words, '--run-dir', dir];
  const next =
    dir === null
      ? state
      : { ...state, lists: { ...state.lists, runs: { ...state.lists.runs, cursor: dir } } };
  const said = saying(
    { ...next, overlay: null },
    'It goes on when the studio is left.',
    'good',
    lineOf(whole),
  );
  return step(
    { ...said, pane: 'runs', focus: 'list' },
    { do: 'train', words: whole, dir: dir ?? placeOf(words) },
  );
}

/** The folder that a command line names for its run. */
function placeOf(words: readonly string[]): string | null {
  const at = words.findIndex((word) => /^--run-?dir/i.test(word));
  if (at < 0) return null;
  const [, value] = /=(.*)$/.exec(words[at]!) ?? [];
  return value ?? words[at + 1] ?? null;
}

/** `runs/lenet5-20260801-120000` in the folder that the studio shows. */
function newRunDir({ folder, runs }: StudioState, model: string): string {
  const name = model
    .split(/[\\/]/)
    .at(-1)!
    .replace(/\.ya?ml$/, '');
  const time = new Date();
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  const base = `${folder}/${name}-${date}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
  const taken = new Set([...runs.starting, ...runs.watched].map(({ dir }) => dir));
  let dir = base;
  for (let number = 2; taken.has(dir); number++) dir = `${base}-${number}`;
  return dir;
}
