import { defineCommand } from '../../cli/command.js';
import { COMPUTING, DATA_DIR, OTHER_WEIGHTS, STRICT } from '../../cli/common.js';
import type { GlobalOptions } from '../../cli/options.js';
import { COUNT, choice, DATASET, goal, RUN } from '../../cli/values.js';
import type { Column } from '../../report/column.js';
import type { TableStyle } from '../../report/table.js';
import type { RunEvaluation } from '../../training/evaluation/evaluate-run.js';
import type { ClassReport, WorstImage } from '../../training/evaluation/evaluation.js';
import { MINIMUM_METRICS } from '../../training/evaluation/minimums.js';
import { SPLITS } from '../../training/evaluation/splits.js';

export const command = defineCommand({
  name: 'evaluate',
  describe: 'How good a trained model is, class by class',
  examples: [
    ['cnnzoo evaluate runs/lenet5-20260801-120000', 'on the test images'],
    ['cnnzoo evaluate runs/lenet5-20260801-120000 --min accuracy=0.98', 'fails below it, for CI'],
    ['cnnzoo evaluate runs/lenet5-20260801-120000 --worst 10', 'with the images it is most wrong about'],
    ['cnnzoo evaluate vgg16 --weights vgg16.onnx --dataset pictures', 'weights of another program'],
  ],
  places: {
    run: {
      takes: RUN,
      required: true,
      describe: 'A run folder made by `cnnzoo train`, or with --weights a model',
    },
  },
  options: {
    weights: OTHER_WEIGHTS,
    dataset: { takes: DATASET, describe: "Other images than the run's: a known name or a folder" },
    dataDir: DATA_DIR,
    strict: STRICT,
    split: { takes: choice(SPLITS, 'SPLIT'), default: 'test', describe: 'Which images' },
    ...COMPUTING,
    batchSize: { takes: COUNT, describe: "Images a step (default: the run's)" },
    min: {
      takes: goal(MINIMUM_METRICS),
      many: true,
      describe: 'Exit with 3 below a figure: accuracy, top5Accuracy, or precision, recall, f1 of any class',
    },
    worst: { takes: COUNT, describe: 'List so many images with the highest loss' },
  },
  async run(args) {
    const { shortfalls } = await import('../../training/evaluation/minimums.js');
    const { evaluateRun } = await import('../../training/evaluation/evaluate-run.js');
    const { worstImages } = await import('../../training/evaluation/evaluation.js');
    const { outputStyle, print } = await import('../../report/output.js');
    const { ShortfallError } = await import('../../base/errors.js');
    const { createDataNotices } = await import('../../ui/lines/data-notices.js');
    const progress = createDataNotices((kind, message) => process.stderr.write(`${kind}: ${message}\n`));
    const result = await evaluateRun(args, progress.notify).finally(progress.finish);
    const { worst, min = [] } = args;
    const images = worst && worstImages(result.predictions, result.classes, worst);
    print(await render(result, images || undefined, args, outputStyle(args)), args);
    const short = shortfalls(result.evaluation, min);
    if (short.length > 0) throw new ShortfallError(short);
    return 0;
  },
});

const MOST_CONFUSED = 10;
/** Of the 256 colours of terminals, dark enough for white text. */
const GREENS = [22, 22, 28];
const REDS = [52, 88, 124, 160];
/** The shares of a row from which each red holds. */
const RED_SHARES = [0.005, 0.02, 0.05, 0.1];

const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
const figure = (value: number): string => value.toFixed(4);

const classColumns: readonly Column<ClassReport>[] = [
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
  { key: 'image', header: 'Image', priority: 0, shrinkTo: 24, value: (row) => row.image },
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

/** In CSV and markdown the classes, or the worst images where those were asked for. */
async function render(
  result: RunEvaluation,
  worst: readonly WorstImage[] | undefined,
  { format, color }: GlobalOptions,
  style: TableStyle,
): Promise<string> {
  const { renderRows } = await import('../../report/render.js');
  if (format === 'table') return renderText(result, worst, color, style);
  const { evaluation, run, model, dataset, split } = result;
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
    worst,
  };
  return worst !== undefined && format !== 'json'
    ? renderRows(format, worst, worstColumns, json, style)
    : renderRows(format, perClass, classColumns, json, style);
}

