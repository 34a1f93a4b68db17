import { formatBytes, formatInteger } from '../../base/text/format.js';
import type { DataBenchResult } from '../../tasks/bench/with-data.js';
import type { Column } from '../column.js';

const rate = (value: number): string => formatInteger(Math.round(value));

export const dataBenchColumns: readonly Column<DataBenchResult>[] = [
  { key: 'model', header: 'Model', priority: 0, value: (r) => r.model },
  { key: 'dataset', header: 'Data set', priority: 4, value: (r) => r.dataset },
  {
    key: 'images',
    header: 'Images',
    priority: 8,
    align: 'right',
    value: (r) => r.images,
    format: formatInteger,
  },
  { key: 'engine', header: 'Engine', priority: 9, value: (r) => r.engine },
  { key: 'device', header: 'Device', priority: 7, value: (r) => r.device },
  { key: 'threads', header: 'Threads', priority: 11, align: 'right', value: (r) => r.threads },
  { key: 'batchSize', header: 'Batch', priority: 6, align: 'right', value: (r) => r.batchSize },
  {
    key: 'loadSeconds',
    header: 'Ready after s',
    priority: 5,
    align: 'right',
    value: (r) => r.loadSeconds,
    format: (value: number) => value.toFixed(1),
  },
  {
    key: 'pipelineImagesPerSecond',
    header: 'Data alone/s',
    priority: 2,
    align: 'right',
    value: (r) => r.pipelineImagesPerSecond,
    format: rate,
  },
  {
    key: 'stepImagesPerSecond',
    header: 'Step alone/s',
    priority: 2,
    align: 'right',
    value: (r) => r.stepImagesPerSecond,
    format: rate,
  },
  {
    key: 'imagesPerSecond',
    header: 'Both/s',
    priority: 1,
    align: 'right',
    value: (r) => r.imagesPerSecond,
    format: rate,
  },
  {
    key: 'waitShare',
    header: 'Waits',
    priority: 1,
    align: 'right',
    value: (r) => r.waitShare,
    format: (share: number) => `${(100 * share).toFixed(1)} %`,
  },
  {
    key: 'peakMemoryBytes',
    header: 'Peak memory',
    priority: 10,
    align: 'right',
    value: (r) => r.peakMemoryBytes,
    format: formatBytes,
  },
];
