import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod';
import { codeOf, messageOf, UsageError, WorkError } from '../errors.js';
import { exists } from '../folders.js';
import { type Graph, weightsOf } from '../models/graph.js';
import { parseSource } from '../models/source.js';
import { type ModelSpec, readSpec } from '../models/spec.js';
import { notFinite, type Tensors } from '../tensor.js';
import { type Checkpoint, readCheckpoint, readWeights, type SavedWeights } from './checkpoint.js';
import { RUN_FORMAT, type RunInfo, runInfoSchema } from './run-info.js';
import { stateOf } from './run-owner.js';
import { CHECKPOINT, CONFIG, RUN_INFO, requireRun, resumeCommand, WEIGHTS } from './run-paths.js';

/** A run folder as a reader finds it. */
export interface Run {
  readonly dir: string;
  readonly info: RunInfo;
  /** Of its config.yaml, under the model's own name. */
  readonly spec: ModelSpec;
}

/** @throws UsageError where `dir` is no run folder; WorkError where the run in it cannot be read. */
export function openRun(dir: string): Run {
  requireRun(dir);
  const info = readInfo(join(dir, RUN_INFO));
  const config = join(dir, CONFIG);
  return { dir, info, spec: readSpec(info.model, parseSource(config, readText(config))) };
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
  throw new UsageError(`${dir} is being trained by process ${owner.pid}: wait for it, or stop it first.`);
}

/**
 * What training goes on from; null where the run was killed before its first checkpoint, and so begins again.
 * @throws WorkError where the checkpoint cannot be read or belongs to another network.
 */
export async function readRunCheckpoint({ dir }: Run, graph: Graph): Promise<Checkpoint | null> {
  const path = join(dir, CHECKPOINT);
  if (!exists(path)) return null;
  const checkpoint = await readCheckpoint(path);
  requireWeights(path, checkpoint.state.weights, graph);
  return checkpoint;
}

/**
 * The weights that a run has to show: the best or last of its epochs, or where it was stopped before the first was done,
 * those of its checkpoint.
 * @throws WorkError where there are none yet, or they cannot be read or belong to another network.
 */
export async function readRunWeights({ dir, info }: Run, graph: Graph): Promise<SavedWeights> {
  const [weights, checkpoint] = [join(dir, WEIGHTS), join(dir, CHECKPOINT)];
  if (exists(weights)) {
    const saved = await readWeights(weights);
    requireWeights(weights, saved.weights, graph);
    return saved;
  }
  if (!exists(checkpoint)) {
    throw new WorkError(
      info.status === 'diverged'
        ? `${dir} has no weights: its training diverged before the first checkpoint.`
        : `${dir} has no weights yet. Go on with it first: ${resumeCommand(dir)}`,
    );
  }
  const { state, progress } = await readCheckpoint(checkpoint);
  requireWeights(checkpoint, state.weights, graph);
  return { weights: state.weights, kind: 'last', epoch: progress.epoch, step: progress.step };
}

/** Whether there is anything to evaluate yet. */
export function hasWeights({ dir }: Run): boolean {
  return exists(join(dir, WEIGHTS)) || exists(join(dir, CHECKPOINT));
}

function requireWeights(path: string, weights: Tensors, graph: Graph): void {
  const wanted = weightsOf(graph);
  for (const { fullName, spec } of wanted) {
    const found = weights.get(fullName)?.shape;
    if (found?.join() === spec.shape.join()) continue;
    const what =
      found === undefined ? `has no "${fullName}"` : `holds "${fullName}" as [${found.join(', ')}]`;
    throw new WorkError(
      `${path} does not belong to the ${CONFIG} beside it: it ${what}, where [${spec.shape.join(', ')}] is wanted.`,
    );
  }
  const wrong = notFinite(weights);
  if (wrong) throw new WorkError(`${path} is damaged: its "${wrong.name}" holds ${wrong.value}.`);
  if (weights.size === wanted.length) return;
  const extra = [...weights.keys()].find((name) => !wanted.some(({ fullName }) => fullName === name));
  throw new WorkError(`${path} does not belong to the ${CONFIG} beside it, which has no "${extra}".`);
}
