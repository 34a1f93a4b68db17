import { paintSpans, spansWidth, type Theme } from '../../terminal/theme.js';
import type { TrainingState } from '../state/training-state.js';
import { trainingFooter } from './footer-forms.js';
import { Lines } from './Lines.js';

interface FooterProps {
  readonly theme: Theme;
  readonly state: TrainingState;
  readonly width: number;
  /** Whether keys reach the screen. */
  readonly hasKeys: boolean;
}

/** What the user can do, and what was asked for already. */
export function Footer({ theme, state, width, hasKeys }: FooterProps) {
  const forms = trainingFooter(state.stopping, hasKeys, theme.glyphs.ellipsis);
  const form = forms.find((form) => spansWidth(form) <= width) ?? forms.at(-1)!;
  return <Lines lines={[paintSpans(theme, form)]} />;
}
