import type { OutputOverlay } from '../state/overlay.js';
import { type Step, step } from '../state/pane.js';
import { type StudioState, saying } from '../state/studio-state.js';
import { scrolled } from './scroll.js';

/** Lines that are kept of what a command says. */
const MOST_LINES = 20_000;
/** Columns by which left and right move. */
const SIDEWAYS = 8;

export function openOutput(line: string): OutputOverlay {
  return { kind: 'output', line, lines: [''], top: 0, left: 0, follows: false, code: null };
}

/** What a command has said so far: the last line goes on where no line break has ended it, and what is written over is gone. */
export function withOutput(output: OutputOverlay, text: string): OutputOverlay {
  const [first, ...rest] = text.replace(/\r\n/g, '\n').split('\n');
  const lines = [...output.lines];
  lines[lines.length - 1] = overwritten(lines.at(-1)! + first!);
  lines.push(...rest.map(overwritten));
  return { ...output, lines: lines.slice(-MOST_LINES) };
}

/** What is left of a line that was written over after a carriage return. */
function overwritten(line: string): string {
  const at = line.lastIndexOf('\r');
  return at < 0 ? line : line.slice(at + 1);
}

/** The first line in sight. */
export function outputTop({ lines, top, follows, code }: OutputOverlay, rows: number): number {
  const last = Math.max(0, lengthOf(lines) - rows);
  return follows && code === null ? last : Math.min(top, last);
}

function lengthOf(lines: readonly string[]): number {
  return lines.at(-1) === '' ? lines.length - 1 : lines.length;
}

export function pressOutput(state: StudioState, output: OutputOverlay, key: string, rows: number): Step {
  const isOver = output.code !== null;
  const top = outputTop(output, rows);
  const moved = scrolled(key, top, rows);
  if (moved !== null) {
    const last = Math.max(0, lengthOf(output.lines) - rows);
    const place = Math.max(0, Math.min(last, moved));
    return step({ ...state, overlay: { ...output, top: place, follows: moved >= last } });
  }
  switch (key) {
    case 'escape':
    case 'q':
    case 'enter':
    case 'ctrl-c':
      if (isOver) return step({ ...state, overlay: null });
      return key === 'enter' ? step(state) : step(state, { do: 'cancel' });
    case 'left':
    case 'h':
      return step({ ...state, overlay: { ...output, left: Math.max(0, output.left - SIDEWAYS) } });
    case 'right':
    case 'l':
      return step({ ...state, overlay: { ...output, left: output.left + SIDEWAYS } });
    default:
      return step(
        isOver
          ? saying(state, 'esc goes back; 1 to 5 and tab lead to a pane.', 'quiet', output.line)
          : saying(state, 'It is at work: esc stops it.', 'warning', output.line),
      );
  }
}
