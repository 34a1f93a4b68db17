import { formatBytes, formatInteger, formatPercent } from '../../base/text/format.js';
import { setting } from '../../base/text/settings.js';
import { counted } from '../../base/text/words.js';
import type { BatchMemory } from '../../models/batch-memory.js';
import { LEGEND } from '../../models/explain.js';
import type { LayerSummary, ModelSummary, Published } from '../../models/summary.js';
import { wrapText } from '../../terminal/text.js';
import { signOf } from '../../terminal/theme.js';
import type { Column } from '../column.js';
import { renderCsv } from '../csv.js';
import type { Format } from '../format.js';
import { renderJson } from '../json.js';
import { markdownText, renderMarkdown } from '../markdown.js';
import { renderTable, type TableStyle } from '../table.js';
import { csvColumns, shownColumns, totalCells } from './columns.js';

/**
 * A summary in any format; with the layers' arithmetic where it holds any.
 * @param wanted the columns that were asked for; those that say something where absent
 */
export function renderSummary(
  summary: ModelSummary,
  format: Format,
  style: TableStyle,
  wanted?: readonly Column<LayerSummary>[],
): string {
  switch (format) {
    case 'json':
      return renderJson(wanted === undefined ? summary : withColumns(summary, wanted));
    case 'csv':
      return renderCsv(summary.layers, wanted ?? csvColumns(isExplained(summary)));
    case 'markdown':
      return markdown(summary, wanted);
    case 'table':
      return text(summary, style, wanted);
  }
}

function isExplained(summary: ModelSummary): boolean {
  return summary.layers.some((layer) => layer.explanation !== undefined);
}

function text(
  summary: ModelSummary,
  style: TableStyle,
  wanted: readonly Column<LayerSummary>[] | undefined,
): string {
  const { theme, width } = style;
  const title = wrapText(heading(summary), width).map((line) => theme.paint('strong', line));
  const columns = wanted ?? shownColumns(summary);
  const isArithmetic = wanted === undefined && isExplained(summary);
  const body = isArithmetic ? arithmetic(summary, style) : layerTable(summary, columns, style);
  const footer = summaryFacts(summary, columns).flatMap(({ label, value, mark }) =>
    labelled(label, value, style, mark),
  );
  return [...title, '', body, ...footer, ''].join('\n');
}

function heading({ name, title, input, classes }: ModelSummary): string {
  const named = title === name ? name : `${title} (${name})`;
  return `${named}, input ${input.join('x')}${classes === null ? '' : `, ${classes} classes`}`;
}

function layerTable(
  summary: ModelSummary,
  columns: readonly Column<LayerSummary>[],
  style: TableStyle,
): string {
  return renderTable(summary.layers, columns, {
    ...style,
    total: totalCells(summary),
    tone: (layer, column) => (column.key === 'name' || column.value(layer) !== 0 ? 'plain' : 'quiet'),
  });
}

interface Fact {
  readonly label: string;
  readonly value: string;
  readonly mark?: boolean;
}

/** What stands below the layers, the same in tables and markdown. */
export function summaryFacts(
  summary: ModelSummary,
  columns: readonly Column<LayerSummary>[] = shownColumns(summary),
): Fact[] {
  const { totals, layers } = summary;
  const share =
    totals.nonTrainableParams === 0
      ? 'all trainable'
      : `${formatInteger(totals.trainableParams)} trainable, ${formatInteger(totals.nonTrainableParams)} not`;
  const notes = layers.flatMap((layer) => layer.notes.map((note) => `${layer.name} ${note}`));
  return [
    {
      label: 'Parameters',
      value: `${formatInteger(totals.params)} (${formatBytes(totals.parameterBytes)}), ${share}`,
    },
    ...(summary.auxiliaryParams > 0 ? [auxiliaryFact(summary.auxiliaryParams)] : []),
    ...(summary.published ? [publishedFact(summary.published, totals)] : []),
    {
      label: 'Cost',
      value: `${formatInteger(totals.macs)} MACs an image; FLOPs = 2 x MACs = ${formatInteger(2 * totals.macs)}`,
    },
    {
      label: 'Memory',
      value: `activations of one image take ${formatBytes(totals.inferenceActivationBytes)} in inference (the most that lives together), ${formatBytes(totals.trainingActivationBytes)} in training (every layer's output)`,
    },
    ...(totals.batch ? [batchFact(totals.batch)] : []),
    ...(columns.some(({ key }) => key === 'denseWeights') ? [DENSE_FACT] : []),
    ...notes.map((value, i) => ({ label: i === 0 ? 'Notes' : '', value })),
  ];
}

const DENSE_FACT: Fact = {
  label: 'As dense',
  value:
    "the weights of a dense layer that would do a convolution's work, from every value of its input to every value of its output",
};

function batchFact(batch: BatchMemory): Fact {
  const { batchSize, optimizer, parameterBytes, gradientBytes, optimizerBytes, activationBytes } = batch;
  const kept =
    optimizer === null
      ? 'no optimizer, as the config names none'
      : `what ${optimizer} keeps ${formatBytes(optimizerBytes)}`;
  const parts = `parameters ${formatBytes(parameterBytes)}, gradients ${formatBytes(gradientBytes)}, ${kept}, activations ${formatBytes(activationBytes)}`;
  return {
    label: 'Batch',
    value: `a training step on ${counted(batchSize, 'image')} holds ${formatBytes(batch.totalBytes)} by arithmetic: ${parts}`,
  };
}

