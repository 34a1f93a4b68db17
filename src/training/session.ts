import { usableProcessors } from '../base/machine/cores.js';
import { setting } from '../base/text/settings.js';
import { counted } from '../base/text/words.js';
import type { DataNotice } from '../data/sets/dataset.js';
import { wantedFormulation } from '../engines/formulation.js';
import type { StartedEngine } from '../engines/host/engines.js';
import { startEngine } from '../engines/host/index.js';
import type { GraphNode } from '../models/graph/graph.js';
import { initialWeights } from '../models/graph/initial-weights.js';
import { describeAugmentation, NO_AUGMENTATION } from '../recipe/augmentation.js';
import type { StopRequest } from '../runs/events.js';
import { NO_PROGRESS } from '../runs/progress.js';
import { resolvedConfig } from '../runs/run-config.js';
import { RunFolder } from '../runs/run-folder.js';
import { beginInfo, type RunDataset, type RunInfo } from '../runs/run-info.js';
import { type ClaimedFolder, claimFolder } from '../runs/run-paths.js';
import {
  type DataWish,
  describeImages,
  loadImages,
  readsOfTraining,
  splitImages,
  tellValidation,
} from './evaluation/training-data.js';
import type { TrainingPlan } from './plan.js';
import { requireSameData, requireSameImages } from './resume.js';
import { networkSets } from './settings/settings.js';
import { requireTargetImages } from './settings/targets.js';
import type { TensorBoard } from './tensorboard/board.js';
import type { TrainerOptions } from './trainer-options.js';

/** What a session asks of those who show it. */
interface SessionHooks {
  notify(notice: DataNotice): void;
  /** What the user wants by now. */
  stopRequest(): StopRequest | undefined;
  /** Breaks off what comes before training. */
  readonly signal?: AbortSignal;
}

/** Everything that `train` needs, ready. */
export interface TrainingSession extends TrainerOptions {
  /** To be called once training is over, however it ended. */
  close(): Promise<void>;
}

/** What there is to say of layers that a new run leaves as they are. */
function frozenNotes({ graph, initial, run }: TrainingPlan): string[] {
  const frozen = graph.nodes.filter((node) => node.frozen);
  if (frozen.length === 0 || run !== null) return [];
  const isDrawn = ({ name }: GraphNode) => initial === null || initial.drawn.has(name);
  const [drawn, given] = [frozen.filter(isDrawn), frozen.filter((node) => !isDrawn(node))];
  const what = (nodes: readonly GraphNode[]) =>
    nodes.length === 1 ? `${nodes[0]!.name} stays` : `${nodes.length} layers stay`;
  return [
    ...(given.length > 0 ? [`${what(given)} as they are: ${setting('freeze')}.`] : []),
    ...(drawn.length > 0
      ? [
          `${what(drawn)} as the seed has drawn them: what is frozen learns nothing, so let ${setting('weights', 'FILE')} bring them.`,
        ]
      : []),
  ];
}

/**
 * Makes a run's folder, loads its images and starts its engine.
 * @throws WorkError or UsageError for what is missing or does not fit; a folder that was made for the run is gone again then.
 */
export async function openTraining(plan: TrainingPlan, hooks: SessionHooks): Promise<TrainingSession> {
  const { run, lock } = plan;
  const claimed: ClaimedFolder =
    run && lock
      ? { dir: run.dir, release: () => lock.release(), abandon: () => lock.release() }
      : await claimFolder(plan.request.runDir, plan.spec.name);
  try {
    return await openIn(claimed, plan, hooks);
  } catch (error) {
    await claimed.abandon();
    throw error;
  }
}

async function openIn(
  { dir, release }: ClaimedFolder,
  plan: TrainingPlan,
  hooks: SessionHooks,
): Promise<TrainingSession> {
  const { spec, graph, limit, run, resumePoint, checkpoint, initial } = plan;
  for (const message of resumePoint?.notes ?? []) hooks.notify({ kind: 'warning', message });
  const begins = initial && run === null ? [`Training begins with the weights of ${initial.file}.`] : [];
  for (const message of [...begins, ...(initial?.notes ?? []), ...frozenNotes(plan)])
    hooks.notify({ kind: 'notice', message });
  const wish = dataWish(plan);
  const dataset = await loadImages(wish, hooks.notify, hooks.signal);
  if (run !== null) requireSameData(run, dataset);
  const data = splitImages(dataset, spec.config, limit);
  if (run !== null) requireSameImages(run, data);
  tellValidation(dataset, spec.config, hooks.notify);
  requireTargetImages(plan.targets, data.validation !== null);
  const engine = await onFeatures(await openEngine(plan, hooks), plan, hooks);
  try {
    const info = beginInfo({
      spec,
      graph,
      // A run that goes on asks for its images by their own name.
      dataset: { ...standsInOf(run?.info.dataset), ...describeImages(dataset, data, wish, limit) },
      engine,
      until: plan.targets.map(({ text }) => text),
      initial: initial && {
        file: initial.file,
        sha256: initial.sha256,
        newHead: initial.newHead,
        prepared: initial.prepared !== null,
      },
      networkSets: networkSets(plan.request),
      tags: plan.request.tag ?? [],
      defaults: plan.request.defaults ?? null,
      previous: run?.info,
      progress: checkpoint?.progress,
    });
    const board = await openBoard(dir, plan, info);
    const folder = await RunFolder.open(dir, spec, info, {
      checkpoint,
      isPrevious: resumePoint?.isPrevious ?? false,
      board,
    });
    const close = async (): Promise<void> => {
      // An engine that has failed cannot be asked to end.
      await engine.dispose().catch(() => {});
      await folder.close().finally(release);
    };
    const { training: config } = spec.config;
    const stopRequest = () => hooks.stopRequest();
    const { targets } = plan;
    const resumed = run !== null;
    const parts = { graph, config, data, engine, folder, checkpoint, resumed, targets, stopRequest, close };
    const resolved = resolvedConfig(spec, info.dataset.request);
    return { ...parts, resolvedConfig: resolved, initialWeights: initial?.weights };
  } catch (error) {
    await engine.dispose();
    throw error;
  }
}

