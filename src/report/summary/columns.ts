import { UsageError } from '../../base/errors.js';
import { formatBytes, formatInteger } from '../../base/text/format.js';
import { didYouMean } from '../../base/text/nearest.js';
import { setting } from '../../base/text/settings.js';
import { INPUT } from '../../models/graph/graph.js';
import type { LayerSummary, ModelSummary } from '../../models/summary.js';
import type { Column } from '../column.js';

const shape = (extents: readonly number[]) => extents.join('x');

/** Of a layer's figures all may go in a narrow terminal but its name. */
const COLUMNS = {
  name: { header: 'Layer', priority: 0, value: (layer) => layer.name },
  type: { header: 'Type', priority: 6, value: (layer) => layer.type },
  inputs: { header: 'Reads', priority: 7, shrinkTo: 16, value: (layer) => layer.inputs.join(' ') },
  outputShape: { header: 'Output', priority: 2, align: 'right', value: (layer) => shape(layer.outputShape) },
  params: { header: 'Params', priority: 1, align: 'right', value: (l) => l.params, format: formatInteger },
  trainableParams: {
    header: 'Trainable',
    priority: 8,
    align: 'right',
    value: (layer) => layer.trainableParams,
    format: formatInteger,
  },
  macs: { header: 'MACs', priority: 3, align: 'right', value: (l) => l.macs, format: formatInteger },
  activationBytes: {
    header: 'Memory',
    priority: 4,
    align: 'right',
    value: (layer) => layer.activationBytes,
    format: formatBytes,
  },
  receptiveField: {
    header: 'Rec. field',
    priority: 5,
    align: 'right',
    value: (layer) => (layer.receptiveField ? shape(layer.receptiveField) : null),
    none: 'all',
  },
  notes: { header: 'Notes', priority: 9, value: (layer) => layer.notes.join('; ') },
  kernel: {
    header: 'Kernel',
    priority: 9,
    align: 'right',
    value: (layer) => (layer.kernel ? shape(layer.kernel) : null),
    none: '-',
  },
  denseWeights: {
    header: 'As dense',
    priority: 10,
    align: 'right',
    value: (layer) => layer.denseWeights,
    format: formatInteger,
    none: '-',
  },
  explanation: { header: 'Arithmetic', priority: 10, value: (l) => l.explanation?.join('; ') ?? null },
} satisfies Record<string, Omit<Column<LayerSummary>, 'key'>>;

type Key = keyof typeof COLUMNS;

const pick = (keys: readonly Key[]): Column<LayerSummary>[] => keys.map((key) => ({ key, ...COLUMNS[key] }));

/** Everything there is, in the order of the JSON. */
export function csvColumns(isExplained: boolean): Column<LayerSummary>[] {
  const { explanation: _, ...rest } = COLUMNS;
  return pick(Object.keys(isExplained ? COLUMNS : rest) as Key[]);
}

/** Without what says nothing new: inputs where each layer reads the one before, trainable parameters where all are. */
export function shownColumns({ layers, totals }: ModelSummary): Column<LayerSummary>[] {
  const isChain = layers.every((layer, i) => layer.inputs.join() === (layers[i - 1]?.name ?? INPUT));
  return pick([
    'name',
    'type',
    ...(isChain ? [] : (['inputs'] as const)),
    'outputShape',
    'params',
    ...(totals.nonTrainableParams > 0 ? (['trainableParams'] as const) : []),
    'macs',
    'activationBytes',
    'receptiveField',
  ]);
}

/** The names that `columns` takes. */
export const SUMMARY_COLUMNS = Object.keys(COLUMNS) as readonly Key[];

/**
 * The columns of these names, in their order; the first stays however narrow the terminal is.
 * @throws UsageError for a name that is none, with the nearest or the list
 */
export function namedColumns(names: readonly string[]): Column<LayerSummary>[] {
  return names.map((name, i) => {
    const key = SUMMARY_COLUMNS.find((one) => one === name);
    if (key !== undefined) return { key, ...COLUMNS[key], priority: i };
    throw new UsageError(
      `${setting('columns')}: there is no column ${JSON.stringify(name)}. ${didYouMean(name, SUMMARY_COLUMNS)}`,
    );
  });
}

/** What stands under the columns, by their keys. */
export function totalCells({ totals }: ModelSummary): Record<string, string> {
  return {
    name: 'Total',
    params: formatInteger(totals.params),
    trainableParams: formatInteger(totals.trainableParams),
    macs: formatInteger(totals.macs),
    activationBytes: formatBytes(totals.trainingActivationBytes),
  };
}
