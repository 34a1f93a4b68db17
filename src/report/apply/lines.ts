import { wrapText } from '../../terminal/text.js';

export const INDENT = '  ';

/** A line of words is no longer than this, however wide the terminal. */
const MOST_TEXT = 120;

export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : INDENT + line));
}

/** Words in lines of at most `width` columns. */
export function words(text: string, width: number): string[] {
  return wrapText(text, Math.max(20, Math.min(width, MOST_TEXT)));
}
