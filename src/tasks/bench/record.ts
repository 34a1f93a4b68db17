import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { codeOf, messageOf, UsageError } from '../../base/errors.js';
import { writeWholeText } from '../../base/files/files.js';
import { PACKAGE } from '../../base/files/places.js';
import { cnnzooVersion } from '../../base/files/version.js';
import { physicalCores, processorName } from '../../base/machine/cores.js';
import { commandLine, setting } from '../../base/text/settings.js';
import { FORMULATION_WISHES } from '../../engines/formulation.js';
import { findOnnxRuntime } from '../../engines/onnx/library/onnxruntime-package.js';
import type { BenchRow } from './cells.js';
import { BENCH_DTYPES } from './measure.js';

const FORMAT = 'cnnzoo-bench-1';

const rowSchema = z.object({
  model: z.string(),
  mode: z.enum(['train', 'infer']),
  /** Not told by records from before there was int8. */
  dtype: z.enum(BENCH_DTYPES).default('float32'),
  engine: z.string(),
  device: z.string(),
  /** Absent where each convolution was computed as it is fastest. */
  formulation: z.enum(FORMULATION_WISHES).optional(),
  /** null also in records of version 0.1.0, which did not tell. */
  threads: z.int().nullable().default(null),
  /** Absent where steps were whole. */
  replicas: z.int().optional(),
  batchSize: z.int(),
  microBatches: z.int(),
  steps: z.int(),
  msPerStep: z.number().positive(),
  imagesPerSecond: z.number(),
  compileMs: z.number(),
  peakMemoryBytes: z.number(),
  msPerStepRange: z.tuple([z.number(), z.number()]),
  msPerStepRounds: z.array(z.number().positive()).min(1),
}) satisfies z.ZodType<BenchRow>;

const recordSchema = z.object({
  format: z.literal(FORMAT),
  /** ISO 8601. */
  date: z.string(),
  machine: z.object({
    processor: z.string(),
    cores: z.int(),
    memoryBytes: z.number(),
    platform: z.string(),
  }),
  versions: z.record(z.string(), z.string()),
  /** Of the sources, with `+` where they had been changed since; null where there is no repository. */
  commit: z.string().nullable(),
  /** That every row was measured with; null where they differ or it is not known. */
  threads: z.int().nullable(),
  results: z.array(rowSchema),
});

/** Figures, and all that they depend on: what `bench` writes to a file. */
export type BenchRecord = z.output<typeof recordSchema>;

export function recordOf(results: readonly BenchRow[]): BenchRecord {
  return {
    format: FORMAT,
    date: new Date().toISOString(),
    machine: {
      processor: processorName(),
      cores: physicalCores(),
      memoryBytes: totalmem(),
      platform: `${process.platform} ${process.arch}`,
    },
    versions: {
      cnnzoo: cnnzooVersion(),
      node: process.version,
      'onnxruntime-node': findOnnxRuntime().version,
    },
    commit: commitOf(fileURLToPath(PACKAGE)),
    threads: commonThreads(results),
    results: results.map((row) => rowSchema.parse(row)),
  };
}

function commonThreads(rows: readonly BenchRow[]): number | null {
  const counts = new Set(rows.map(({ threads }) => threads));
  return counts.size === 1 ? [...counts][0]! : null;
}

/** @throws WorkError where the file cannot be written. */
export async function writeRecord(path: string, record: BenchRecord): Promise<void> {
  await writeWholeText(path, { what: 'the figures' }, `${JSON.stringify(record, null, 2)}\n`);
}

/** @throws UsageError where there is no such file, or it was not written by `bench`. */
export function readRecord(path: string): BenchRecord {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why =
      error instanceof SyntaxError
        ? 'it is not JSON'
        : codeOf(error) === 'ENOENT'
          ? 'there is no such file'
          : messageOf(error);
    throw new UsageError(
      `${setting('against', path)} cannot be read: ${why}. Make one by "${commandLine('bench', { settings: { suite: true, out: 'FILE' } })}".`,
    );
  }
  const record = recordSchema.safeParse(content);
  if (record.success) return record.data;
  const [issue] = record.error.issues;
  throw new UsageError(
    `${setting('against', path)} was not written by "${commandLine('bench', { settings: { out: true } })}" of this version: ${issue!.path.join('.') || 'what it holds'} is missing or not what it must be.`,
  );
}

function commitOf(folder: string): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', folder, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return null;
  }
}
