import { WorkError } from '../../../src/base/errors.js';
import { parseCommandLine } from '../../../src/program/parse.js';
import type { DrawingStyle } from '../../../src/report/pictures/picture.js';
import { createTheme } from '../../../src/terminal/theme.js';

/** How pictures are drawn in so many columns without colour. */
export function plainDrawing(columns: number): DrawingStyle {
  return { columns, level: 0, unicode: true, theme: createTheme(0, true) };
}

/** The exit code and sentence with which a command line is refused, paths without `folder`. */
export async function refusal(folder: string, words: readonly string[]): Promise<string> {
  const write = process.stdout.write;
  process.stdout.write = () => true;
  try {
    const request = await parseCommandLine(words);
    if (request.kind === 'command') await request.run();
  } catch (error) {
    if (error instanceof WorkError) return `${error.exitCode} ${error.message.replaceAll(`${folder}/`, '')}`;
    throw error;
  } finally {
    process.stdout.write = write;
  }
  return 'was accepted';
}
