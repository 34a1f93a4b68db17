import type { Theme } from '../terminal/theme.js';

/** What marks a figure as it is to be, or not. Braille stands for a terminal that can show more than ASCII. */
export function signOf(holds: boolean, { glyphs }: Theme): string {
  if (glyphs.braille) return holds ? '✓' : '✗';
  return holds ? '(=)' : '(!)';
}
