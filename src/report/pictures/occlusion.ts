import { minOf } from '../../base/extremes.js';
import { overlaid } from '../../rasters/heat.js';
import { dropsOf, type Occlusion } from '../../tasks/visualize/evidence/occlusion.js';
import { wrapText } from '../../terminal/text.js';
import type { Column } from '../column.js';
import { type Picture, pictureTable } from './picture.js';
import { type Sheet, sheetSvg, sheetText } from './sheet.js';

interface Row {
  readonly row: number;
  readonly column: number;
  readonly probability: number;
  readonly predicted: number;
}

const right = 'right' as const;
const columns: readonly Column<Row>[] = [
  { key: 'row', header: 'Row', priority: 0, align: right, value: (row) => row.row },
  { key: 'column', header: 'Column', priority: 0, align: right, value: (row) => row.column },
  {
    key: 'probability',
    header: 'Probability',
    priority: 0,
    align: right,
    value: (row) => row.probability,
    format: (value) => (value as number).toFixed(4),
  },
  { key: 'predicted', header: 'Taken for', priority: 1, align: right, value: (row) => row.predicted },
];

/** About how wide the pictures are in a file. */
const SIDE = 280;

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** A picture beside where the evidence for a class lies in it. */
export function occlusionPicture(occlusion: Occlusion): Picture {
  const { picture, label, probability, size, stride, map, predicted } = occlusion;
  const drops = dropsOf(occlusion);
  const largest = drops.reduce((most, drop) => Math.max(most, Math.abs(drop)), 0);
  const rows = map.flatMap((line, y) =>
    line.map((value, x) => ({
      row: y * stride,
      column: x * stride,
      probability: value,
      predicted: predicted[y]![x]!,
    })),
  );
  const least = minOf(rows.map((row) => row.probability));
  const worst = `${label} falls from ${percent(probability)} to ${percent(least)} at worst, under a square of ${size}x${size} that moves by ${stride}.`;
  const sheet: Sheet = {
    title: `${occlusion.model}: where the evidence for ${label} lies`,
    sections: [
      { heading: `${label}, ${percent(probability)}`, tiles: [picture], side: SIDE },
      {
        heading: `red: covering it costs up to ${(100 * largest).toFixed(1)} points on average; blue: covering it helps`,
        tiles: [overlaid(picture, drops, largest)],
        side: SIDE,
      },
    ],
  };
  const { model, run, image, class: number, fill } = occlusion;
  return {
    svg: () => sheetSvg(sheet),
    pngScale: 1,
    terminal: (style) => `${sheetText(sheet, style)}\n${wrapText(worst, style.columns).join('\n')}\n`,
    json: { model, run, image, class: number, label, probability, size, stride, fill, map, predicted },
    table: pictureTable(rows, columns),
  };
}