async function renderText(
  { evaluation, run, model, dataset, split, weights, classes }: RunEvaluation,
  worst: readonly WorstImage[] | undefined,
  color: boolean | undefined,
  style: TableStyle,
): Promise<string> {
  const { renderTable } = await import('../../report/table.js');
  const { counted, formatLoss } = await import('../../base/text/format.js');
  const { wrapText } = await import('../../terminal/text.js');
  const { paint } = style.theme;
  const [low, high] = evaluation.accuracyInterval;
  const imagesOf = (count: number, part: string): string =>
    part === 'all' ? `${counted(count, 'image')} of all parts` : counted(count, `${part} image`);
  const heading = `${model} on ${dataset}: ${imagesOf(evaluation.images, split)}, weights ${weights}${run === null ? '' : ` (${run})`}`;
  const row = (label: string, text: string): string => `${paint('quiet', label.padEnd(10))}${text}`;
  const lines = [
    ...wrapText(heading, style.width).map((line) => paint('strong', line)),
    '',
    row('accuracy', paint('strong', percent(evaluation.accuracy))),
    row('95 %', `${percent(low)} to ${percent(high)}`),
    row('top 5', percent(evaluation.top5Accuracy)),
    row('loss', formatLoss(evaluation.loss)),
    '',
    renderTable(evaluation.perClass, classColumns, style),
    await renderConfusion(evaluation.confusion, classes, color, style),
  ];
  if (worst !== undefined) {
    const { shownImageName } = await import('../../data/image-names.js');
    const shown = worst.map((one) => ({ ...one, image: shownImageName(one.image) }));
    lines.push(paint('strong', 'Highest losses'), renderTable(shown, worstColumns, style));
  }
  return lines.join('\n');
}

/** The matrix where it fits, else the pairs that are confused most. */
async function renderConfusion(
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
  color: boolean | undefined,
  style: TableStyle,
): Promise<string> {
  const { truncate } = await import('../../terminal/text.js');
  const largest = Math.max(...confusion.flat());
  const width = Math.max(String(largest).length, String(classes.length - 1).length) + 1;
  const isShort = classes.every((label) => label.length < width);
  // Columns are headed by numbers where the labels are too long; the rows then say which number is which.
  const names = isShort
    ? classes
    : classes.map((label, i) => (label === String(i) ? label : `${i} ${label}`));
  const side = Math.min(20, Math.max(...names.map((name) => name.length))) + 1;
  if (side + width * classes.length > Math.min(style.width, 200))
    return renderConfused(confusion, classes, style);
  const shade = await shading(color);
  const { paint, glyphs } = style.theme;
  const head = classes.map((label, i) => (isShort ? label : String(i)).padStart(width)).join('');
  const rows = confusion.map((row, i) => {
    const total = row.reduce((a, b) => a + b, 0);
    const cells = row.map((count, j) => {
      const text = (count === 0 ? '.' : String(count)).padStart(width);
      return count === 0 ? paint('quiet', text) : shade(text, count / total, i === j);
    });
    return truncate(names[i]!, side - 1, glyphs.ellipsis).padEnd(side) + cells.join('');
  });
  const title = `${paint('strong', 'Confusion')} ${paint('quiet', '(a row a true class, a column a predicted one)')}`;
  return [title, ' '.repeat(side) + paint('quiet', head), ...rows, ''].join('\n');
}

/** Which classes are taken for which others, the most frequent first. */
async function renderConfused(
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
  style: TableStyle,
): Promise<string> {
  const { renderTable } = await import('../../report/table.js');
  const pairs = confusion
    .flatMap((row, i) =>
      row.map((count, j) => ({ label: classes[i]!, predicted: classes[j]!, count, wrong: i !== j })),
    )
    .filter(({ count, wrong }) => wrong && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_CONFUSED);
  const columns: readonly Column<(typeof pairs)[number]>[] = [
    { key: 'label', header: 'Class', priority: 0, shrinkTo: 10, value: (pair) => pair.label },
    { key: 'predicted', header: 'Taken for', priority: 0, shrinkTo: 10, value: (pair) => pair.predicted },
    { key: 'count', header: 'Images', priority: 0, align: 'right', value: (pair) => pair.count },
  ];
  return pairs.length === 0 ? '' : renderTable(pairs, columns, style);
}

/** How a cell of the matrix looks: greens on the diagonal, reds beside it, the stronger the larger the row's share. */
async function shading(
  color: boolean | undefined,
): Promise<(text: string, share: number, isRight: boolean) => string> {
  const { Chalk } = await import('chalk');
  const { colorLevel } = await import('../../terminal/color.js');
  const { stdout, env } = process;
  const level = colorLevel(stdout, { env, flag: color });
  const chalk = new Chalk({ level });
  if (level < 2) {
    return (text, share, isRight) => (isRight ? chalk.green(text) : share < 0.05 ? text : chalk.red(text));
  }
  return (text, share, isRight) => {
    if (isRight) return chalk.bgAnsi256(GREENS[Math.min(2, Math.floor(share * 3))]!).whiteBright(text);
    const step = RED_SHARES.findLastIndex((least) => share >= least);
    return step < 0 ? text : chalk.bgAnsi256(REDS[step]!).whiteBright(text);
  };
}
