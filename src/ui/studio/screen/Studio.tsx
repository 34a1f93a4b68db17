import { Box, useInput } from 'ink';
import type { ComponentType } from 'react';
import type { PictureStyle } from '../../../terminal/terminal-picture.js';
import { paintSpans, type Span, type Theme } from '../../../terminal/theme.js';
import { Lines } from '../../live/Lines.js';
import { keyNames } from '../../screen/key-names.js';
import { FRAME_ROWS } from '../keys/press.js';
import { promptLines } from '../overlays/prompt.js';
import { paneOf } from '../panes/index.js';
import { listLines } from '../parts/list-lines.js';
import { cutSpans } from '../parts/spans.js';
import { type Area, type PartProps, SIDE_BY_SIDE } from '../state/pane.js';
import type { PaneName, StudioState } from '../state/studio-state.js';
import { footerLine, overlayFooter, ruleLine, saidLine, tabLine } from './frame-lines.js';
import { overlayLines } from './overlay-lines.js';

export interface StudioProps {
  readonly state: StudioState;
  readonly theme: Theme;
  readonly pictures: PictureStyle;
  /** What stands beside the lists, as far as it is loaded. */
  readonly details: Readonly<Partial<Record<PaneName, ComponentType<PartProps>>>>;
  readonly onKey: (key: string) => void;
}

/** The whole screen: the panes' names, the pane in sight, the command line that was taken last, and the keys. */
export function Studio(props: StudioProps) {
  const { state, theme, onKey } = props;
  const { columns, rows } = state.size;
  useInput((input, key) => {
    for (const name of keyNames(input, key)) onKey(name);
  });
  const paint = (line: readonly Span[]) => paintSpans(theme, line);
  const { overlay } = state;
  const prompt = overlay?.kind === 'prompt' ? promptLines(overlay, columns, theme) : null;
  const isTold = prompt?.hints.some((line) => line.length > 0) ?? false;
  const hints = isTold ? prompt!.hints : [saidLine(state, columns, theme)];
  // What is said of a typed text may take lines from the body.
  const area = { width: columns, height: Math.max(1, rows - FRAME_ROWS - (hints.length - 1)) };
  const isOver = overlay !== null && prompt === null;
  const footer = isOver ? overlayFooter(state, columns, theme) : footerLine(state, columns, theme);
  const rule = paint(ruleLine(columns, theme));
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Lines lines={[paint(tabLine(state, columns, theme)), rule]} />
      <Box height={area.height} flexShrink={0} overflow="hidden">
        <Body {...props} area={area} />
      </Box>
      <Lines lines={[rule, ...hints.map(paint), paint(prompt?.line ?? footer)]} />
    </Box>
  );
}

/** A stroke along what stands beside the list while that has the keys, which colours alone would not tell everybody. */
function focusLines({ focus }: StudioState, height: number, theme: Theme): string[] {
  if (focus === 'list') return [];
  const stroke = paintSpans(theme, [{ text: theme.glyphs.braille ? '▌' : '|', tone: 'training' }]);
  return Array<string>(height).fill(stroke);
}

const BETWEEN = 2;

function Body(props: StudioProps & { readonly area: Area }) {
  const { state, theme, pictures, details, area } = props;
  const over = overlayLines(state, area, theme, pictures.level > 0);
  if (over !== null) return <Lines lines={over} />;
  const pane = paneOf(state);
  const Detail = details[pane.name];
  const part = (width: number) =>
    Detail === undefined ? null : (
      <Detail {...{ state, theme, pictures }} area={{ width, height: area.height }} />
    );
  if (pane.list === null) return part(area.width);
  const list = (width: number) => {
    const lines = listLines(pane.list!, state, state.lists[pane.name], { width, height: area.height }, theme);
    return lines.slice(0, area.height).map((line) => paintSpans(theme, cutSpans(line, width, theme)));
  };
  if (area.width < SIDE_BY_SIDE)
    return state.focus === 'list' ? <Lines lines={list(area.width)} /> : part(area.width);
  const left = Math.max(30, Math.floor(area.width * pane.share));
  return (
    <>
      <Box width={left} flexShrink={0}>
        <Lines lines={list(left)} />
      </Box>
      <Box width={BETWEEN} flexShrink={0}>
        <Lines lines={focusLines(state, area.height, theme)} />
      </Box>
      <Box width={area.width - left - BETWEEN} flexShrink={0}>
        {part(area.width - left - BETWEEN)}
      </Box>
    </>
  );
}
