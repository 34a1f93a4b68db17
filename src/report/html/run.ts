import { cnnzooVersion } from '../../base/files/version.js';
import {
  formatBrief,
  formatDuration,
  formatInteger,
  formatLoss,
  formatPercent,
} from '../../base/text/format.js';
import { escapeXml } from '../../base/text/markup.js';
import { commandLine } from '../../base/text/settings.js';
import { counted } from '../../base/text/words.js';
import { shownImageName } from '../../data/image-names.js';
import { configText } from '../../runs/run-config.js';
import type { ConfusedCell, RunReport } from '../../tasks/report/run-report.js';
import type { Mistake } from '../../tasks/visualize/runs/mistakes.js';
import type { Column } from '../column.js';
import { dataUri } from '../pictures/out.js';
import { classColumns } from '../results/evaluation.js';
import { gapSentences } from '../results/gap.js';
import { percentTicks } from '../scale.js';
import { curves } from './curves.js';
import { readHistory } from './history.js';
import { figure, grid, heading, htmlPage, list, paragraph } from './page.js';
import { htmlTable } from './table.js';

/** Of more classes the matrix is too large to be read: the pairs that are confused most stand in its place. */
const MOST_CLASSES = 32;
const MOST_PAIRS = 40;

interface Fact {
  readonly name: string;
  readonly value: string;
}

const factColumns: readonly Column<Fact>[] = [
  { key: 'name', header: '', priority: 0, value: (row) => row.name },
  { key: 'value', header: '', priority: 0, value: (row) => row.value },
];

/** The report of one run as one page: figures, curves, what is taken for what, with pictures. @param time when it was made */
export async function runPage(report: RunReport, time: Date): Promise<string> {
  const { model, dataset } = report.evaluation;
  const title = `${model} on ${dataset}`;
  return htmlPage(
    title,
    [
      heading(1, title),
      paragraph(subtitle(report, time), 'quiet'),
      ...figures(report),
      ...curveSection(report),
      ...(await confusionSection(report)),
      ...(await worstSection(report)),
      heading(2, 'Class by class'),
      htmlTable(report.evaluation.evaluation.perClass, classColumns),
      ...(await filterSection(report)),
      ...trainingSection(report),
    ],
    true,
  );
}

function subtitle({ run, evaluation }: RunReport, time: Date): string {
  const { images } = evaluation.evaluation;
  return `${run.dir}: ${counted(images, `${evaluation.split} image`)}, weights ${evaluation.weights}. Made by cnnzoo ${cnnzooVersion()} on ${time.toISOString().slice(0, 10)}.`;
}

function figures({ evaluation: { evaluation, gap } }: RunReport): string[] {
  const [low, high] = evaluation.accuracyInterval;
  const facts: Fact[] = [
    { name: 'Accuracy', value: formatPercent(evaluation.accuracy) },
    { name: '95 % interval (Wilson)', value: `${formatPercent(low)} to ${formatPercent(high)}` },
    { name: 'Among the first five', value: formatPercent(evaluation.top5Accuracy) },
    { name: 'Loss', value: formatLoss(evaluation.loss) },
  ];
  return [
    heading(2, 'What came out'),
    htmlTable(facts, factColumns, ({ name }) => name === 'Accuracy'),
    ...(gap === null ? [] : [list(gapSentences(gap), 'quiet')]),
  ];
}

