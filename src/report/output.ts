import { visibleLines } from '../base/text/visible.js';
import { colorLevel } from '../terminal/color.js';
import { hasUnicode } from '../terminal/terminal.js';
import { createTheme } from '../terminal/theme.js';
import type { TableStyle } from './table.js';

/** How tables are drawn on standard output: as wide as its terminal, as wide as they are where it is none. */
export function outputStyle(args: { readonly color: boolean | undefined }): TableStyle {
  const { stdout, env } = process;
  return {
    width: stdout.isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY,
    theme: createTheme(colorLevel(stdout, { env, flag: args.color }), hasUnicode(env)),
  };
}

/**
 * Writes a result to standard output; whatever in it could command a terminal is made visible.
 * @param args whether it may be in colour
 */
export function print(text: string, args: { readonly color: boolean | undefined }): void {
  const { stdout, env } = process;
  const hasColour = colorLevel(stdout, { env, flag: args.color }) > 0;
  stdout.write(visibleLines(text, hasColour));
}
