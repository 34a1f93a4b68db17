import { formWords, withProblem } from '../overlays/form.js';
import type { FormField, FormOverlay } from '../state/overlay.js';
import type { Step } from '../state/pane.js';
import type { StudioState } from '../state/studio-state.js';
import { startTraining } from './command.js';

/** What the fields of a form may hold, where that can be told without a config; the training itself says the rest. */
const CHECKS: Readonly<Record<string, (text: string) => string | null>> = {
  epochs: whole,
  batchSize: whole,
  learningRate: (text) => (Number(text) > 0 ? null : 'a number of more than 0'),
  limit: (text) =>
    /^\d+(,\s*\d+)?$/.test(text) ? null : 'a number of images, or two, for training and for test',
  validationSplit: (text) =>
    Number(text) >= 0 && Number(text) < 1 ? null : 'a share of at least 0 and less than 1',
  seed: (text) => (/^\d{1,10}$/.test(text) ? null : 'a whole number of at least 0'),
};

function whole(text: string): string | null {
  return /^[1-9]\d*$/.test(text) ? null : 'a whole number of at least 1';
}

/** Starts what a form is for, or goes to the field that is wrong. */
export function submitForm(state: StudioState, form: FormOverlay): Step {
  for (const field of form.fields) {
    const wanted = wantedOf(field);
    if (wanted !== null)
      return withProblem(
        state,
        form,
        field.key,
        `${field.label} must be ${wanted}, got "${field.input.text}".`,
      );
  }
  return startTraining(state, formWords(form));
}

function wantedOf({ key, input, choices }: FormField): string | null {
  const text = input.text.trim();
  if (text === '') return null;
  if (key === 'optimizer' && choices.length > 0 && !choices.includes(text))
    return `one of ${choices.join(', ')}`;
  return CHECKS[key]?.(text) ?? null;
}