function curveSection({ run, evaluation }: RunReport): string[] {
  const history = readHistory(run);
  if (history === null) return [];
  const one = { label: evaluation.model, series: 0 };
  const marks = [
    ...(history.validationLoss.length > 0 ? ['Rings are looks at the validation images.'] : []),
    ...(history.testLoss.length > 0 ? ['Squares are looks at the test images.'] : []),
  ];
  const caption = marks.length > 0 ? marks.join(' ') : undefined;
  const loss = curves(
    [{ ...one, points: history.loss, validation: history.validationLoss, test: history.testLoss }],
    { title: 'Training loss', name: 'loss', format: () => formatBrief, isLogarithmic: true },
  );
  const accuracy = curves(
    [
      {
        ...one,
        points: history.accuracy,
        validation: history.validationAccuracy,
        test: history.testAccuracy,
      },
    ],
    { title: 'Training accuracy', name: 'accuracy', format: percentTicks, isLogarithmic: false },
  );
  return [
    heading(2, 'How it learned'),
    grid([figure('Training loss', loss, caption), figure('Training accuracy', accuracy, caption)]),
  ];
}

async function confusionSection(report: RunReport): Promise<string[]> {
  const { classes } = report.evaluation;
  const known = new Map(report.cells.map((cell) => [placeOf(cell), cell]));
  const panels: string[] = [];
  for (const cell of report.cells) panels.push(await panelOf(cell, classes));
  const isLarge = classes.length > MOST_CLASSES;
  return [
    heading(2, 'What is taken for what'),
    paragraph(
      isLarge
        ? 'The pairs that are confused most; choose one to see pictures.'
        : 'A row a true class, a column what it was taken for. Choose a figure to see its pictures.',
      'quiet',
    ),
    isLarge ? pairs(report) : matrix(report, known),
    ...panels,
  ];
}

function placeOf({ label, predicted }: { readonly label: number; readonly predicted: number }): string {
  return `c${label}-${predicted}`;
}

