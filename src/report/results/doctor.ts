import { visible } from '../../base/text/visible.js';
import type { Finding, Health } from '../../tasks/doctor/finding.js';
import type { Column } from '../column.js';
import type { Format } from '../format.js';
import { renderRows } from '../render.js';
import type { TableStyle } from '../table.js';

const MARKS: Record<Health, string> = { ok: 'ok', absent: '-', broken: 'broken' };

const columns: readonly Column<Finding>[] = [
  { key: 'name', header: 'What', priority: 0, value: (f) => f.name },
  {
    key: 'state',
    header: 'State',
    priority: 0,
    value: (f) => f.state,
    format: (state: Health) => MARKS[state],
  },
  { key: 'detail', header: 'Detail', priority: 1, shrinkTo: 24, value: (f) => f.detail },
];

/** What was found in any format; a table is followed by what would mend things. */
export async function renderFindings(
  findings: readonly Finding[],
  format: Format,
  style: TableStyle,
): Promise<string> {
  const rows = await renderRows(format, findings, columns, findings, style);
  return format === 'table' ? rows + fixes(findings) : rows;
}

/** The details that matter in full, with what to do about them. */
function fixes(findings: readonly Finding[]): string {
  const lines = findings
    .filter(({ fix }) => fix !== null)
    .map(({ name, detail, fix }) => `\n${visible(`${name}: ${detail}`)}\n  ${visible(fix!)}\n`);
  return lines.join('');
}
