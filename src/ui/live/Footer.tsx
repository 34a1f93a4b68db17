import { paintSpans, type Span, spansWidth, type Theme } from '../theme.js';
import type { TrainingState } from '../training-state.js';
import { Lines } from './Lines.js';

export interface FooterProps {
  readonly theme: Theme;
  readonly state: TrainingState;
  readonly width: number;
  /** Whether keys reach the screen. */
  readonly hasKeys: boolean;
}

/** What the user can do, and what was asked for already. */
export function Footer({ theme, state, width, hasKeys }: FooterProps) {
  const forms = footerForms(state, hasKeys, theme.glyphs.ellipsis);
  const form = forms.find((form) => spansWidth(form) <= width) ?? forms.at(-1)!;
  return <Lines lines={[paintSpans(theme, form)]} />;
}

function footerForms({ stopping }: TrainingState, hasKeys: boolean, ellipsis: string): Span[][] {
  if (stopping === 'now') {
    const saving: Span = { text: `saving${ellipsis}`, tone: 'warning' };
    return [
      [saving, quiet('  Ctrl-C now leaves at once, unsaved')],
      [saving, quiet('  Ctrl-C now leaves at once')],
      [saving],
    ];
  }
  const stopNow = hasKeys ? key('q', 'stop now') : key('Ctrl-C', 'stop now');
  if (stopping === 'after-epoch') {
    const waiting: Span = { text: `stopping after this epoch${ellipsis}`, tone: 'warning' };
    return [[waiting, quiet('  '), ...stopNow], [waiting]];
  }
  if (!hasKeys) return [stopNow];
  return [
    [...key('s', 'stop after this epoch'), quiet('   '), ...stopNow],
    [...key('s', 'stop after epoch'), quiet('  '), ...stopNow],
    stopNow,
  ];
}

function key(name: string, effect: string): Span[] {
  return [{ text: name, tone: 'strong' }, quiet(` ${effect}`)];
}

function quiet(text: string): Span {
  return { text, tone: 'quiet' };
}