function matrix(
  { evaluation: { classes, evaluation } }: RunReport,
  known: ReadonlyMap<string, ConfusedCell>,
): string {
  const head = classes.map((label) => `<th scope="col">${escapeXml(label)}</th>`).join('');
  const rows = evaluation.confusion.map((row, label) => {
    const total = row.reduce((a, b) => a + b, 0);
    const cells = row.map((count, predicted) => {
      if (count === 0) return '<td class="quiet">·</td>';
      const share = Math.round(100 * Math.sqrt(count / total));
      const kind = label === predicted ? 'hit' : 'miss';
      const place = placeOf({ label, predicted });
      const name = `${formatInteger(count)} of class ${classes[label]} taken for ${classes[predicted]}`;
      const text = known.has(place)
        ? `<a href="#${place}" title="${escapeXml(name)}" aria-label="${escapeXml(name)}">${formatInteger(count)}</a>`
        : formatInteger(count);
      return `<td class="${kind}" style="--p:${Math.round(share * 0.6)}">${text}</td>`;
    });
    return `<tr><th scope="row">${escapeXml(classes[label]!)}</th>${cells.join('')}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="group" aria-label="Matrix"><table class="matrix">\n<thead><tr><th scope="col">is</th>${head}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table></div>`;
}

function pairs({ cells, evaluation: { classes } }: RunReport): string {
  const confused = cells.filter(({ label, predicted }) => label !== predicted).slice(0, MOST_PAIRS);
  const items = confused.map((cell) => {
    const { label, predicted, count } = cell;
    return `<li><a href="#${placeOf(cell)}">${formatInteger(count)} of ${escapeXml(classes[label]!)} taken for ${escapeXml(classes[predicted]!)}</a></li>`;
  });
  return `<ul>\n${items.join('\n')}\n</ul>`;
}

async function panelOf(cell: ConfusedCell, classes: readonly string[]): Promise<string> {
  const { label, predicted, count, images } = cell;
  const isHit = label === predicted;
  const title = isHit
    ? `${formatInteger(count)} of class ${classes[label]}, rightly`
    : `${formatInteger(count)} of class ${classes[label]}, taken for ${classes[predicted]}`;
  const which = images.length === count ? '' : isHit ? 'The least certain of them.' : 'The worst of them.';
  const inner = [
    heading(3, title),
    ...(which === '' ? [] : [paragraph(which, 'quiet')]),
    await pictures(images),
  ];
  return `<section class="cell" id="${placeOf(cell)}">${inner.join('\n')}</section>`;
}

async function worstSection({ worst, evaluation }: RunReport): Promise<string[]> {
  if (worst.length === 0) return [heading(2, 'Mistakes'), paragraph('There is none among these images.')];
  const { images, accuracy } = evaluation.evaluation;
  const wrong = Math.round(images * (1 - accuracy));
  const title = worst.length === wrong ? 'All mistakes' : `The worst of ${counted(wrong, 'mistake')}`;
  return [heading(2, title), await pictures(worst)];
}

/** Pictures with what they are, and what they were taken for. */
async function pictures(images: readonly Mistake[]): Promise<string> {
  const items: string[] = [];
  for (const { picture, label, predicted, probability, image } of images) {
    const taken = `${predicted}, ${formatPercent(probability, 0)}`;
    const words = label === predicted ? taken : `is ${label}, taken for ${taken}`;
    const name = shownImageName(image);
    items.push(
      `<li><img src="${await dataUri(picture, MOST_SIDE)}" alt="${escapeXml(`${name}: ${words}`)}" title="${escapeXml(name)}">${escapeXml(words)}</li>`,
    );
  }
  return `<ul class="pictures">\n${items.join('\n')}\n</ul>`;
}

/** Pictures are no larger than they are shown, for screens with two dots a pixel. */
const MOST_SIDE = 192;

async function filterSection({ filters }: RunReport): Promise<string[]> {
  if (filters === null) return [];
  const { layer, shape, before, beforeOrigin, after } = filters;
  const sheets = [
    { title: `Before training, ${beforeOrigin}`, tiles: before },
    ...(after === null ? [] : [{ title: `After training, weights ${after.origin}`, tiles: after.filters }]),
  ];
  const parts: string[] = [];
  for (const { title, tiles } of sheets) {
    const images: string[] = [];
    for (const [i, { tile }] of tiles.entries())
      images.push(`<li><img src="${await dataUri(tile)}" alt="filter ${i}"></li>`);
    parts.push(heading(3, title), `<ul class="pictures small">\n${images.join('\n')}\n</ul>`);
  }
  return [heading(2, `Filters of ${layer}, ${shape.join(' x ')}`), ...parts];
}

function trainingSection({ run, evaluation }: RunReport): string[] {
  const { info, spec, dir } = run;
  const { engine, dataset, history } = info;
  const versions = Object.entries(engine.versions).map(([name, version]) => `${name} ${version}`);
  const facts: Fact[] = [
    {
      name: 'Data',
      value: `${dataset.name}: ${formatInteger(dataset.trainImages)} training images, from ${dataset.origin}`,
    },
    { name: 'Epochs', value: `${history.length} of ${info.epochs}, ${info.status}` },
    { name: 'Seed', value: String(info.seed) },
    { name: 'Time', value: formatDuration(info.seconds) },
    { name: 'Computed by', value: `${engine.name} on ${engine.device} (${engine.deviceDescription})` },
    { name: 'Versions', value: [`cnnzoo ${info.cnnzoo}`, `Node.js ${info.node}`, ...versions].join(', ') },
    { name: 'Begun', value: info.created },
    ...(info.tags.length > 0 ? [{ name: 'Tags', value: info.tags.join(', ') }] : []),
  ];
  const commands = [
    `${commandLine('rerun', { words: [dir] })}    # trains it again, and tells whether the same weights come out`,
    commandLine('evaluate', { words: [dir], settings: { split: evaluation.split } }),
  ];
  return [
    heading(2, 'How it was trained'),
    htmlTable(facts, factColumns),
    heading(3, 'To repeat it'),
    preformatted(commands),
    heading(3, 'Its config, every setting filled in'),
    preformatted(configText(spec).split('\n')),
  ];
}

function preformatted(lines: readonly string[]): string {
  return `<pre tabindex="0">${lines.map(escapeXml).join('\n')}</pre>`;
}
