import { visibleLines } from '../base/text/visible.js';
import { colorLevel } from '../terminal/color.js';
import { hasUnicode } from '../terminal/terminal.js';
import type { PictureStyle } from '../terminal/terminal-picture.js';
import { createTheme } from '../terminal/theme.js';
import type { TableStyle } from './table.js';

const USUAL_WIDTH = 80;

/** How tables are drawn on standard output: as wide as its terminal, as wide as they are where it is none. */
export function outputStyle(args: { readonly color: boolean | undefined }): TableStyle {
  const { stdout, env } = process;
  return {
    width: stdout.isTTY ? stdout.columns || USUAL_WIDTH : Number.POSITIVE_INFINITY,
    theme: createTheme(colorLevel(stdout, { env, flag: args.color }), hasUnicode(env)),
  };
}

/** How pictures are drawn on standard output. */
export function pictureStyle(args: { readonly color: boolean | undefined }): PictureStyle {
  const { stdout, env } = process;
  return { level: colorLevel(stdout, { env, flag: args.color }), unicode: hasUnicode(env) };
}

/** Columns of text that pictures on standard output may take: what is usual where there is no terminal to ask. */
export function pictureWidth(): number {
  const { stdout } = process;
  return stdout.isTTY ? stdout.columns || USUAL_WIDTH : USUAL_WIDTH;
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
