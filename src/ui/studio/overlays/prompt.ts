import { textWidth } from '../../../terminal/text.js';
import type { Span, Theme, Tone } from '../../../terminal/theme.js';
import { edited, withText } from '../parts/edit.js';
import { cutSpans, quiet, wrapped } from '../parts/spans.js';
import { type PromptOverlay, type TextField, textField } from '../state/overlay.js';
import { type Step, step } from '../state/pane.js';
import type { StudioState } from '../state/studio-state.js';

/** What each prompt begins with on the screen. */
const SIGNS: Readonly<Record<PromptOverlay['purpose'], string>> = {
  filter: '/',
  command: ':',
  picture: 'picture: ',
};

/** What may be typed, where nothing else is said above it. */
const FORMS: Readonly<Record<PromptOverlay['purpose'], string>> = {
  filter: '',
  command: '',
  picture: '7 is a number, =7 a class; or mnist:test:7, or a file',
};

/** Lines of what is said of a text at most. */
const MOST_SAID = 6;

/** Lines that are remembered. */
const MOST_LINES = 50;

export function openPrompt(state: StudioState, purpose: PromptOverlay['purpose'], text = ''): StudioState {
  const history = purpose === 'command' ? state.history : [];
  const input = textField(text);
  const prompt = { input, candidates: [], chosen: null, before: text, history, recalled: null, remark: null };
  return { ...state, overlay: { kind: 'prompt', purpose, ...prompt } };
}

/** What a prompt is for: each change of its text, its end, and the way back. */
export interface PromptActs {
  change(state: StudioState, text: string): StudioState;
  submit(state: StudioState, text: string): Step;
}

export function pressPrompt(state: StudioState, prompt: PromptOverlay, key: string, acts: PromptActs): Step {
  switch (key) {
    case 'escape':
    case 'ctrl-c':
      return step(acts.change({ ...state, overlay: null }, prompt.before));
    case 'enter':
      return acts.submit(remembering({ ...state, overlay: null }, prompt), prompt.input.text);
    case 'tab':
    case 'shift-tab':
      return completed(state, prompt, key === 'tab' ? 1 : -1);
    case 'up':
    case 'down':
      return recalled(state, prompt, key === 'up' ? -1 : 1);
  }
  const input = edited(prompt.input, key);
  return input === undefined ? step(state) : withInput(state, prompt, input, acts);
}

/** What is pasted into the line. */
export function pasteIntoPrompt(
  state: StudioState,
  prompt: PromptOverlay,
  text: string,
  acts: PromptActs,
): Step {
  return withInput(state, prompt, withText(prompt.input, text), acts);
}

function withInput(state: StudioState, prompt: PromptOverlay, input: TextField, acts: PromptActs): Step {
  const next = {
    ...state,
    overlay: { ...prompt, input, candidates: [], chosen: null, recalled: null, remark: null },
  };
  const changed = acts.change(next, input.text);
  return prompt.purpose === 'command' ? step(changed, { do: 'complete', text: input.text }) : step(changed);
}

function remembering(state: StudioState, { purpose, input }: PromptOverlay): StudioState {
  const { text } = input;
  if (purpose !== 'command' || text.trim() === '') return state;
  return { ...state, history: [...state.history.filter((line) => line !== text), text].slice(-MOST_LINES) };
}

/** The next of the candidates in the place of the last word. */
function completed(state: StudioState, prompt: PromptOverlay, by: number): Step {
  const { candidates, chosen } = prompt;
  if (candidates.length === 0) return step(state, { do: 'complete', text: prompt.input.text });
  const next =
    chosen === null
      ? by > 0
        ? 0
        : candidates.length - 1
      : (chosen + by + candidates.length) % candidates.length;
  const input = textField(prompt.input.text.replace(/\S*$/, candidates[next]!.replace(/\$/g, '$$$$')));
  // One that is the only one is taken for good, and what may follow it is looked for.
  const isOnly = candidates.length === 1 && !/[/=]$/.test(input.text);
  const text = isOnly ? textField(`${input.text} `) : input;
  const overlay: PromptOverlay = isOnly
    ? { ...prompt, input: text, candidates: [], chosen: null }
    : { ...prompt, input, chosen: next };
  return isOnly
    ? step({ ...state, overlay }, { do: 'complete', text: text.text })
    : step({ ...state, overlay });
}

function recalled(state: StudioState, prompt: PromptOverlay, by: number): Step {
  const { history } = prompt;
  if (history.length === 0) return step(state);
  const at = Math.max(0, Math.min(history.length, (prompt.recalled ?? history.length) + by));
  const input = textField(history[at] ?? prompt.before);
  return step({ ...state, overlay: { ...prompt, input, recalled: at, candidates: [], chosen: null } });
}

/** The prompt's line, and above it what the word may become, or what is said of it: as many lines as that takes. */
export function promptLines(
  prompt: PromptOverlay,
  width: number,
  theme: Theme,
): { line: Span[]; hints: Span[][] } {
  const { input, candidates, chosen } = prompt;
  const chars = [...input.text];
  const sign = SIGNS[prompt.purpose];
  const room = width - textWidth(sign) - 1;
  let from = 0;
  while (textWidth(chars.slice(from, input.at).join('')) >= room) from++;
  const line: Span[] = [
    { text: sign, tone: 'strong' },
    { text: chars.slice(from, input.at).join('') },
    { text: chars[input.at] ?? ' ', tone: 'chosen' },
    { text: chars.slice(input.at + 1).join('') },
  ];
  const form: { text: string; tone: Tone } = { text: FORMS[prompt.purpose], tone: 'quiet' };
  const { text, tone } = prompt.remark ?? form;
  const first = Math.max(0, (chosen ?? 0) - 2);
  const words = candidates.slice(first, first + 30).flatMap((text, i): Span[] => {
    const isChosen = first + i === chosen;
    return [
      { text: isChosen && !theme.glyphs.braille ? `<${text}>` : text, tone: isChosen ? 'chosen' : 'quiet' },
      quiet('  '),
    ];
  });
  const said = words.length > 0 || text === '' ? [] : wrapped(text, width, tone).slice(0, MOST_SAID);
  const hints = said.length > 0 ? said : [cutSpans(words, width, theme)];
  return { line: cutSpans(line, width, theme), hints };
}
