import { join } from 'node:path';
import { WorkError } from '../base/errors.js';
import { exists } from '../base/files/folders.js';
import { notFinite, type Tensors } from '../base/tensor.js';
import { commandLine } from '../base/text/settings.js';
import { type Graph, weightsOf } from '../models/graph/graph.js';
import { type Checkpoint, readCheckpoint, readWeights, type SavedWeights } from './checkpoint.js';
import { limitText } from './images.js';
import { whereIs } from './progress.js';
import type { RunInfo } from './run-info.js';
import { CHECKPOINT, CONFIG, PREVIOUS, resumeCommand, WEIGHTS } from './run-paths.js';
import type { Run } from './run-reader.js';
import { DamagedError } from './safetensors.js';

/*
 * What a run goes on from, and what can still be done with it where one of its files is damaged or missing.
 */

/** Where a run goes on. */
export interface ResumePoint {
  /** null where the run was killed before its first checkpoint, and so begins again. */
  readonly checkpoint: Checkpoint | null;
  /** Whether the latest checkpoint cannot be used, so that it is the one before. */
  readonly isPrevious: boolean;
  /** What the user should know of the files. */
  readonly notes: readonly string[];
}

/** A file as it was found: what it holds, or why it cannot be used. */
type Found<T> = { readonly content: T } | { readonly content: null; readonly why: string };

/**
 * What training goes on from: the latest checkpoint, or where that is damaged or missing the one before, which leads to the
 * same bits.
 * @throws WorkError where there is none, though one was written, with what can be done instead; where one belongs to another network
 */
export async function findResumePoint(run: Run, graph: Graph): Promise<ResumePoint> {
  const latest = await lookAt(run, CHECKPOINT, (path) => checkpointFor(path, graph));
  if (latest.content) return resumePoint(run, graph, latest.content, []);
  const previous = await lookAt(run, PREVIOUS, (path) => checkpointFor(path, graph));
  if (previous.content) {
    const { progress } = previous.content;
    return resumePoint(run, graph, previous.content, [
      `${latest.why}; going on from the checkpoint before it (${whereIs(progress)}).`,
    ]);
  }
  if (hadNoCheckpoint(run)) return { checkpoint: null, isPrevious: false, notes: [] };
  const both = exists(join(run.dir, PREVIOUS)) ? `${latest.why}, and ${previous.why}` : latest.why;
  throw new WorkError(
    `${both}, so training cannot go on from ${whereIs(run.info)}. ${await waysOut(run, graph)}`,
  );
}

async function resumePoint(
  run: Run,
  graph: Graph,
  checkpoint: Checkpoint,
  notes: string[],
): Promise<ResumePoint> {
  const { bestEpoch } = checkpoint.progress;
  const isPrevious = notes.length > 0;
  if (bestEpoch === null) return { checkpoint, isPrevious, notes };
  const best = await lookAt(run, WEIGHTS, (path) => weightsFor(path, graph));
  if (best.content) return { checkpoint, isPrevious, notes };
  const note = `${best.why}; it held the weights of the best epoch, ${bestEpoch}: unless a later one is better, the run will have none to show.`;
  return { checkpoint, isPrevious, notes: [...notes, note] };
}

/** Whether run.json and the folder show that no checkpoint was ever written. */
function hadNoCheckpoint({ dir, info }: Run): boolean {
  const isAtBegin = info.epoch === 0 && info.step === 0 && info.history.length === 0;
  return isAtBegin && [CHECKPOINT, PREVIOUS, WEIGHTS].every((file) => !exists(join(dir, file)));
}

/**
 * The weights that a run has to show: the best or last of its epochs, or where it was stopped before the first was done,
 * those of its checkpoint.
 * @throws WorkError where there are none yet, or they belong to another network, or are damaged, with what can be done instead
 */
