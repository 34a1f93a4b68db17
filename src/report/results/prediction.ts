import { maxOf } from '../../base/extremes.js';
import { formatPercent } from '../../base/text/format.js';
import { visible } from '../../base/text/visible.js';
import type { Guess, ImagePrediction, PredictResult } from '../../tasks/predict/predict.js';
import { barSpans } from '../../terminal/bar.js';
import { textWidth, truncate, truncateMiddle } from '../../terminal/text.js';
import { paintSpans } from '../../terminal/theme.js';
import type { Column } from '../column.js';
import { renderCsv } from '../csv.js';
import type { Format } from '../format.js';
import { renderJson } from '../json.js';
import { renderMarkdown } from '../markdown.js';
import type { TableStyle } from '../table.js';

interface Row extends Guess {
  readonly image: string;
  readonly rank: number;
}

const columns: readonly Column<Row>[] = [
  { key: 'image', header: 'Image', priority: 0, value: (row) => row.image },
  { key: 'rank', header: 'Rank', priority: 1, align: 'right', value: (row) => row.rank },
  { key: 'label', header: 'Class', priority: 0, value: (row) => row.label },
  { key: 'class', header: 'Number', priority: 2, align: 'right', value: (row) => row.class },
  {
    key: 'probability',
    header: 'Probability',
    priority: 0,
    align: 'right',
    value: (row) => row.probability,
    format: (value: number) => formatPercent(value),
  },
];

/** Predictions in any format. */
export function renderPrediction(
  { run, model, images }: Pick<PredictResult, 'run' | 'model' | 'images'>,
  format: Format,
  style: TableStyle,
): string {
  const rows = images.flatMap(({ image, predictions }) =>
    predictions.map((guess, i) => ({ image, rank: i + 1, ...guess })),
  );
  switch (format) {
    case 'json':
      return renderJson({ run, model, images });
    case 'csv':
      return renderCsv(rows, columns);
    case 'markdown':
      return renderMarkdown(rows, columns);
    case 'table':
      return images.map((image) => block(image, style)).join('\n');
  }
}

const INDENT = '  ';
const WIDEST_BAR = 40;
const NARROWEST_BAR = 5;
const PERCENT = '100.00 %'.length;

/** An image's name, and below it a line a class with its bar. */
function block({ image, predictions }: ImagePrediction, { width, theme }: TableStyle): string {
  const labels = predictions.map(({ label }) => visible(label));
  const longest = maxOf(labels.map(textWidth));
  const fixed = INDENT.length + 2 + PERCENT + 2;
  const forLabel = Math.min(longest, Math.max(4, width - fixed));
  const room = Math.min(WIDEST_BAR, width - fixed - forLabel);
  const { paint, glyphs } = theme;
  const lines = predictions.map(({ probability }, i) => {
    const label = truncate(labels[i]!, forLabel, glyphs.ellipsis);
    const name = label + ' '.repeat(forLabel - textWidth(label));
    const share = formatPercent(probability).padStart(PERCENT);
    const bar = room < NARROWEST_BAR ? '' : `  ${paintSpans(theme, barSpans(probability, room, glyphs))}`;
    return `${INDENT}${i === 0 ? paint('strong', name) : name}  ${share}${bar}\n`;
  });
  const title = image === '-' ? 'standard input' : visible(image);
  return `${paint('strong', truncateMiddle(title, width, glyphs.ellipsis))}\n${lines.join('')}`;
}
