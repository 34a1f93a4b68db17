import { commandLine } from '../../base/text/settings.js';
import type { NewConfig } from '../../models/new-config.js';
import type { Column } from '../column.js';
import type { Format } from '../format.js';
import { renderRows } from '../render.js';
import type { TableStyle } from '../table.js';

const columns: readonly Column<NewConfig>[] = [
  { key: 'file', header: 'File', priority: 0, value: ({ file }) => file },
  { key: 'from', header: 'From', priority: 1, value: ({ from }) => from },
];

/** The config that was written, and what to do with it. */
export async function renderNewConfig(
  written: NewConfig,
  format: Format,
  style: TableStyle,
): Promise<string> {
  if (format !== 'table') return renderRows(format, [written], columns, written, style);
  const words = [/[\\/]/.test(written.file) ? written.file : `./${written.file}`];
  const next = ['summary', 'train'].map((command) => `next   ${commandLine(command, { words })}\n`);
  return `wrote  ${written.file}\n${next.join('')}`;
}
