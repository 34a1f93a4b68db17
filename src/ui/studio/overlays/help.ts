import { fitText, wrapText } from '../../../terminal/text.js';
import type { Span } from '../../../terminal/theme.js';
import { type AnyPane, type Binding, type Step, step } from '../state/pane.js';
import type { StudioState } from '../state/studio-state.js';
import { scrolled } from './scroll.js';

/** How a key is called where it is shown. */
const NAMES: Readonly<Record<string, string>> = {
  ' ': 'space',
  escape: 'esc',
  pageup: 'page up',
  pagedown: 'page down',
  'shift-tab': 'shift-tab',
  delete: 'del',
};

export function keyLabel(key: string): string {
  return NAMES[key] ?? key.replace(/^ctrl-(.)$/, (_, letter: string) => `ctrl-${letter}`);
}

const KEYS = 22;

/** Every action there is: those of the pane in sight first, then those of all panes, then those of the other panes. */
export function helpLines(
  panes: readonly AnyPane[],
  everywhere: readonly Binding[],
  state: StudioState,
  width: number,
): Span[][] {
  const current = panes.find(({ name }) => name === state.pane)!;
  const others = panes.filter((one) => one !== current);
  return [
    ...section(
      `${current.title}: ${current.describe}`,
      current.keys,
      width,
      (binding) => binding.line?.(state) ?? null,
    ),
    ...section('Everywhere', everywhere, width),
    ...others.flatMap((one) => section(`${one.title}: ${one.describe}`, one.keys, width)),
    ...FILTERS.flatMap((line, i): Span[][] =>
      wrapText(line, width).map((text) => [{ text, tone: i === 0 ? 'strong' : 'plain' }]),
    ),
  ];
}

const FILTERS = [
  'Filters',
  'lenet finds what has it in any column, res*50 what is so from end to end, acc>0.98 and lr:0.01 hold a column against a value (: = != > < >= <=), ! before a word turns it around. All words of a filter must hold.',
] as const;

function section(
  title: string,
  keys: readonly Binding[],
  width: number,
  lineOf: (binding: Binding) => string | null = () => null,
): Span[][] {
  const head = wrapText(title, width).map((text): Span[] => [{ text, tone: 'strong' }]);
  const rows = keys.flatMap((binding) => {
    const names = binding.shown ?? binding.keys.map(keyLabel).join(' ');
    const words = wrapText(binding.help, Math.max(10, width - KEYS)).map((line, i): Span[] => [
      { text: fitText(i === 0 ? names : '', KEYS), tone: 'training' },
      { text: line },
    ]);
    const command = lineOf(binding);
    return command === null
      ? words
      : [...words, [{ text: ' '.repeat(KEYS) }, { text: `$ ${command}`, tone: 'quiet' as const }]];
  });
  return [...head, ...rows, []];
}

export function pressHelp(state: StudioState, top: number, key: string, total: number, rows: number): Step {
  const moved = scrolled(key, top, rows);
  if (moved !== null) {
    const place = Math.max(0, Math.min(total - rows, moved));
    return step({ ...state, overlay: { kind: 'help' as const, top: place } });
  }
  const closes = ['escape', 'q', '?', 'enter', 'ctrl-c'].includes(key);
  return step(closes ? { ...state, overlay: null } : state);
}
