import { visibleLines } from '../../../base/text/visible.js';
import { paintSpans, type Theme } from '../../../terminal/theme.js';
import { EVERYWHERE } from '../keys/everywhere.js';
import { formLines } from '../overlays/form.js';
import { helpLines } from '../overlays/help.js';
import { outputTop } from '../overlays/output.js';
import { PANES } from '../panes/index.js';
import { cutSpans, quiet, wrapped } from '../parts/spans.js';
import type { OutputOverlay } from '../state/overlay.js';
import type { Area } from '../state/pane.js';
import type { StudioState } from '../state/studio-state.js';

/** What lies over the body of a pane, painted; null where nothing does. */
export function overlayLines(
  state: StudioState,
  { width, height }: Area,
  theme: Theme,
  hasColour: boolean,
): string[] | null {
  const { overlay } = state;
  switch (overlay?.kind) {
    case 'help': {
      const lines = helpLines(PANES, EVERYWHERE, state, width - 2);
      const top = Math.min(overlay.top, Math.max(0, lines.length - height));
      return lines
        .slice(top, top + height)
        .map((line) => ` ${paintSpans(theme, cutSpans(line, width - 1, theme))}`);
    }
    case 'form':
      return formLines(overlay, { width: width - 2, height }, theme, state.data.rows).map(
        (line) => ` ${paintSpans(theme, line)}`,
      );
    case 'question':
      return [
        [],
        ...wrapped(overlay.text, width - 2, 'strong'),
        [],
        ...wrapped(`$ ${overlay.line}`, width - 2, 'training'),
        [],
        [{ text: 'y', tone: 'strong' as const }, quiet(' does it, any other key does not.')],
      ].map((line) => ` ${paintSpans(theme, line)}`);
    case 'output':
      return outputLines(overlay, { width, height }, hasColour);
    default:
      return null;
  }
}

const WORKING = ' It is at work.';

function outputLines(output: OutputOverlay, { width, height }: Area, hasColour: boolean): string[] {
  if (output.code === null && output.lines.length === 1 && output.lines[0] === '') return [WORKING];
  const top = outputTop(output, height);
  return output.lines
    .slice(top, top + height)
    .map((line) => sideways(visibleLines(line, hasColour), output.left, width));
}

/** A painted line without its first columns. */
function sideways(line: string, left: number, width: number): string {
  if (left === 0) return line;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences that set colours begin with one
  const tokens = line.match(/\u001b\[[0-9;]*m|[^\u001b]/gu) ?? [];
  let [skipped, kept] = [0, ''];
  for (const token of tokens) {
    if (token.startsWith('\u001b')) kept += token;
    else if (skipped < left) skipped++;
    else kept += token;
    if (kept.length > 40 * width) break;
  }
  return kept;
}
