import { escapeXml } from '../../base/text/markup.js';
import { type Column, cellText } from '../column.js';

/** A table that scrolls sideways where the window is too narrow, by keys too. */
export function htmlTable<R>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  isBest: (row: R, column: Column<R>) => boolean = () => false,
): string {
  const classes = (names: readonly string[]) => (names.length > 0 ? ` class="${names.join(' ')}"` : '');
  const side = (column: Column<R>) => (column.align === 'right' ? ['right'] : []);
  const head = columns.map((column) => `<th${classes(side(column))}>${escapeXml(column.header)}</th>`);
  const body = rows.map((row) => {
    const cells = columns.map((column) => {
      const names = [...side(column), ...(isBest(row, column) ? ['best'] : [])];
      return `<td${classes(names)}>${escapeXml(cellText(column, row))}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>\n<thead><tr>${head.join('')}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table></div>`;
}
