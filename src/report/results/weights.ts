import { formatBytes, formatInteger } from '../../base/text/format.js';
import { visible } from '../../base/text/visible.js';
import { counted } from '../../base/text/words.js';
import { truncate, wrapText } from '../../terminal/text.js';
import type { Inspection } from '../../weights/inspect.js';
import type { Column } from '../column.js';
import type { Format } from '../format.js';
import { renderRows } from '../render.js';
import type { TableStyle } from '../table.js';

type Row = Inspection['tensors'][number];

const COLUMNS: readonly Column<Row>[] = [
  { key: 'name', header: 'Tensor', priority: 0, shrinkTo: 24, value: ({ name }) => name },
  { key: 'dtype', header: 'Type', priority: 1, value: ({ dtype }) => dtype },
  { key: 'shape', header: 'Shape', priority: 1, value: ({ shape }) => shape.join('x') || '1 value' },
  {
    key: 'values',
    header: 'Values',
    priority: 2,
    align: 'right',
    value: ({ shape }) => sizeOf(shape),
    format: formatInteger,
  },
];

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

/** What a file of weights is, in any format. */
export async function renderWeights(
  inspection: Inspection,
  format: Format,
  style: TableStyle,
): Promise<string> {
  const { format: kind, family, tensors, metadata, fits, pixels } = inspection;
  const json = { format: kind, family, tensors, metadata, fits, pixels };
  const rows = await renderRows(format, tensors, COLUMNS, json, style);
  return format === 'table' ? `${facts(inspection, style)}\n${rows}` : rows;
}

const LABEL_WIDTH = 10;

function facts(inspection: Inspection, { theme, width }: TableStyle): string {
  const { path, kind, familyTitle, pictures, tensors, fits, wayOut } = inspection;
  const values = tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const lines: readonly (readonly [string, string])[] = [
    ['is', kind],
    ['names', familyTitle ?? 'of no family that is known: layers go by shape and order'],
    ...(pictures === null ? [] : ([['pictures', pictures]] as const)),
    [
      'holds',
      `${counted(tensors.length, 'tensor')} of ${formatInteger(values)} values, ${formatBytes(4 * values)} as float32`,
    ],
    ['fits', fits.length > 0 ? fits.join(', ') : `no model of the zoo as it is. ${wayOut}`],
    ...saidLines(inspection),
  ];
  const text = lines.flatMap(([label, value]) =>
    wrapText(value, Math.max(20, width - LABEL_WIDTH)).map(
      (line, i) => theme.paint('quiet', (i === 0 ? label : '').padEnd(LABEL_WIDTH)) + line,
    ),
  );
  return [theme.paint('strong', path), ...text, ''].join('\n');
}

/** Of what a file says of itself so much is shown. */
const LONGEST_SAID = 60;
const MOST_SAID = 8;

function saidLines({ metadata }: Inspection): [string, string][] {
  const said = Object.entries(metadata).slice(0, MOST_SAID);
  if (said.length === 0) return [];
  const text = ([key, value]: [string, unknown]): string => {
    const shown = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
    return `${truncate(visible(key), LONGEST_SAID, '...')} ${truncate(visible(shown), LONGEST_SAID, '...')}`;
  };
  return [['says', said.map(text).join(', ')]];
}
