import { flagOf } from '../../../cli/names.js';
import type { DatasetRow } from '../../../data/listing.js';
import { textWidth, truncate } from '../../../terminal/text.js';
import type { Span, Theme } from '../../../terminal/theme.js';
import { edited, isText, withText } from '../parts/edit.js';
import { cutSpans, quiet, wrapped } from '../parts/spans.js';
import { lineOf } from '../parts/words.js';
import { type FormField, type FormOverlay, textField } from '../state/overlay.js';
import { type Area, type Step, step } from '../state/pane.js';
import { type StudioState, saying } from '../state/studio-state.js';

/** What a form's fields come to: a command line with the flags whose values are not those of the config. */
export function formWords({ words, fields }: FormOverlay): string[] {
  const given = fields.filter(({ input, usual }) => input.text.trim() !== '' && input.text.trim() !== usual);
  return [...words, ...given.flatMap(({ key, input }) => [flagOf(key), input.text.trim()])];
}

/** What a key does in a form. */
export function pressForm(state: StudioState, form: FormOverlay, key: string): Step {
  const field = form.fields[form.at]!;
  const moved = (by: number) => {
    const count = form.fields.length;
    return step({ ...state, overlay: { ...form, at: (form.at + by + count) % count } });
  };
  switch (key) {
    case 'escape':
      return step({ ...state, overlay: null });
    case 'enter':
      return step(state, { do: 'train', words: formWords(form) });
    case 'down':
    case 'tab':
      return moved(1);
    case 'up':
    case 'shift-tab':
      return moved(-1);
  }
  const changed = isChoosing(field, key) ? chosen(field, key) : written(field, key);
  return changed === undefined ? step(state) : withField(state, form, field, changed);
}

/** What is pasted into the field with the cursor. */
export function pasteIntoForm(state: StudioState, form: FormOverlay, text: string): Step {
  const field = form.fields[form.at]!;
  const input = withText(field.isEdited ? field.input : textField(''), text);
  return withField(state, form, field, { ...field, input, isEdited: true });
}

function withField(state: StudioState, form: FormOverlay, field: FormField, changed: FormField): Step {
  const fields = form.fields.map((one) => (one === field ? changed : following(one, changed)));
  return step({ ...state, overlay: { ...form, fields, problem: null } });
}

/** A field whose usual value is another one now that `changed` has another value; what was typed into it stays. */
function following(field: FormField, { key, input }: FormField): FormField {
  if (field.follows?.key !== key) return field;
  const of = input.text.trim();
  const usual = field.follows.usual[of] ?? '';
  const isUsual = field.input.text.trim() === field.usual;
  return isUsual
    ? { ...field, usual, usualOf: of, input: textField(usual), isEdited: false }
    : { ...field, usual, usualOf: of };
}

function isChoosing({ choices }: FormField, key: string): boolean {
  return choices.length > 0 && (key === 'left' || key === 'right');
}

function chosen(field: FormField, key: string): FormField {
  const { choices, input } = field;
  const at = choices.indexOf(input.text);
  const next = at < 0 ? 0 : (at + (key === 'right' ? 1 : -1) + choices.length) % choices.length;
  return { ...field, input: textField(choices[next]!), isEdited: false };
}

/** With a key written into it: the first character takes the place of what was there before anybody wrote. */
function written(field: FormField, key: string): FormField | undefined {
  const begin = isText(key) && !field.isEdited ? textField('') : field.input;
  const input = edited(begin, key);
  return input && { ...field, input, isEdited: true };
}

/** Says what is wrong with a form's command line, at the field whose flag that names. */
export function withProblem(state: StudioState, form: FormOverlay, text: string): StudioState {
  const flags = /^[^:]*/.exec(text)![0].match(/--[\w-]+/g) ?? [];
  const named = form.fields.findIndex(({ key }) => flagOf(key) === flags.at(-1));
  const at = named < 0 ? form.at : named;
  const problem = { key: form.fields[at]!.key, text };
  return saying({ ...state, overlay: { ...form, at, problem } }, text, 'bad');
}

