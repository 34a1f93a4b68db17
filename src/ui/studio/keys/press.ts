import { pasteIntoForm, pressForm } from '../overlays/form.js';
import { helpLines, pressHelp } from '../overlays/help.js';
import { pressOutput } from '../overlays/output.js';
import { type PromptActs, pasteIntoPrompt, pressPrompt } from '../overlays/prompt.js';
import { PANES, paneOf } from '../panes/index.js';
import { openPicture, withoutTyped } from '../panes/look/look-keys.js';
import type { PromptOverlay } from '../state/overlay.js';
import { type Binding, type Step, step } from '../state/pane.js';
import { type StudioState, saying, withList } from '../state/studio-state.js';
import { runCommand } from './command.js';
import { EVERYWHERE } from './everywhere.js';

/** Rows of the screen that are not the body: the tabs, two rules, what was said, the keys. */
export const FRAME_ROWS = 5;

/** What a key does: the next state, and what is to be done outside of it. Nothing else is looked at. */
export function press(state: StudioState, key: string): Step {
  const { overlay } = state;
  const rows = Math.max(1, state.size.rows - FRAME_ROWS);
  if (key === 'ctrl-z') return step(state, { do: 'suspend' });
  switch (overlay?.kind) {
    case 'form':
      return key === 'ctrl-c' ? step({ ...state, overlay: null }) : pressForm(state, overlay, key);
    case 'prompt':
      return pressPrompt(state, overlay, key, promptActs(overlay));
    case 'output':
      if (!TO_PANES.has(key)) return pressOutput(state, overlay, key, rows);
      if (overlay.code === null)
        return step(saying(state, 'It is at work: esc stops it.', 'warning', overlay.line));
      return press({ ...state, overlay: null }, key);
    case 'help': {
      if (TO_PANES.has(key)) return press({ ...state, overlay: null }, key);
      const total = helpLines(PANES, EVERYWHERE, state, state.size.columns - 2).length;
      return pressHelp(state, overlay.top, key, total, rows);
    }
    case 'question':
      return key === 'y' || key === 'Y'
        ? step(saying({ ...state, overlay: null }, '', 'quiet', overlay.line), ...overlay.effects)
        : step(saying({ ...state, overlay: null }, 'Nothing was done.'));
    default: {
      const binding = bindingFor(state, key);
      return binding === undefined ? step(state) : binding.act(state, key);
    }
  }
}

/** What a paste does: it is text where text is typed, and nothing anywhere else, since nobody means keys by it. */
export function paste(state: StudioState, text: string): Step {
  const { overlay } = state;
  switch (overlay?.kind) {
    case 'form':
      return pasteIntoForm(state, overlay, text);
    case 'prompt':
      return pasteIntoPrompt(state, overlay, text, promptActs(overlay));
    default:
      return step(saying(state, 'What was pasted is no keys, and was left alone.'));
  }
}

/** Keys that lead to a pane, also from what lies over one without asking anything. */
const TO_PANES = new Set(['1', '2', '3', '4', '5', 'tab', 'shift-tab']);

/** The actions that can be taken now, those of the pane first. */
export function openBindings(state: StudioState): readonly Binding[] {
  return [...paneOf(state).keys, ...EVERYWHERE].filter((binding) => binding.isOpen?.(state) ?? true);
}

function bindingFor(state: StudioState, key: string): Binding | undefined {
  return openBindings(state).find(({ keys }) => keys.includes(key));
}

function promptActs(prompt: PromptOverlay): PromptActs {
  switch (prompt.purpose) {
    case 'filter':
      return {
        change: (state, filter) => withList(state, state.pane, { filter }),
        submit: (state) => step(state),
      };
    case 'picture':
      return { change: withoutTyped, submit: (state) => step(openPicture(state, prompt)) };
    case 'command':
      return { change: (state) => state, submit: runCommand };
  }
}
