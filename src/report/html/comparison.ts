import { cnnzooVersion } from '../../base/files/version.js';
import { formatBrief, formatBytes, formatInteger } from '../../base/text/format.js';
import { escapeXml } from '../../base/text/markup.js';
import { counted } from '../../base/text/words.js';
import type { Comparison } from '../../tasks/compare/comparison.js';
import { COSTS } from '../../tasks/compare/costs.js';
import type { Recipe } from '../../tasks/compare/recipes.js';
import type { CompareRow } from '../../tasks/compare/row.js';
import { bestRow, shownColumns } from '../compare/columns.js';
import { gapNotes } from '../compare/gap-notes.js';
import { COST_NAMES } from '../compare/pareto.js';
import { relativeSentences } from '../compare/relative-text.js';
import { seedColumns } from '../compare/seeds.js';
import { statements } from '../compare/statements.js';
import { percentTicks } from '../scale.js';
import { element } from '../svg/svg.js';
import { dashes, marker } from './axes.js';
import { type Bar, bars } from './bars.js';
import { type Curve, curves } from './curves.js';
import { accuracyDots } from './dots.js';
import { readHistory } from './history.js';
import { figure, grid, heading, htmlPage, list, paragraph, SERIES } from './page.js';
import { scatter } from './scatter.js';
import { sweepChart } from './sweep.js';
import { htmlTable } from './table.js';

/** A comparison as one page, with charts. @param time when it was made */
export function comparisonPage(comparison: Comparison, time: Date): string {
  const names = [...new Set(comparison.rows.map((row) => row.name))];
  const title = `Comparison: ${names.join(', ')}`;
  return htmlPage(title, [
    heading(1, title),
    paragraph(subtitle(comparison, time), 'quiet'),
    ...warnings(comparison),
    ...findings(comparison),
    ...sweepSection(comparison),
    ...trainingSection(comparison),
    ...sizeSection(comparison),
    ...tableSection(comparison),
    ...readingSection(comparison),
  ]);
}

function subtitle({ groups, recipes }: Comparison, time: Date): string {
  const by = `Made by cnnzoo ${cnnzooVersion()} on ${time.toISOString().slice(0, 10)}.`;
  const [group, ...others] = groups;
  if (group === undefined || others.length > 0) return by;
  const runs = [...recipes.keys()].reduce((sum, recipe) => sum + recipe.runs.length, 0);
  const { engine } = group.runs[0]!.run.info;
  return `${counted(runs, 'run')} on ${group.dataset}: ${formatInteger(group.trainImages)} training images, ${counted(group.epochs, 'epoch')}, ${formatInteger(group.testImages)} test images. ${engine.name} on ${engine.device} (${engine.deviceDescription}). ${by}`;
}

function warnings({ notes }: Comparison): string[] {
  return notes.length === 0 ? [] : [list(notes, 'warn')];
}

function findings({ differences, relative, groups }: Comparison): string[] {
  const errors = relative.filter(({ figure }) => figure === 'errors');
  const sentences = [...statements(differences), ...relativeSentences(errors, groups.length > 1)];
  return sentences.length === 0 ? [] : [heading(2, 'What came out'), list(sentences)];
}

function sweepSection({ sweeps }: Comparison): string[] {
  const charts = sweeps.flatMap((sweep) => {
    const drawn = sweepChart(sweep);
    const hasSeeds = sweep.cells.some(({ seeds }) => seeds.length > 1);
    const caption = hasSeeds ? 'Means over seeds; bars reach one standard deviation up and down.' : undefined;
    const title = `${sweep.model} by ${sweep.keys.join(' and ')}`;
    return drawn === null ? [] : [figure(title, drawn, sweep.keys.length === 1 ? caption : undefined)];
  });
  return charts.length === 0 ? [] : [heading(2, 'What was varied'), grid(charts)];
}

/** Whether a cost sets several apart: that of one model whose settings are varied does not. */
function tells(points: Comparison['points'], cost: (typeof COSTS)[number]): boolean {
  return points.length < 2 || new Set(points.map((point) => point[cost])).size > 1;
}

/** Each recipe has a colour of its own, the same in all charts. */
function seriesOf({ points }: Comparison): (label: string) => number {
  const labels = points.map(({ label }) => label);
  return (label) => Math.max(0, labels.indexOf(label)) % SERIES;
}

function trainingSection(comparison: Comparison): string[] {
  const { points, recipes } = comparison;
  if (points.length === 0) return [];
  const series = seriesOf(comparison);
  const hasSeeds = points.some(({ accuracies }) => accuracies.length > 1);
  const caption = 'The dashed line is the front: whatever lies below and to the right of it is beaten.';
  return [
    heading(2, 'Accuracy, and what it costs'),
    grid([
      figure(
        'Test accuracy',
        accuracyDots(points, series),
        hasSeeds ? 'A dot a seed; the stroke is their mean.' : undefined,
      ),
      ...COSTS.filter((cost) => tells(points, cost)).map((cost) =>
        figure(`Accuracy against ${COST_NAMES[cost]}`, scatter(points, cost, series), caption),
      ),
    ]),
    ...curveSection(recipes, series),
  ];
}