/** The event files for TensorBoard, where they are wanted: first the filters that training begins with. */
async function openBoard(
  dir: string,
  { request, graph, spec, checkpoint, initial }: TrainingPlan,
  { stepsPerEpoch }: RunInfo,
): Promise<TensorBoard | null> {
  if (request.tensorboard === undefined) return null;
  const { TensorBoard } = await import('./tensorboard/board.js');
  const progress = checkpoint?.progress ?? NO_PROGRESS;
  const board = await TensorBoard.open(request.tensorboard, dir, graph, { stepsPerEpoch, progress });
  // Weights are drawn layer by layer, so that the first can be had alone.
  const first = graph.nodes.find(({ weights }) => weights.length > 0);
  const isFirst = (fullName: string) => fullName.startsWith(`${first?.name}/`);
  const drawn = () => initialWeights(graph, spec.config.training.seed, isFirst);
  if (checkpoint === null) await board.filters(0, initial?.weights ?? drawn());
  return board;
}

function standsInOf(before: RunDataset | undefined): Pick<RunDataset, 'standsInFor'> {
  return before?.standsInFor === undefined ? {} : { standsInFor: before.standsInFor };
}

/** A run goes on with the very images that it was begun with; they may lie elsewhere by now. */
function dataWish({ request, spec, graph, run, limit }: TrainingPlan): DataWish {
  const before = run?.info.dataset;
  return {
    config: spec.config,
    resize: graph.pixels.resize,
    dataset: request.dataset ?? before?.request,
    dataDir: request.dataDir ?? before?.dataDir ?? undefined,
    strict: request.strict,
    reads: readsOfTraining(limit),
    room: request,
    batchSize: spec.config.training.batchSize,
  };
}

/**
 * Where all but the head is frozen and images stay as they are, the rest is computed once an image. On the CPU alone, where
 * the bits that an image gives do not depend on those beside it.
 */
async function onFeatures(
  engine: StartedEngine,
  { graph, spec }: TrainingPlan,
  { notify }: SessionHooks,
): Promise<StartedEngine> {
  const isVaried = describeAugmentation(spec.config.training.augmentation) !== NO_AUGMENTATION;
  if (isVaried || engine.name !== 'onnx' || engine.device.name !== 'cpu') return engine;
  const { featureCut } = await import('../engines/features/cut.js');
  const cut = featureCut(graph);
  if (cut === null) return engine;
  const { withFeatures } = await import('../engines/features/engine.js');
  const message = `What ${cut.layer} gives, ${cut.head.input[2]} features, is computed once an image: nothing below it is trained.`;
  notify({ kind: 'notice', message });
  return withFeatures(engine, graph, cut);
}

/** The engine that was asked for; for a run that goes on, the one that it had. */
async function openEngine(
  { request, computing, run, spec, graph }: TrainingPlan,
  { notify }: SessionHooks,
): Promise<StartedEngine> {
  const before = run?.info.engine;
  const { threads, formulation } = computing;
  const usable = usableProcessors();
  if (threads !== undefined && threads > usable) {
    const message = `The run was computed with ${counted(threads, 'thread')}, and is now, so that the same bits come out; this process may use ${counted(usable, 'processor')}: ${setting('threads', usable)} is faster.`;
    notify({ kind: 'warning', message });
  }
  const wish = wantedFormulation();
  if (formulation && wish !== 'auto' && wish !== formulation) {
    const message = `CNNZOO_FORMULATION=${wish} is not heard: the run was computed with ${formulation}, and is now, so that the same bits come out.`;
    notify({ kind: 'warning', message });
  }
  const isSameEngine = request.engine === undefined || request.engine === before?.name;
  const { batchSize, microBatches } = spec.config.training;
  return startEngine({
    engine: request.engine ?? before?.name ?? 'auto',
    device: request.device ?? (isSameEngine ? before?.device : undefined) ?? 'auto',
    ...computing,
    work: { graph, mode: 'train', batchSize, microBatches },
  });
}
