import { formatBytes } from '../../base/text/format.js';
import type { Exported, ExportRequest } from '../../tasks/export/export.js';
import { truncate } from '../../terminal/text.js';
import type { Column } from '../column.js';
import type { Format } from '../format.js';
import { renderRows } from '../render.js';
import type { TableStyle } from '../table.js';

const columns: readonly Column<Exported['files'][number]>[] = [
  { key: 'path', header: 'File', priority: 0, value: (file) => file.path },
  { key: 'bytes', header: 'Bytes', priority: 0, align: 'right', value: (file) => file.bytes },
];

/** What was written, in any format. */
export async function renderExported(
  request: ExportRequest,
  done: Exported,
  format: Format,
  style: TableStyle,
): Promise<string> {
  if (format === 'table') return renderText(done, style);
  return renderRows(format, done.files, columns, jsonOf(request, done), style);
}

function jsonOf({ item, to, out }: ExportRequest, { network, files, largestDifference }: Exported): object {
  return { item, model: network.name, to, out, weights: network.origin, files, largestDifference };
}

/** So many files are named one by one. */
const MOST_FILES = 3;

function renderText(
  { network, files, form, largestDifference }: Exported,
  { theme, width }: TableStyle,
): string {
  const [shown, rest] = [files.slice(0, MOST_FILES), files.slice(MOST_FILES)];
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows: [string, string][] = [
    ...shown.map(({ path, bytes }, i): [string, string] => [
      i === 0 ? 'wrote' : '',
      `${path}, ${formatBytes(bytes)}`,
    ]),
    ...(rest.length > 0
      ? [['', `and ${rest.length} more, ${formatBytes(total)} in all`] as [string, string]]
      : []),
    ['form', form],
    ['weights', `${network.name}, ${network.origin}`],
  ];
  if (largestDifference !== null) {
    rows.push([
      'checked',
      `in ONNX Runtime: no probability differs by more than ${largestDifference.toExponential(1)}`,
    ]);
  }
  return rows
    .map(
      ([label, text]) =>
        `${theme.paint('quiet', label.padEnd(9))}${truncate(text, width - 9, theme.glyphs.ellipsis)}\n`,
    )
    .join('');
}