const LABEL = 16;
const VALUE = 24;

/** @param datasets those that have a name, as far as they were looked for */
export function formLines(
  form: FormOverlay,
  { width, height }: Area,
  theme: Theme,
  datasets: readonly DatasetRow[] | null = null,
): Span[][] {
  const lines: Span[][] = [[{ text: form.title, tone: 'strong' }], []];
  for (const [i, field] of form.fields.entries()) {
    const isCurrent = i === form.at;
    const sign = isCurrent ? (theme.glyphs.braille ? '▸ ' : '> ') : '  ';
    const row: Span[] = [
      { text: sign, tone: 'training' },
      { text: field.label.padEnd(LABEL), tone: isCurrent ? 'strong' : 'plain' },
      ...fieldSpans(field, isCurrent, VALUE, theme),
      { text: isAway(field, datasets) ? '  not on this machine' : '', tone: 'warning' },
      quiet(field.input.text === field.usual ? `  ${originOf(field)}` : ''),
    ];
    lines.push(cutSpans(row, width, theme));
  }
  const current = form.fields[form.at]!;
  const isWrong = form.problem?.key === current.key;
  const hint = isWrong ? form.problem!.text : hintOf(current);
  lines.push([], ...wrapped(hint, width, isWrong ? 'bad' : 'quiet'));
  const away = form.fields.filter((field) => isAway(field, datasets)).map(awayText);
  lines.push(...away.flatMap((text) => wrapped(text, width, 'warning')), []);
  lines.push(...wrapped(`$ ${lineOf(formWords(form))}`, width, 'training'));
  return lines.slice(0, height);
}

function isAway({ key, input }: FormField, datasets: readonly DatasetRow[] | null): boolean {
  const name = input.text.trim();
  return key === 'dataset' && (datasets?.some((row) => row.name === name && !row.available) ?? false);
}

/** What a training does about a data set that is not there. */
function awayText({ input, usual, standIn }: FormField): string {
  const name = input.text.trim();
  if (standIn === null || name !== usual)
    return `${name} is not on this machine: the training fetches it first.`;
  return `${name} is not on this machine: the training fetches it first, or trains on ${standIn} where that fails.`;
}

function originOf({ usual, usualOf }: FormField): string {
  if (usualOf === 'config') return 'as its config says';
  return usual === '' ? '' : `as usual for ${usualOf}`;
}

function hintOf({ help, choices, usual, usualOf }: FormField): string {
  const about = usual === '' ? help : `${help} (${usualOf}: ${usual})`;
  return choices.length === 0 ? about : `${about}. Left and right choose: ${choices.join(', ')}`;
}

/** A text that is typed, with the cursor in it: underlined by its look, and in brackets for those who see none. */
function fieldSpans(
  { input }: { readonly input: FormField['input'] },
  isCurrent: boolean,
  width: number,
  theme: Theme,
): Span[] {
  const chars = [...input.text];
  const from = Math.max(0, input.at - width + 3);
  const before = chars.slice(from, input.at).join('');
  const at = chars[input.at] ?? ' ';
  const after = chars.slice(input.at + 1).join('');
  if (!isCurrent) {
    const text = truncate(input.text, width - 2, theme.glyphs.ellipsis);
    return [{ text: ` ${text}${' '.repeat(Math.max(0, width - 1 - textWidth(text)))}` }];
  }
  const room = Math.max(0, width - 2 - textWidth(before) - textWidth(at));
  const rest = truncate(after, room, theme.glyphs.ellipsis);
  return [
    quiet('['),
    { text: before },
    { text: at, tone: 'chosen' },
    { text: rest + ' '.repeat(Math.max(0, room - textWidth(rest))) },
    quiet(']'),
  ];
}
