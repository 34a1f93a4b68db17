import { visibleLines } from '../base/text/visible.js';
import { colorLevel } from '../terminal/color.js';
import { hasLightGround, hasUnicode } from '../terminal/terminal.js';
import type { PictureStyle } from '../terminal/terminal-picture.js';
import { createTheme } from '../terminal/theme.js';
import type { Format } from './format.js';
import type { TableStyle } from './table.js';

const USUAL_WIDTH = 80;

/** How tables are drawn on standard output: as wide as its terminal, as wide as they are where it is none. */
export function outputStyle(args: { readonly color: boolean | undefined }): TableStyle {
  const { stdout, env } = process;
  return {
    width: stdout.isTTY ? stdout.columns || USUAL_WIDTH : (wantedWidth(env) ?? Number.POSITIVE_INFINITY),
    theme: createTheme(colorLevel(stdout, { env, flag: args.color }), hasUnicode(env)),
  };
}

/** What a reader that is no terminal, such as the studio, says of its width: CNNZOO_COLUMNS. */
function wantedWidth({ CNNZOO_COLUMNS: columns }: NodeJS.ProcessEnv): number | undefined {
  return columns !== undefined && /^[1-9]\d{1,3}$/.test(columns) ? Number(columns) : undefined;
}

/** How pictures are drawn on standard output. */
export function pictureStyle(args: { readonly color: boolean | undefined }): PictureStyle {
  const { stdout, env } = process;
  const level = colorLevel(stdout, { env, flag: args.color });
  // Of a file or a pipe nobody knows on what ground it will be read, but of the studio.
  const onLight = (stdout.isTTY === true || wantedWidth(env) !== undefined) && hasLightGround(env);
  return { level, unicode: hasUnicode(env), onLight };
}

/** Columns of text that pictures on standard output may take: what is usual where there is no terminal to ask. */
export function pictureWidth(): number {
  const { stdout, env } = process;
  return stdout.isTTY ? stdout.columns || USUAL_WIDTH : (wantedWidth(env) ?? USUAL_WIDTH);
}

/** How a result is wanted. */
export interface Wish {
  readonly format: Format;
  /** False where no colour is wanted. */
  readonly color: boolean | undefined;
  /** A file for its JSON, besides what is printed. */
  readonly jsonFile?: string | undefined;
}

/** Writes a result in the form that was asked for to standard output, and as JSON into a file where that was asked for as well. */
export async function printResult(
  render: (format: Format, style: TableStyle) => string | Promise<string>,
  wish: Wish,
): Promise<void> {
  const { format, jsonFile } = wish;
  const style = outputStyle(wish);
  if (jsonFile !== undefined) await writeResult(jsonFile, await render('json', style));
  print(await render(format, style), wish);
}

/** @throws WorkError where the file cannot be written */
export async function writeResult(file: string, json: string): Promise<void> {
  const { writeWholeText } = await import('../base/files/files.js');
  await writeWholeText(file, { what: 'the result' }, json);
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
