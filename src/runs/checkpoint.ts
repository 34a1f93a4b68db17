import { messageOf, WorkError } from '../base/errors.js';
import { type Writing, writeWhole } from '../base/files/files.js';
import { cnnzooVersion } from '../base/files/version.js';
import type { Tensor, Tensors } from '../base/tensor.js';
import type { ProgramState } from '../engines/engine.js';
import { progressSchema, type RunProgress } from './progress.js';
import { RUN_FORMAT } from './run-info.js';
import { DamagedError, type Metadata, readSafetensors, writeSafetensors } from './safetensors.js';

/** Everything that training goes on from, out of one file, so that no kill can tear it apart. */
export interface Checkpoint {
  readonly state: ProgramState;
  readonly progress: RunProgress;
}

export interface SavedWeights {
  readonly weights: Tensors;
  readonly kind: 'best' | 'last';
  /** Epochs completed when they were saved, and steps in the one after. */
  readonly epoch: number;
  readonly step: number;
}

/** Slots stand beside the weights as `optimizer/conv2d_1/kernel/velocity`. */
const SLOT_PREFIX = 'optimizer/';

/**
 * @param beforeIt does what is to be done once the new file is whole and before it takes the place of the one before
 * @throws WorkError where the file cannot be written; then the checkpoint before it is untouched.
 */
export async function writeCheckpoint(
  path: string,
  { state, progress }: Checkpoint,
  model: string,
  writing: Writing,
  beforeIt: () => Promise<void> = async () => {},
): Promise<void> {
  const slots = [...state.slots].map(([name, tensor]) => [SLOT_PREFIX + name, tensor] as const);
  const tensors = new Map<string, Tensor>([...state.weights, ...slots]);
  const metadata = {
    ...heading(model),
    updates: String(state.step),
    progress: JSON.stringify(progress),
  };
  await writeWhole(path, writing, (handle) => writeSafetensors(handle, tensors, metadata), beforeIt);
}

/** @throws WorkError naming the file and what is wrong with it. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensors(path);
  requireFormat(path, metadata);
  const weights = new Map<string, Tensor>();
  const slots = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    if (isWeight(name)) weights.set(name, tensor);
    else slots.set(name.slice(SLOT_PREFIX.length), tensor);
  }
  const step = Number(metadata.updates);
  if (!Number.isSafeInteger(step) || step < 0) throw damaged(path, 'its number of updates is missing');
  return { state: { weights, slots, step }, progress: readProgress(path, metadata.progress) };
}

/** A weight is `layer/kernel`, also where the layer is called "optimizer". */
function isWeight(name: string): boolean {
  return name.split('/').length === 2;
}

/** The weights of a file of tensors: of a checkpoint they are a part, else all. */
export function weightsIn<T>({
  tensors,
  metadata,
}: {
  readonly tensors: ReadonlyMap<string, T>;
  readonly metadata: Metadata;
}): ReadonlyMap<string, T> {
  if (metadata.updates === undefined || metadata.progress === undefined) return tensors;
  return new Map([...tensors].filter(([name]) => isWeight(name)));
}

/** @throws WorkError as writeCheckpoint. */
export async function writeWeights(
  path: string,
  { weights, kind, epoch, step }: SavedWeights,
  model: string,
  writing: Writing,
): Promise<void> {
  const metadata = { ...heading(model), weights: kind, epoch: String(epoch), step: String(step) };
  await writeWhole(path, writing, (handle) => writeSafetensors(handle, weights, metadata));
}

/** @throws WorkError naming the file and what is wrong with it. */
export async function readWeights(path: string): Promise<SavedWeights> {
  const { tensors, metadata } = await readSafetensors(path);
  requireFormat(path, metadata);
  return {
    weights: tensors,
    kind: metadata.weights === 'best' ? 'best' : 'last',
    epoch: Number(metadata.epoch),
    step: Number(metadata.step),
  };
}

/** What every file of weights says of itself. */
export function heading(model: string): Metadata {
  return { format: String(RUN_FORMAT), cnnzoo: cnnzooVersion(), model };
}

function requireFormat(path: string, { format }: Metadata): void {
  if (format === String(RUN_FORMAT)) return;
  throw new WorkError(
    format === undefined
      ? `${path} was not written by cnnzoo: its metadata names no format.`
      : `${path} was written by another version of cnnzoo (format ${format}, this one reads ${RUN_FORMAT}).`,
  );
}

function readProgress(path: string, text: string | undefined): RunProgress {
  try {
    return progressSchema.parse(JSON.parse(text ?? ''));
  } catch (error) {
    throw damaged(path, `its progress cannot be read (${messageOf(error).split('\n')[0]})`);
  }
}

function damaged(path: string, why: string): DamagedError {
  return new DamagedError(`${path} is damaged: ${why}.`);
}
