import type { Tensors } from '../base/tensor.js';
import type { DataNotice } from '../data/sets/dataset.js';
import { buildGraph } from '../models/build.js';
import type { ModelSpec } from '../models/config/spec.js';
import type { Graph } from '../models/graph/graph.js';
import { type ModelSummary, type SummaryOptions, summarise } from '../models/summary.js';
import { loadModel } from '../models/zoo.js';
import type { Explained } from '../tasks/apply/apply.js';
import type { Comparison } from '../tasks/compare/comparison.js';
import type { Exported, ExportRequest } from '../tasks/export/export.js';
import type { PredictRequest, PredictResult } from '../tasks/predict/predict.js';
import type { EvaluationRequest, RunEvaluation } from '../training/evaluation/evaluate-run.js';

/** A call that may have something to say besides its result. */
interface Notified {
  /** Gets notices, warnings and how far the work has come; without it they are dropped. */
  readonly onNotice?: (notice: DataNotice) => void;
}

/** What has a usual value in the command line has it here. */
type WithDefaults<R, K extends keyof R> = Omit<R, K> & Partial<Pick<R, K>> & Notified;

const ignored = (): void => {};
const ANY_DEVICE = { engine: 'auto', device: 'auto' } as const;

/** A model, or the network of a run, ready to be looked at. */
export interface OpenModel {
  readonly spec: ModelSpec;
  readonly graph: Graph;
  /** Of a run those that it has to show, of a model those that training would begin with; by `layer/weight`, in Keras's layouts. */
  readonly weights: Tensors;
  /** A label a class, in the order of the output. */
  readonly classes: readonly string[];
}

/**
 * Opens a model of the zoo, a YAML file or a run.
 * @throws UsageError for what is neither, with what may have been meant; WorkError where weights cannot be read or do not fit
 */
export async function openModel(
  item: string,
  { weights, onNotice = ignored }: { readonly weights?: string } & Notified = {},
): Promise<OpenModel> {
  const { openNetwork } = await import('../training/evaluation/network.js');
  const network = await openNetwork(item, weights, onNotice);
  return { spec: network.spec, graph: network.graph, weights: network.weights, classes: network.classes };
}

/**
 * The layers of a model: sizes, parameters, cost, memory and receptive fields, as the command's JSON has them.
 * @throws UsageError as loadModel
 */
export function summary(model: string, options: SummaryOptions = {}): ModelSummary {
  const spec = loadModel(model);
  return summarise(buildGraph(spec, { anyHead: true }), { spec, ...options });
}

/** How good a run is, or a model with the weights of a file. @throws UsageError, WorkError as the command */
export async function evaluate(
  request: WithDefaults<EvaluationRequest, 'engine' | 'device' | 'split'>,
): Promise<RunEvaluation> {
  const { onNotice = ignored, ...asked } = request;
  const { evaluateRun } = await import('../training/evaluation/evaluate-run.js');
  return evaluateRun({ ...ANY_DEVICE, split: 'test', ...asked }, onNotice);
}

/** What a network says of pictures. @throws UsageError, WorkError as the command */
export async function predict(
  request: WithDefaults<PredictRequest, 'engine' | 'device'>,
): Promise<PredictResult> {
  const { onNotice = ignored, ...asked } = request;
  const { predictImages } = await import('../tasks/predict/predict.js');
  return predictImages({ ...ANY_DEVICE, ...asked }, onNotice);
}

/** Models and runs side by side; what cannot be read is in `problems`. @throws UsageError where one is not there */
export async function compare(
  items: readonly string[],
): Promise<Comparison & { readonly problems: readonly Error[] }> {
  const { readItems } = await import('../tasks/compare/items.js');
  const { compareItems } = await import('../tasks/compare/comparison.js');
  const found = readItems(items);
  return { ...compareItems(found), problems: found.problems };
}

/** Writes a network for other programs. @throws UsageError for a path that will not do; WorkError where it cannot be written */
export async function exportModel(request: ExportRequest & Notified): Promise<Omit<Exported, 'network'>> {
  const { onNotice = ignored, ...asked } = request;
  const { exportNetwork } = await import('../tasks/export/export.js');
  const { network: _, ...written } = await exportNetwork(asked, onNotice);
  return written;
}

/** What layers make of numbers. @throws UsageError for layers and numbers that do not fit each other */
export async function apply(
  request: WithDefaults<
    Parameters<typeof import('../tasks/apply/apply.js').applyLayers>[0],
    'engine' | 'device'
  >,
): Promise<Explained> {
  const { onNotice = ignored, ...asked } = request;
  const { applyLayers } = await import('../tasks/apply/apply.js');
  return applyLayers({ ...ANY_DEVICE, ...asked }, onNotice);
}
