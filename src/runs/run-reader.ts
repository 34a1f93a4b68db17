import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod';
import { codeOf, messageOf, OwnedError, UsageError, WorkError } from '../base/errors.js';
import { exists } from '../base/files/folders.js';
import { stateOf } from '../base/machine/owner.js';
import { commandLine } from '../base/text/settings.js';
import { buildGraph } from '../models/build.js';
import { readSpec } from '../models/config/read-spec.js';
import { parseSource } from '../models/config/source.js';
import { type TrainableSpec, trainable } from '../models/trainable.js';
import { modelNames } from '../models/zoo-names.js';
import { RUN_FORMAT, type RunInfo, runInfoSchema } from './run-info.js';
import { CHECKPOINT, CONFIG, PREVIOUS, RUN_INFO, requireRun, WEIGHTS } from './run-paths.js';

/** A run folder as a reader finds it. */
export interface Run {
  readonly dir: string;
  readonly info: RunInfo;
  /** Of its config.yaml, under the model's own name. */
  readonly spec: TrainableSpec;
}

/** @throws UsageError where `dir` is no run folder; WorkError where the run in it cannot be read, with what still works. */
export function openRun(dir: string): Run {
  requireRun(dir);
  const config = join(dir, CONFIG);
  const info = withWay(() => readInfo(join(dir, RUN_INFO)), dir, config);
  // Its settings are those of the run, so that another file with the same network will do.
  const model = modelNames().includes(info.model) ? info.model : `${info.model}.yaml`;
  const spec = withWay(() => trainableIn(info.model, config), dir, model);
  return { dir, info, spec };
}

/** The config of a run; its number of classes comes from the network where the file names none. */
function trainableIn(model: string, config: string): TrainableSpec {
  const spec = readSpec(model, parseSource(config, readText(config)));
  const { classes } = spec.config;
  return trainable(spec, classes === undefined ? buildGraph(spec) : { classes });
}

/** What a file of a run holds; where that fails, the error says how its weights can be used without. */
function withWay<T>(read: () => T, dir: string, model: string): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof WorkError)) throw error;
    const weights = [WEIGHTS, CHECKPOINT, PREVIOUS].find((file) => exists(join(dir, file)));
    const way =
      weights === undefined
        ? `The network can be trained anew: ${commandLine('train', { words: [model] })}`
        : `The weights beside it can be used without it: ${commandLine('evaluate', { words: [model], settings: { weights: join(dir, weights) } })}`;
    const Kind = error instanceof UsageError ? UsageError : WorkError;
    throw new Kind(error.sentences.length === 1 ? `${error.message} ${way}` : [...error.sentences, way]);
  }
}

function readInfo(path: string): RunInfo {
  const text = readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new WorkError(`${path} is damaged: it is not JSON (${messageOf(error)}).`);
  }
  const format = (value as { format?: unknown } | null)?.format;
  if (format !== RUN_FORMAT && typeof format === 'number') {
    throw new WorkError(
      `${path} was written by another version of cnnzoo (format ${format}, this one reads ${RUN_FORMAT}).`,
    );
  }
  const result = runInfoSchema.safeParse(value);
  if (result.success) return result.data;
  throw new WorkError(`${path} is damaged: ${describe(result.error)}.`);
}

function describe(error: z.ZodError): string {
  const [issue] = error.issues;
  const place = issue?.path.join('.') ?? '';
  return place === '' ? 'it is no JSON object' : `its ${place} is missing or not what it must be`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new WorkError(`${path} cannot be read: ${codeOf(error) ?? messageOf(error)}.`);
  }
}

/**
 * Of a run that an older cnnzoo trains, which locks no folder.
 * @throws UsageError where another process trains the run at this moment
 */
export function requireIdle({ dir, info: { status, owner } }: Run): void {
  if (status !== 'running' || owner.pid === process.pid || stateOf(owner) !== 'alive') return;
  throw new OwnedError(`${dir} is being trained by process ${owner.pid}: wait for it, or stop it first.`);
}

/** Whether there is anything to evaluate yet. */
export function hasWeights({ dir }: Run): boolean {
  return [WEIGHTS, CHECKPOINT, PREVIOUS].some((file) => exists(join(dir, file)));
}