export async function readRunWeights(run: Run, graph: Graph): Promise<SavedWeights> {
  const { dir, info } = run;
  const weights = await lookAt(run, WEIGHTS, (path) => weightsFor(path, graph));
  if (weights.content) return weights.content;
  if (exists(join(dir, WEIGHTS))) throw new WorkError(`${weights.why}. ${await waysOut(run, graph)}`);
  const latest = await lookAt(run, CHECKPOINT, (path) => checkpointFor(path, graph));
  if (latest.content) {
    const { state, progress } = latest.content;
    return { weights: state.weights, kind: 'last', epoch: progress.epoch, step: progress.step };
  }
  if (!hadNoCheckpoint(run)) throw new WorkError(`${latest.why}. ${await waysOut(run, graph)}`);
  throw new WorkError(
    info.status === 'diverged'
      ? `${dir} has no weights: its training diverged before the first checkpoint.`
      : `${dir} has no weights yet. Go on with it first: ${resumeCommand(dir)}`,
  );
}

/** What still works of a run, in sentences: of its files only those that were read and found whole. */
async function waysOut(run: Run, graph: Graph): Promise<string> {
  const { dir, info } = run;
  const place = (file: string): string => join(dir, file);
  const ways: string[] = [];
  const weights = await lookAt(run, WEIGHTS, (path) => weightsFor(path, graph), WorkError);
  if (weights.content) {
    ways.push(
      `Its weights of ${whereIs(weights.content)} are whole: ${commandLine('evaluate', { words: [dir] })} works, and a new run begins with them by ${commandLine('train', { words: [place(CONFIG)], settings: { weights: place(WEIGHTS) } })}.`,
    );
  }
  for (const file of [CHECKPOINT, PREVIOUS]) {
    const found = await lookAt(run, file, (path) => checkpointFor(path, graph), WorkError);
    if (!found.content) continue;
    const where = `${file} (${whereIs(found.content.progress)}) is whole`;
    const evaluate = commandLine('evaluate', { words: [dir], settings: { weights: place(file) } });
    const goOn = info.test === null ? `, and ${resumeCommand(dir)} goes on from it` : '';
    ways.push(`${where}: ${evaluate} works${goOn}.`);
    break;
  }
  if (weights.content && canBeRerun(info))
    ways.push(
      `${commandLine('rerun', { words: [dir], settings: { runDir: 'NEW' } })} trains it again from the beginning.`,
    );
  else ways.push(`${trainAgain(run)} trains it again from the beginning.`);
  return `Nothing was changed. ${ways.join(' ')}`;
}

/** Whether a run can be met again at the end of an epoch. */
export function canBeRerun({ status, epoch, step, weights }: RunInfo): boolean {
  return status !== 'diverged' && epoch > 0 && (step === 0 || weights === 'best');
}

/** The command line of a new run like this one. */
function trainAgain({ dir, info: { dataset, initialWeights } }: Run): string {
  const { limit, dataDir } = dataset;
  const settings = {
    limit: limit === null ? null : limitText(limit),
    dataDir,
    weights: initialWeights?.file ?? null,
    newHead: initialWeights?.newHead === true ? (true as const) : null,
  };
  return commandLine('train', { words: [join(dir, CONFIG)], settings });
}

/** @param kind what is found out about the file; other errors are thrown */
async function lookAt<T>(
  { dir }: Run,
  file: string,
  read: (path: string) => Promise<T>,
  kind: typeof WorkError = DamagedError,
): Promise<Found<T>> {
  const path = join(dir, file);
  if (!exists(path)) return { content: null, why: `${path} is missing` };
  try {
    return { content: await read(path) };
  } catch (error) {
    if (!(error instanceof kind)) throw error;
    return { content: null, why: error.message.replace(/\.$/, '') };
  }
}

async function checkpointFor(path: string, graph: Graph): Promise<Checkpoint> {
  const checkpoint = await readCheckpoint(path);
  requireWeights(path, checkpoint.state.weights, graph);
  return checkpoint;
}

async function weightsFor(path: string, graph: Graph): Promise<SavedWeights> {
  const saved = await readWeights(path);
  requireWeights(path, saved.weights, graph);
  return saved;
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
  if (wrong) throw new DamagedError(`${path} is damaged: its "${wrong.name}" holds ${wrong.value}.`);
  if (weights.size === wanted.length) return;
  const extra = [...weights.keys()].find((name) => !wanted.some(({ fullName }) => fullName === name));
  throw new WorkError(`${path} does not belong to the ${CONFIG} beside it, which has no "${extra}".`);
}
