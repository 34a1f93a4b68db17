import { formatInteger } from '../../base/text/format.js';
import { plural } from '../../base/text/words.js';
import { shownImageName } from '../../data/image-names.js';
import type { Mistake, Mistakes } from '../../tasks/visualize/runs/mistakes.js';
import type { Column } from '../column.js';
import { type Picture, pictureTable } from './picture.js';
import { type Sheet, sheetSvg, sheetText } from './sheet.js';

type Row = Omit<Mistake, 'picture'>;

const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
const columns: readonly Column<Row>[] = [
  { key: 'image', header: 'Image', priority: 0, shrinkTo: 24, value: (row) => row.image },
  { key: 'label', header: 'Is', priority: 0, shrinkTo: 12, value: (row) => row.label },
  { key: 'predicted', header: 'Taken for', priority: 0, shrinkTo: 12, value: (row) => row.predicted },
  {
    key: 'probability',
    header: 'Probability',
    priority: 2,
    align: 'right',
    value: (row) => row.probability,
    format: percent,
  },
  {
    key: 'loss',
    header: 'Loss',
    priority: 1,
    align: 'right',
    value: (row) => row.loss,
    format: (value) => (value as number).toFixed(4),
  },
];

/** About how wide an image is in a file: its words need as much. */
const SIDE = 112;

/** Images with what they are and what they were taken for. */
export function mistakesPicture({ mistakes, ...mistaken }: Mistakes): Picture {
  const { model, dataset, split, images, wrong } = mistaken;
  const whole = `${formatInteger(wrong)} of ${formatInteger(images)} ${split === 'all' ? '' : `${split} `}images`;
  const sheet: Sheet = {
    title: `${model} on ${dataset}: ${whole} taken for something else`,
    sections: [
      {
        heading:
          mistakes.length === wrong
            ? 'all of them, the worst first'
            : `the ${mistakes.length} worst ${plural(mistakes.length, 'mistake')}`,
        tiles: mistakes.map(({ picture }) => picture),
        side: SIDE,
        captions: mistakes.map(({ label, predicted, probability, image }) => [
          `is ${label}`,
          `as ${predicted}, ${Math.round(100 * probability)} %`,
          shortName(image),
        ]),
      },
    ],
  };
  const rows = mistakes.map(({ picture: _, ...row }) => row);
  return {
    svg: () => sheetSvg(sheet),
    pngScale: 1,
    terminal: (style) => sheetText(sheet, style),
    json: { ...mistaken, mistakes: rows },
    table: pictureTable(rows, columns),
  };
}

/** The end of a name, which tells images apart: "test:1790", "cat/0012.jpg". */
function shortName(name: string): string {
  const shown = shownImageName(name);
  const parts = shown.split(/[/\\]/);
  return parts.length > 1 ? parts.slice(-2).join('/') : shown.split(':').slice(-2).join(':');
}
