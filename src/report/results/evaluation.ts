import { formatInteger, formatLoss } from '../../base/text/format.js';
import { counted } from '../../base/text/words.js';
import { shownImageName } from '../../data/image-names.js';
import type { Gap } from '../../runs/gap.js';
import { wrapText } from '../../terminal/text.js';
import type { RunEvaluation } from '../../training/evaluation/evaluate-run.js';
import type { ClassReport, WorstImage } from '../../training/evaluation/evaluation.js';
import type { Int8Comparison } from '../../training/evaluation/int8-comparison.js';
import type { Column } from '../column.js';
import type { Format } from '../format.js';
import { renderRows } from '../render.js';
import { renderTable, type TableStyle } from '../table.js';
import { renderConfusion } from './confusion.js';
import { gapSentences } from './gap.js';

const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
const figure = (value: number): string => value.toFixed(4);

export const classColumns: readonly Column<ClassReport>[] = [
  { key: 'label', header: 'Class', priority: 0, shrinkTo: 12, value: (row) => row.label },
  {
    key: 'precision',
    header: 'Precision',
    priority: 2,
    align: 'right',
    value: (row) => row.precision,
    format: figure,
  },
  {
    key: 'recall',
    header: 'Recall',
    priority: 3,
    align: 'right',
    value: (row) => row.recall,
    format: figure,
  },
  { key: 'f1', header: 'F1', priority: 1, align: 'right', value: (row) => row.f1, format: figure },
  { key: 'support', header: 'Images', priority: 4, align: 'right', value: (row) => row.support },
];

const worstColumns: readonly Column<WorstImage>[] = [
  { key: 'image', header: 'Image', priority: 0, shrinkTo: 24, cut: 'middle', value: (row) => row.image },
  { key: 'label', header: 'Class', priority: 2, shrinkTo: 12, value: (row) => row.label },
  { key: 'predicted', header: 'Predicted', priority: 1, shrinkTo: 12, value: (row) => row.predicted },
  {
    key: 'probability',
    header: 'Probability',
    priority: 4,
    align: 'right',
    value: (row) => row.probability,
    format: percent,
  },
  { key: 'loss', header: 'Loss', priority: 3, align: 'right', value: (row) => row.loss, format: figure },
];

const LABEL_WIDTH = 10;

/** In CSV and markdown the classes, or the worst images where those were asked for. */
export async function renderEvaluation(
  result: RunEvaluation,
  worst: readonly WorstImage[] | undefined,
  { format, color }: { readonly format: Format; readonly color: boolean | undefined },
  style: TableStyle,
): Promise<string> {
  if (format === 'table') return renderText(result, worst, color, style);
  const { evaluation, run, model, dataset, split, gap, int8 } = result;
  const { images, loss, accuracy, top5Accuracy, perClass, confusion } = evaluation;
  const json = {
    run,
    model,
    dataset,
    split,
    images,
    loss,
    accuracy,
    top5Accuracy,
    perClass,
    confusion,
    gap,
    dtype: int8 ? 'int8' : 'float32',
    int8: int8 && int8Json(int8),
    worst,
  };
  return worst !== undefined && format !== 'json'
    ? renderRows(format, worst, worstColumns, json, style)
    : renderRows(format, perClass, classColumns, json, style);
}

/** The figures of int8 beside those of float32. */
function int8Json({ int8, float32, ...rest }: Int8Comparison): object {
  return { ...int8, float32, ...rest };
}

function renderText(
  { evaluation, run, model, dataset, split, weights, classes, gap, int8 }: RunEvaluation,
  worst: readonly WorstImage[] | undefined,
  color: boolean | undefined,
  style: TableStyle,
): string {
  const { paint } = style.theme;
  const [low, high] = evaluation.accuracyInterval;
  const imagesOf = (count: number, part: string): string =>
    part === 'all' ? `${counted(count, 'image')} of all parts` : counted(count, `${part} image`);
  const heading = `${model} on ${dataset}: ${imagesOf(evaluation.images, split)}, weights ${weights}${run === null ? '' : ` (${run})`}`;
  const row = (label: string, text: string): string => `${paint('quiet', label.padEnd(LABEL_WIDTH))}${text}`;
  const lines = [
    ...wrapText(heading, style.width).map((line) => paint('strong', line)),
    '',
    row('accuracy', paint('strong', percent(evaluation.accuracy))),
    row('95 %', `${percent(low)} to ${percent(high)}`),
    row('top 5', percent(evaluation.top5Accuracy)),
    row('loss', formatLoss(evaluation.loss)),
    ...(gap === null ? [] : gapLines(gap, style)),
    ...(int8 === null ? [] : int8Lines(int8, evaluation.images, style)),
    '',
    renderTable(shownClasses(evaluation.perClass), classColumns, style),
    renderConfusion(evaluation.confusion, classes, color, style),
  ];
  if (worst !== undefined) {
    const shown = worst.map((one) => ({ ...one, image: shownImageName(one.image) }));
    lines.push(paint('strong', 'Highest losses'), renderTable(shown, worstColumns, style));
  }
  return lines.join('\n');
}

/** What int8, whose figures stand above, does beside float32. */
function int8Lines(
  { int8, float32, differing, calibrationImages }: Int8Comparison,
  images: number,
  { theme, width }: TableStyle,
): string[] {
  const speed = (value: number): string => `${formatInteger(Math.round(value))} images/s`;
  const times = (int8.imagesPerSecond / float32.imagesPerSecond).toFixed(2);
  const rows = [
    ['int8', `${speed(int8.imagesPerSecond)}, ${times} times those of float32`],
    [
      '',
      `${counted(differing, 'answer')} of ${formatInteger(images)} ${differing === 1 ? 'differs' : 'differ'} from float32`,
    ],
    ['', `calibrated with ${counted(calibrationImages, 'training image')}`],
    [
      'float32',
      `accuracy ${percent(float32.accuracy)}, loss ${formatLoss(float32.loss)}, ${speed(float32.imagesPerSecond)}`,
    ],
  ] as const;
  const room = Math.max(20, width - LABEL_WIDTH);
  return rows.flatMap(([label, text]) =>
    wrapText(text, room).map(
      (line, i) => theme.paint('quiet', (i === 0 ? label : '').padEnd(LABEL_WIDTH)) + line,
    ),
  );
}

/** The gap between training and test, its further lines below its first. */
function gapLines(gap: Gap, { theme, width }: TableStyle): string[] {
  const room = Math.max(20, width - LABEL_WIDTH);
  const lines = gapSentences(gap).flatMap((sentence) => wrapText(sentence, room));
  return lines.map((line, i) => theme.paint('quiet', (i === 0 ? 'gap' : '').padEnd(LABEL_WIDTH)) + line);
}

/** Of more classes than these those of which there are no images are left out. */
const MANY_CLASSES = 100;

function shownClasses(perClass: readonly ClassReport[]): readonly ClassReport[] {
  return perClass.length > MANY_CLASSES ? perClass.filter(({ support }) => support > 0) : perClass;
}
