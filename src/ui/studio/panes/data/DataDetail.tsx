import { formatInteger } from '../../../../base/text/format.js';
import type { DatasetRow } from '../../../../data/listing.js';
import { paintSpans, type Span, type Theme } from '../../../../terminal/theme.js';
import { Lines } from '../../../live/Lines.js';
import { cutSpans, labelled, quiet, wrapped } from '../../parts/spans.js';
import { captionedTiles } from '../../parts/tiles.js';
import { lineOf } from '../../parts/words.js';
import type { DatasetSheet } from '../../state/data-state.js';
import { answerTo } from '../../state/effect.js';
import type { Area, PartProps } from '../../state/pane.js';
import { sheetQuestion } from './data-keys.js';
import { currentDataset } from './data-list.js';

/** The data set under the cursor: where it lies, its classes, and some of its images. */
export function DataDetail({ state, area, theme, pictures }: PartProps) {
  const row = currentDataset(state);
  if (row === undefined) return <Lines lines={[]} />;
  const question = sheetQuestion(state);
  const sheet = question === null ? null : (answerTo(state.data.sheets, question) ?? 'Reading its images.');
  const head = headLines(row, typeof sheet === 'object' ? sheet : null, area, theme);
  const painted = head.map((line) => paintSpans(theme, cutSpans(line, area.width, theme)));
  if (sheet === null || typeof sheet === 'string') {
    const why =
      sheet === null ? absentLines(row, area) : [[quiet('')], ...wrapped(sheet, area.width, 'quiet')];
    return (
      <Lines lines={[...painted, ...why.map((line) => paintSpans(theme, line))].slice(0, area.height)} />
    );
  }
  const tiles = captionedTiles(sheet.tiles, { width: area.width, height: 2000 }, theme, pictures);
  const all = [...painted, '', ...tiles];
  const from = Math.max(0, Math.min(state.data.scroll, all.length - area.height));
  return <Lines lines={all.slice(from, from + area.height)} />;
}

const LABEL = 10;

function headLines(row: DatasetRow, sheet: DatasetSheet | null, { width }: Area, theme: Theme): Span[][] {
  const { name, kind, folder, shape, anySize, classes, trainImages, testImages, searched } = row;
  const where =
    kind === 'generator'
      ? 'drawn by the program'
      : (folder ?? `not in ${searched.map((place) => `${place.folder} (${place.state})`).join(', ')}`);
  const size = anySize ? 'any size' : shape.join('x');
  const words =
    sheet === null || sheet.classes.length === 0 ? classes.join(', ') : countedClasses(sheet, theme);
  return [
    [{ text: name, tone: 'strong' }],
    ...labelled('where', where, width, LABEL),
    ...labelled(
      'images',
      `${size}, ${formatInteger(trainImages)} to learn from, ${formatInteger(testImages)} to test on`,
      width,
      LABEL,
    ),
    ...labelled('classes', words, width, LABEL),
    ...(sheet?.lines ?? []).flatMap((line) => labelled('', line, width, LABEL)),
  ];
}

/** Every class with its training images, all of them by one number where they are as many. */
function countedClasses({ classes }: DatasetSheet, { glyphs }: Theme): string {
  const counts = new Set(classes.map(({ train }) => train));
  const names = classes.map(({ label }) => label).join(', ');
  if (counts.size === 1)
    return `${names}${glyphs.separator}${formatInteger(classes[0]!.train)} training images each`;
  return classes.map(({ label, train }) => `${label} ${formatInteger(train)}`).join(', ');
}

function absentLines({ name }: DatasetRow, { width }: Area): Span[][] {
  return [
    [],
    ...wrapped(
      'It is not on this machine. f fetches it, and so does the first training that needs it:',
      width,
    ),
    ...wrapped(`$ ${lineOf(['datasets', 'fetch', name])}`, width, 'training'),
    ...wrapped('Without a network put its files into one of the folders above.', width, 'quiet'),
  ];
}