function curveSection(recipes: ReadonlyMap<Recipe, string>, series: (label: string) => number): string[] {
  const runs = [...recipes].flatMap(([recipe, label]) =>
    recipe.runs.flatMap(({ run }) => {
      const history = readHistory(run);
      const name = recipe.runs.length > 1 ? `${label}, seed ${run.info.seed}` : label;
      return history === null ? [] : [{ label: name, series: series(label), history }];
    }),
  );
  if (runs.length === 0) return [];
  const of = (
    value: 'loss' | 'accuracy',
    validation: 'validationLoss' | 'validationAccuracy',
    test: 'testLoss' | 'testAccuracy',
  ): Curve[] =>
    runs.map(({ history, ...run }) => ({
      ...run,
      points: history[value],
      validation: history[validation],
      test: history[test],
    }));
  const marks = [
    ...(runs.some(({ history }) => history.validationLoss.length > 0)
      ? ['Rings are looks at the validation images.']
      : []),
    ...(runs.some(({ history }) => history.testLoss.length > 0)
      ? ['Squares are looks at the test images.']
      : []),
  ];
  const caption = marks.length > 0 ? marks.join(' ') : undefined;
  const loss = { title: 'Training loss', name: 'loss', format: () => formatBrief, isLogarithmic: true };
  const accuracy = {
    title: 'Training accuracy',
    name: 'accuracy',
    format: percentTicks,
    isLogarithmic: false,
  };
  return [
    heading(2, 'How they learned'),
    legend([...recipes.values()], series),
    grid([
      figure(loss.title, curves(of('loss', 'validationLoss', 'testLoss'), loss), caption),
      figure(accuracy.title, curves(of('accuracy', 'validationAccuracy', 'testAccuracy'), accuracy), caption),
    ]),
  ];
}

function legend(labels: readonly string[], series: (label: string) => number): string {
  const items = labels.map((label) => {
    const number = series(label);
    const line = element('line', {
      x1: 0,
      y1: 6,
      x2: 28,
      y2: 6,
      stroke: 'var(--c)',
      'stroke-width': 2,
      'stroke-dasharray': dashes(number),
    });
    const swatch = element(
      'svg',
      { viewBox: '0 0 28 12', 'aria-hidden': 'true' },
      line + marker(number, 14, 6, label, 4),
    );
    return `<li class="s${number}">${swatch}${escapeXml(label)}</li>`;
  });
  return `<ul class="legend">\n${items.join('\n')}\n</ul>`;
}

function sizeSection(comparison: Comparison): string[] {
  const { rows, relative } = comparison;
  const sizes = relative.filter(({ figure }) => figure !== 'errors');
  const models = rows.filter((row, i) => rows.findIndex((other) => sameSize(row, other)) === i);
  const series = seriesOf(comparison);
  const labels = comparison.points.map(({ label }) => label);
  const barsOf = (
    key: 'params' | 'macs' | 'trainingActivationBytes',
    text: (value: number) => string,
  ): Bar[] =>
    models.map((row, i) => ({
      label: row.name,
      value: row[key],
      text: text(row[key]),
      series: labels.includes(row.name) ? series(row.name) : i % SERIES,
    }));
  return [
    heading(2, 'Sizes'),
    ...(sizes.length > 0 ? [list(relativeSentences(sizes, false))] : []),
    grid(
      [
        figure('Parameters', bars('Parameters', barsOf('params', formatInteger))),
        figure('MACs an image', bars('MACs an image', barsOf('macs', formatInteger))),
        figure(
          'Activations of an image in training',
          bars('Activations of an image in training', barsOf('trainingActivationBytes', formatBytes)),
        ),
      ],
      'thirds',
    ),
  ];
}

function sameSize(a: CompareRow, b: CompareRow): boolean {
  return a.name === b.name && a.params === b.params && a.macs === b.macs;
}

function tableSection({ rows, seeds }: Comparison): string[] {
  const best = bestRow(rows);
  return [
    heading(2, 'Figures'),
    htmlTable(rows, shownColumns(rows), (row, column) => row === best && column.key === 'testAccuracy'),
    ...(seeds.length > 0 ? [heading(3, 'Over seeds'), htmlTable(seeds, seedColumns)] : []),
  ];
}

function readingSection({ rows, points, differences }: Comparison): string[] {
  const sentences = [
    'MACs are the multiply-accumulates of one image in convolutions and dense layers; FLOPs are twice as many.',
    'Weights and activations are counted in float32; activations are all layers’ outputs of one image, which training keeps.',
    'The receptive field is that of a value of the last feature map, in pixels of the image.',
    ...gapNotes(rows),
    ...(points.length > 0
      ? ['Time is that of the whole run, with its test; images/s are those of training alone.']
      : []),
    ...(differences.length > 0
      ? [
          'Two models are told apart by the test images that one of them alone gets right: were both as good, each of these would fall to either like a coin (McNemar’s exact test). A difference counts as larger than chance where the p-value, raised for the number of comparisons (Holm), is below 0.05, with every seed.',
        ]
      : []),
  ];
  return [heading(2, 'How to read this'), list(sentences, 'quiet')];
}
