import { maxOf } from '../base/extremes.js';
import { visible } from '../base/text/visible.js';
import { type Column, cellText } from './column.js';

/** A table as GitHub's markdown has it, padded so that it reads well as text too. */
export function renderMarkdown<R>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  total?: readonly string[],
): string {
  const lines = [
    columns.map((column) => column.header),
    ...rows.map((row) => columns.map((column) => cellText(column, row))),
    ...(total ? [total] : []),
  ].map((line) => line.map(markdownText));
  const widths = columns.map((_, i) =>
    maxOf(
      lines.map((line) => line[i]!.length),
      3,
    ),
  );
  const pad = (text: string, i: number) =>
    columns[i]!.align === 'right' ? text.padStart(widths[i]!) : text.padEnd(widths[i]!);
  const rule = columns.map((column, i) =>
    column.align === 'right' ? `${'-'.repeat(widths[i]! - 1)}:` : '-'.repeat(widths[i]!),
  );
  const [head, ...body] = lines.map((line) => line.map(pad));
  return [head!, rule, ...body].map((line) => `| ${line.join(' | ')} |\n`).join('');
}

/** A text within a table: what would end its cell or begin a tag is none. */
export function markdownText(text: string): string {
  return visible(text).replace(/[|<]/g, '\\$&');
}