/** The layers by these columns alone, and all that is not of a layer. */
function withColumns(summary: ModelSummary, columns: readonly Column<LayerSummary>[]): object {
  const layers = summary.layers.map((layer) =>
    Object.fromEntries(columns.map(({ key }) => [key, layer[key as keyof LayerSummary]])),
  );
  return { ...summary, layers };
}

function auxiliaryFact(params: number): Fact {
  const value = `${formatInteger(params)} parameters more in its auxiliary classifiers: ${setting('auxiliaries')} shows them`;
  return { label: 'Training', value };
}

function publishedFact(
  { params, equal, testAccuracy }: Published,
  { trainableParams: ours, nonTrainableParams: others }: ModelSummary['totals'],
): Fact {
  // Published counts leave out what is not trained, such as the statistics of batch normalization.
  const what = others > 0 ? 'trainable parameters' : 'parameters';
  const parts = [
    ...(testAccuracy === null ? [] : [`test accuracy ${formatPercent(testAccuracy)}`]),
    ...(params === null ? [] : [`${formatInteger(params)} ${what}, ${verdict(ours - params)}`]),
  ];
  return { label: 'Published', value: parts.join('; '), ...(equal === null ? {} : { mark: equal }) };
}

function verdict(difference: number): string {
  if (difference === 0) return 'equal to ours';
  return `ours are ${formatInteger(Math.abs(difference))} ${difference > 0 ? 'more' : 'fewer'}`;
}

const LABEL_WIDTH = 12;

/** A label and a text beside it, the text's further lines below its first. */
function labelled(label: string, value: string, { theme, width }: TableStyle, mark?: boolean): string[] {
  const end = mark === undefined ? '' : ` ${signOf(mark, theme)}`;
  const lines = wrapUnits(value + end, Math.max(20, width - LABEL_WIDTH));
  return lines.map((line, i) => {
    const start = theme.paint('quiet', (i === 0 ? label : '').padEnd(LABEL_WIDTH));
    if (mark === undefined || i < lines.length - 1) return start + line;
    const text = line.slice(0, line.length - end.length + 1);
    return start + text + theme.paint(mark ? 'good' : 'bad', end.trim());
  });
}

/** Lines of a text, no number of which is parted from its unit. */
function wrapUnits(value: string, width: number): string[] {
  const held = value.replace(/(?<=\d) (?=[kMGT]?B\b|%)/g, '\u00a0');
  return wrapText(held, width).map((line) => line.replaceAll('\u00a0', ' '));
}

function arithmetic(summary: ModelSummary, style: TableStyle): string {
  const { theme, width } = style;
  const legend = LEGEND.flatMap((line) => wrapText(line, width).map((l) => theme.paint('quiet', l)));
  const layers = summary.layers.flatMap((layer) => [
    '',
    theme.paint('strong', layerHeading(layer)),
    ...layerLines(layer).flatMap((line) => wrapText(line, width - 2).map((l) => `  ${l}`)),
  ]);
  return [...legend, ...layers, '', ''].join('\n');
}

function layerHeading(layer: LayerSummary): string {
  return `${layer.name} (${layer.type}): ${layer.inputs.join(', ')} -> ${layer.outputShape.join('x')}`;
}

/** What a layer computes, a line a figure, and what is to be known of it. */
export function layerLines({ explanation = [], notes }: LayerSummary): string[] {
  return [...explanation.map(separated), ...notes.map((note) => `note: ${note}`)];
}

/** The numbers of a text with thousands separators; what follows a decimal point is left alone. */
function separated(line: string): string {
  return line.replace(/(?<![\d.])\d{4,}(?!\.?\d)/g, (digits) => formatInteger(Number(digits)));
}

function markdown(summary: ModelSummary, wanted: readonly Column<LayerSummary>[] | undefined): string {
  const total = totalCells(summary);
  const columns = wanted ?? shownColumns(summary);
  const body =
    wanted === undefined && isExplained(summary)
      ? summary.layers.map((layer) => section(layer)).join('\n')
      : renderMarkdown(
          summary.layers,
          columns,
          columns.map(({ key }) => (total[key] ? `**${total[key]}**` : '')),
        );
  const footer = summaryFacts(summary, columns).map(
    ({ label, value, mark }) => `- ${label === '' ? '' : `${label}: `}${value}${markdownMark(mark)}\n`,
  );
  return `### ${markdownText(heading(summary))}\n\n${body}\n${footer.join('')}`;
}

function section(layer: LayerSummary): string {
  const lines = layerLines(layer).map((line) => `- ${line}\n`);
  return `#### ${layerHeading(layer)}\n\n${lines.join('')}`;
}

function markdownMark(mark: boolean | undefined): string {
  if (mark === undefined) return '';
  return mark ? ' ✓' : ' ✗';
}
