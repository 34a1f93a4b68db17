import { maxOf, minOf } from '../../base/extremes.js';
import { formatBytes, formatInteger } from '../../base/text/format.js';
import type { LayerTime, TimedLine } from '../../engines/onnx/explain.js';
import { PLAN_COLUMNS } from '../../engines/onnx/plan/plan-line.js';
import type { ComparedRow } from '../../tasks/bench/against.js';
import type { BenchRow } from '../../tasks/bench/cells.js';
import type { Column } from '../column.js';

const ms = (value: number): string => value.toFixed(value < 100 ? 2 : 0);

/** The times of a layer, or of none. */
type Times = Pick<TimedLine, 'nodes' | 'ms' | 'share'>;

const timeColumns: readonly Column<Times>[] = [
  { key: 'nodes', header: 'Nodes', priority: 4, align: 'right', value: (r) => r.nodes },
  { key: 'ms', header: 'ms', priority: 1, align: 'right', value: (r) => r.ms, format: ms },
  {
    key: 'share',
    header: 'Share',
    priority: 1,
    align: 'right',
    value: (r) => r.share,
    format: (share: number) => `${(100 * share).toFixed(1)} %`,
  },
];

/** Where the time of a step goes, for other programs: a row a layer. */
export const layerColumns: readonly Column<LayerTime>[] = [
  { key: 'layer', header: 'Layer', priority: 0, value: (r) => r.layer },
  { key: 'operators', header: 'Operators', priority: 3, value: (r) => r.operators },
  { key: 'formulation', header: 'Formulation', priority: 2, value: (r) => r.formulation },
  ...timeColumns,
];

/** In which order columns of a plan are dropped where a table is too wide: the largest first. */
const PRIORITIES = { layer: 0, operator: 3, formulation: 2, reads: 5, writes: 5, output: 6, macs: 7 };

/** The same for readers: the plan of the step with times beside it. */
export const explainColumns: readonly Column<TimedLine>[] = [
  ...PLAN_COLUMNS.map(
    ({ key, header, align, text }): Column<TimedLine> => ({
      ...{ key, header, align, priority: PRIORITIES[key] },
      value: text,
    }),
  ),
  ...timeColumns,
];

/** Half the distance of the fastest from the slowest round, or step where there is one round, in shares of the median. */
function spread({ msPerStep, msPerStepRounds, msPerStepRange }: BenchRow): number {
  const [low, high] =
    msPerStepRounds.length > 1 ? [minOf(msPerStepRounds), maxOf(msPerStepRounds)] : msPerStepRange;
  return (high - low) / 2 / msPerStep;
}

export const benchColumns: readonly Column<BenchRow>[] = [
  { key: 'model', header: 'Model', priority: 0, value: (r) => r.model },
  { key: 'mode', header: 'Mode', priority: 1, value: (r) => r.mode },
  { key: 'dtype', header: 'Type', priority: 4, value: (r) => r.dtype },
  { key: 'engine', header: 'Engine', priority: 5, value: (r) => r.engine },
  { key: 'device', header: 'Device', priority: 6, value: (r) => r.device },
  { key: 'threads', header: 'Threads', priority: 11, align: 'right', value: (r) => r.threads },
  { key: 'batchSize', header: 'Batch', priority: 3, align: 'right', value: (r) => r.batchSize },
  {
    key: 'microBatches',
    header: 'Parts',
    priority: 10,
    align: 'right',
    value: (r) => r.microBatches,
  },
  { key: 'steps', header: 'Steps', priority: 8, align: 'right', value: (r) => r.steps },
  { key: 'msPerStep', header: 'ms/step', priority: 2, align: 'right', value: (r) => r.msPerStep, format: ms },
  {
    key: 'spread',
    header: 'Spread',
    priority: 5,
    align: 'right',
    value: spread,
    format: (share: number) => `±${(100 * share).toFixed(0)} %`,
  },
  {
    key: 'imagesPerSecond',
    header: 'Images/s',
    priority: 1,
    align: 'right',
    value: (r) => r.imagesPerSecond,
    format: (value: number) => formatInteger(Math.round(value)),
  },
  {
    key: 'compileMs',
    header: 'Build ms',
    priority: 9,
    align: 'right',
    value: (r) => r.compileMs,
    format: ms,
  },
  {
    key: 'peakMemoryBytes',
    header: 'Peak memory',
    priority: 7,
    align: 'right',
    value: (r) => r.peakMemoryBytes,
    format: formatBytes,
  },
];

/** With how each row stands to an earlier one. */
export const againstColumns: readonly Column<ComparedRow>[] = [
  ...benchColumns,
  {
    key: 'ratio',
    header: 'Ratio',
    priority: 1,
    align: 'right',
    value: ({ against }) => against?.ratio ?? null,
    format: (ratio: number) => ratio.toFixed(2),
    none: 'new',
  },
  {
    key: 'memoryRatio',
    header: 'Memory ratio',
    priority: 6,
    align: 'right',
    value: ({ against }) => against?.memoryRatio ?? null,
    format: (ratio: number) => ratio.toFixed(2),
  },
  { key: 'verdict', header: 'Verdict', priority: 0, value: ({ against }) => against?.verdict ?? null },
];
