import type { Format } from '../format.js';
import { outputStyle, pictureStyle } from '../output.js';
import { renderRows } from '../render.js';
import type { Picture } from './picture.js';

/** What a picture takes where there is no terminal to ask. */
const COLUMNS = 80;
/** Wider than this nothing gets any clearer. */
const MOST_COLUMNS = 160;

/** A picture on standard output: drawn where a table is asked for, else as its figures. @param json what stands for it */
export async function renderPicture(
  { terminal, table }: Picture,
  json: object,
  args: { readonly format: Format; readonly color: boolean | undefined },
): Promise<string> {
  const style = outputStyle(args);
  if (args.format !== 'table') return renderRows(args.format, table.rows, table.columns, json, style);
  const columns = Number.isFinite(style.width) ? Math.min(style.width, MOST_COLUMNS) : COLUMNS;
  return terminal({ columns, ...pictureStyle(args), theme: style.theme });
}
