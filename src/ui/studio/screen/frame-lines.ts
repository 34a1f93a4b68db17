import { textWidth } from '../../../terminal/text.js';
import { type Span, spansWidth, type Theme } from '../../../terminal/theme.js';
import { openBindings } from '../keys/press.js';
import { keyLabel } from '../overlays/help.js';
import { PANES, paneOf } from '../panes/index.js';
import { shownRows } from '../parts/rows.js';
import { cutSpans, quiet } from '../parts/spans.js';
import type { Binding, KeyHint } from '../state/pane.js';
import type { StudioState } from '../state/studio-state.js';

/** The panes by their numbers, the one in sight in brackets; on the right what trains and what is filtered. */
export function tabLine(state: StudioState, width: number, theme: Theme): Span[] {
  const tabs = PANES.flatMap(({ name, title }, i): Span[] => {
    const isCurrent = name === state.pane;
    const text = `${i + 1} ${title}`;
    return [isCurrent ? { text: `[${text}]`, tone: 'strong' } : quiet(` ${text} `)];
  });
  const name: Span[] = width >= 60 ? [{ text: 'cnnzoo ', tone: 'training' }] : [];
  const left = [...name, ...tabs];
  const forms = [`${countText(state)}${trainingText(state)} `, `${trainingText(state).trim()} `, ''];
  const room = width - spansWidth(left) - 1;
  const right = forms.find((form) => textWidth(form) <= room) ?? '';
  const gap = Math.max(0, width - spansWidth(left) - textWidth(right));
  return cutSpans([...left, { text: ' '.repeat(gap) }, quiet(right)], width, theme);
}

/** `12 of 200 rows`, and how they are filtered. */
function countText(state: StudioState): string {
  const { list, name } = paneOf(state);
  if (list === null) return '';
  const { rows, total } = shownRows(list, state, state.lists[name]);
  const { filter, marks } = state.lists[name];
  const marked = marks.length === 0 ? '' : `${marks.length} marked  `;
  if (filter === '') return total === 0 ? marked : `${marked}${total}  `;
  return `${marked}/${filter}  ${rows.length} of ${total}  `;
}

function trainingText({ runs }: StudioState): string {
  const count = runs.watched.filter(({ condition }) => condition === 'training').length;
  return count === 0 ? '' : `${count} training`;
}

export function ruleLine(width: number, { glyphs }: Theme): Span[] {
  return [quiet(glyphs.barEmpty.repeat(width))];
}

/** The command line that the last action stands for, and what came of it. */
export function saidLine({ said }: StudioState, width: number, theme: Theme): Span[] {
  if (said === null) return [];
  const line: Span[] = said.line === null ? [] : [{ text: `$ ${said.line}`, tone: 'training' }];
  const text: Span[] =
    said.text === '' ? [] : [{ text: `${said.line === null ? '' : '  '}${said.text}`, tone: said.tone }];
  // What came of it is not cut before the command line is.
  const room = Math.max(Math.floor(width / 2), width - spansWidth(text));
  return cutSpans([...cutSpans(line, room, theme), ...text], width, theme);
}

/** What can be done now: as many actions as fit, those of the pane first; the last ones are always there. */
export function footerLine(state: StudioState, width: number, theme: Theme): Span[] {
  const hints = [...(paneOf(state).hints?.(state) ?? []), ...insideHints(state)];
  const told = hints.flatMap(({ key }) => key.split(' '));
  const shown = openBindings(state).filter(
    ({ isQuiet, keys }) =>
      !(typeof isQuiet === 'function' ? isQuiet(state) : isQuiet) && !told.includes(keyLabel(keys[0]!)),
  );
  const always = shown.filter(({ keys }) => keys[0] === '?' || keys[0] === 'q');
  const others = shown.filter((binding) => !always.includes(binding));
  const end = always.flatMap(keySpans);
  const spans: Span[] = [];
  for (const next of [...hints.map(hintSpans), ...others.map(keySpans)])
    if (spansWidth(spans) + spansWidth(next) + spansWidth(end) <= width) spans.push(...next);
  return cutSpans([...spans, ...end], width, theme);
}

/** What the arrows do beside the list, and the way back to it. */
function insideHints(state: StudioState): KeyHint[] {
  const { inside } = paneOf(state);
  if (inside === undefined || state.focus === 'list') return [];
  return [...inside, ['esc', 'list'] as const].map(([key, label]) => ({ key, label }));
}

function keySpans({ keys, shown, label }: Binding): Span[] {
  return hintSpans({ key: shown ?? keyLabel(keys[0]!), label });
}

function hintSpans({ key, label }: KeyHint): Span[] {
  return [{ text: key, tone: 'strong' }, quiet(` ${label}  `)];
}

/** The keys of what lies over the panes. */
export function overlayFooter({ overlay }: StudioState, width: number, theme: Theme): Span[] {
  const keys: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
    form: [
      ['enter', 'start'],
      ['up down', 'field'],
      ['left right', 'choose'],
      ['esc', 'back'],
    ],
    help: [
      ['up down', 'scroll'],
      ['esc', 'back'],
    ],
    question: [
      ['y', 'yes'],
      ['any other key', 'no'],
    ],
    output:
      overlay?.kind === 'output' && overlay.code === null
        ? [
            ['esc', 'stop it'],
            ['up down left right', 'scroll'],
          ]
        : [
            ['esc', 'back'],
            ['1-5', 'pane'],
            ['up down left right', 'scroll'],
          ],
  };
  const spans = (keys[overlay?.kind ?? ''] ?? []).flatMap(([key, label]) => hintSpans({ key, label }));
  return cutSpans(spans, width, theme);
}
