import { placeOf, sizeOf } from '../../base/tensor.js';
import type { AppliedLayer } from '../../tasks/apply/applied.js';
import type { Explained } from '../../tasks/apply/apply.js';
import type { Column } from '../column.js';
import { renderCsv } from '../csv.js';
import type { Format } from '../format.js';
import { renderMarkdown } from '../markdown.js';
import type { TableStyle } from '../table.js';
import { appliedJson, exact } from './json.js';
import { appliedText } from './text.js';

/** What layers made of numbers, in any format. */
export function renderApplied(applied: Explained, format: Format, style: TableStyle): string {
  switch (format) {
    case 'json':
      return appliedJson(applied);
    case 'csv':
      return renderCsv(rowsOf(applied.layers), columns);
    case 'markdown':
      return renderMarkdown(rowsOf(applied.layers), columns);
    case 'table':
      return appliedText(applied, style);
  }
}

/** A value of a layer's output. */
interface Row {
  readonly layer: string;
  readonly image: number;
  /** [row, column, channel]; a vector has channels alone. */
  readonly place: readonly [number | null, number | null, number];
  readonly value: number;
}

const columns: readonly Column<Row>[] = [
  { key: 'layer', header: 'Layer', priority: 0, value: (row) => row.layer },
  { key: 'image', header: 'Image', priority: 1, align: 'right', value: (row) => row.image },
  { key: 'row', header: 'Row', priority: 0, align: 'right', value: (row) => row.place[0] },
  { key: 'column', header: 'Column', priority: 0, align: 'right', value: (row) => row.place[1] },
  { key: 'channel', header: 'Channel', priority: 0, align: 'right', value: (row) => row.place[2] },
  { key: 'value', header: 'Value', priority: 0, align: 'right', value: (row) => row.value },
];

function rowsOf(layers: readonly AppliedLayer[]): Row[] {
  return layers.flatMap(({ node, output: { shape, data } }) => {
    const [, ...rest] = shape;
    const size = sizeOf(rest);
    return Array.from(data, (value, i) => {
      const place = placeOf(i % size, rest);
      const [row, column] = place.length === 3 ? place : [null, null];
      const channel = place.at(-1)!;
      return {
        layer: node.name,
        image: Math.floor(i / size),
        place: [row!, column!, channel] as const,
        value: exact(value),
      };
    });
  });
}
