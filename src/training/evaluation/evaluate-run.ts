import { requireThreads } from '../../base/machine/cores.js';
import type { Tensors } from '../../base/tensor.js';
import { formatInteger } from '../../base/text/format.js';
import { setting } from '../../base/text/settings.js';
import { counted, plural } from '../../base/text/words.js';
import { limitSplit } from '../../data/index.js';
import { requireDataset } from '../../data/load.js';
import type { DataNotice, Dataset, DatasetRequest, PartName, Split } from '../../data/sets/dataset.js';
import type { EngineChoice } from '../../engines/host/engines.js';
import { startEngine } from '../../engines/host/index.js';
import { int8Computing } from '../../engines/host/int8.js';
import { planInt8 } from '../../engines/onnx/int8/plan.js';
import type { Graph } from '../../models/graph/graph.js';
import { datasetOf } from '../../models/trainable.js';
import type { Gap } from '../../runs/gap.js';
import { limitText } from '../../runs/images.js';
import type { Predictions } from '../../runs/predictions.js';
import type { Run } from '../../runs/run-reader.js';
import { type Calibration, calibrationImages } from './calibration.js';
import { asTrained, foldersOf, namedFolders } from './class-names.js';
import { type Evaluation, evaluationOf, predict } from './evaluation.js';
import { gapOf } from './gap.js';
import {
  compareInt8,
  copiedTensors,
  type Int8Comparison,
  type Predicted,
  timedProgram,
} from './int8-comparison.js';
import { type Network, openLearnedNetwork } from './network.js';
import type { SplitName } from './splits.js';
import { type ImageRoom, imagesOf, loadImages, readsOfEvaluation } from './training-data.js';

/** What `evaluate` was asked for, with its values read. */
export interface EvaluationRequest extends ImageRoom {
  /** A RUN, or with weights of a file a MODEL. */
  readonly run: string;
  readonly weights?: string;
  readonly dataset?: string;
  readonly dataDir?: string;
  readonly strict?: boolean;
  readonly split: SplitName;
  readonly engine: EngineChoice;
  readonly device: string;
  readonly threads?: number;
  readonly batchSize?: number;
  /** Of the split the first so many images, at most. */
  readonly limit?: number;
  /** What is computed with; float32 where absent. */
  readonly dtype?: 'float32' | 'int8';
}

/** What came out, and of what. */
export interface RunEvaluation {
  /** The run's folder as it was named; null of a MODEL. */
  readonly run: string | null;
  readonly model: string;
  readonly dataset: string;
  /** Of the data set. */
  readonly identity: string;
  readonly split: SplitName;
  /** Which weights: "those of epoch 3, the best". */
  readonly weights: string;
  readonly classes: readonly string[];
  readonly evaluation: Evaluation;
  readonly predictions: Predictions;
  /** Between training and test; null where one of the two is not known. */
  readonly gap: Gap | null;
  /** Where int8 was asked for: how it stands to float32. All other figures are those of int8 then. */
  readonly int8: Int8Comparison | null;
}

/**
 * Evaluates the weights of a run, or of a file, on some images.
 * @throws UsageError for a run or split that is not there; WorkError where weights, images or the device cannot be had.
 */
export async function evaluateRun(
  request: EvaluationRequest,
  notify: (notice: DataNotice) => void,
): Promise<RunEvaluation> {
  const { threads, dtype } = request;
  requireThreads(threads);
  const computing = dtype === 'int8' ? int8Computing(request) : request;
  await requireDataset(request.dataset);
  const network = await openLearnedNetwork(request.run, request.weights, notify);
  const { graph, weights, run, spec } = network;
  const floats = dtype === 'int8' ? planInt8(graph).floats : [];
  const { dataset, split, part } = await evaluationImages(network, request, notify);
  if (run && request.split === 'test') noteOtherImages(run, dataset, split, notify);
  const batchSize = request.batchSize ?? spec.config.training.batchSize;
  const { engine, device } = computing;
  const work = { engine, device, ...(threads !== undefined && { threads }), batchSize, graph, split, notify };
  const calibration = dtype === 'int8' ? await calibrationOf(network, request, dataset, notify) : undefined;
  // The memory of tensors moves to the engine.
  const before = calibration && (await predictAll({ ...work, weights: copiedTensors(weights) }));
  const done = await predictAll({ ...work, weights, calibration });
  const int8 = before ? compareInt8(done, before, calibration.count, floats) : null;
  const { predictions } = done;
  noteNoNumbers(network.name, predictions, notify);
  const evaluation = evaluationOf(predictions, dataset.classes);
  const { identity } = dataset;
  return {
    run: run && request.run,
    model: network.name,
    dataset: dataset.name,
    identity,
    split: part,
    weights: network.origin,
    classes: dataset.classes,
    evaluation,
    predictions,
    // Training knows no int8.
    gap: int8 ? null : gapOf(run, { ...request, identity, accuracy: evaluation.accuracy }),
    int8,
  };
}

/** Says how many images a network gives no numbers for. */
function noteNoNumbers(
  name: string,
  { losses, done }: Predictions,
  notify: (notice: DataNotice) => void,
): void {
  const count = losses.subarray(0, done).filter(Number.isNaN).length;
  if (count === 0) return;
  const share = `${formatInteger(count)} of ${counted(done, 'image')}`;
  const message = `${name} gives values that are no finite numbers for ${share}: these count as wrong, and stand under the first class. Weights of that kind are of no use.`;
  notify({ kind: 'warning', message });
}

/** Training images of the run's own data set, or of a MODEL's that was evaluated. */
async function calibrationOf(
  network: Network,
  request: EvaluationRequest,
  evaluated: Dataset,
  notify: (notice: DataNotice) => void,
): Promise<Calibration> {
  if (network.run === null || request.dataset === undefined)
    return calibrationImages(evaluated, request.run, network);
  return ownCalibration(network, request.run, notify);
}

/** The same of a network's own data set, of which nothing has been read yet. */
export async function ownCalibration(
  network: Network,
  name: string,
  notify: (notice: DataNotice) => void,
): Promise<Calibration> {
  if (network.run === null)
    datasetOf(network.spec, 'calibration of int8', `leave ${setting('dtype', 'int8')} out`);
  const request = { run: name, split: 'test', limit: 0 } as const;
  return calibrationImages(await networkDataset(network, request, notify), name, network);
}

/** Which images a network is looked at with. */
export type ImagesRequest = Pick<
  EvaluationRequest,
  'run' | 'weights' | 'dataset' | 'dataDir' | 'strict' | 'split' | 'limit' | 'imageMemory' | 'imageCache'
>;

/**
 * The images that a network was trained on, or others that were asked for, with the classes as it has learned them.
 * @throws UsageError for a split that is not there; WorkError where the images cannot be had
 */
export async function evaluationImages(
  network: Network,
  request: ImagesRequest,
  notify: (notice: DataNotice) => void,
): Promise<{ readonly dataset: Dataset; readonly split: Split; readonly part: SplitName }> {
  const { run } = network;
  const loaded = await networkDataset(network, request, notify);
  const part = run ? request.split : partOf(request.split, imagesIn(loaded));
  if (part !== request.split) {
    const message = `${loaded.name} has no test part: its validation part is looked at.`;
    notify({ kind: 'warning', message });
  }
  const [learned, who] = learnedBy(network, request);
  const found = learned === undefined ? loaded : namedFolders(loaded, learned);
  const dataset = learned === undefined ? found : asTrained(found, learned, who, notify);
  const split = limitSplit(imagesOf(dataset, request.run, network, part), request.limit);
  return { dataset, split, part };
}

function networkDataset(
  network: Network,
  request: ImagesRequest,
  notify: (notice: DataNotice) => void,
): Promise<Dataset> {
  const { run } = network;
  return run ? loadRunImages(run, network.graph, request, notify) : loadModelImages(network, request, notify);
}

/** The part that stands in for a test part that there is not: as ImageNet is laid out, whose test images have no labels. */
const partOf = (split: SplitName, { test, validation }: Readonly<Record<PartName, number>>): SplitName =>
  split === 'test' && test === 0 && validation > 0 ? 'validation' : split;

const imagesIn = ({ train, validation, test }: Dataset): Record<PartName, number> => ({
  train: train.count,
  validation: validation?.count ?? 0,
  test: test.count,
});

/** The names of the classes that the weights have learned, and who says so; undefined where nobody does. */
function learnedBy(
  { learnedLabels, run }: Network,
  { weights }: ImagesRequest,
): [readonly string[] | undefined, string] {
  if (learnedLabels !== undefined) return [learnedLabels, String(weights)];
  return [run?.info.dataset.classes, String(run?.dir)];
}

/** The images of a model's own config, or those that were asked for: never a stand-in, whose figures are of other images. */
function loadModelImages(
  { spec, graph: { classes, pixels }, learnedLabels }: Network,
  { dataset, dataDir, strict, split, limit, ...room }: ImagesRequest,
  notify: (notice: DataNotice) => void,
): Promise<Dataset> {
  const asked = dataset ?? datasetOf(spec, 'evaluation');
  const config = { ...spec.config, dataset: asked, classes };
  const reads: DatasetRequest['reads'] = (images) => readsOfEvaluation(partOf(split, images), null, limit);
  const { resize } = pixels;
  const trainedClasses = learnedLabels && foldersOf(learnedLabels);
  return loadImages({ config, resize, dataset: asked, dataDir, strict, trainedClasses, reads, room }, notify);
}

async function loadRunImages(
  run: Run,
  { pixels }: Graph,
  { dataset, dataDir, strict, split, limit, ...room }: ImagesRequest,
  notify: (notice: DataNotice) => void,
): Promise<Dataset> {
  const { dir, info, spec } = run;
  const request = {
    dataset: dataset ?? info.dataset.request,
    dataDir: dataDir ?? info.dataset.dataDir ?? undefined,
    trainedClasses: info.dataset.classes,
    reads: () => readsOfEvaluation(split, run, limit),
    room,
  };
  const { resize } = pixels;
  const found = await loadImages({ config: spec.config, resize, ...request, strict }, notify);
  // Other images by another name are what was asked for.
  if (found.identity !== info.dataset.identity && found.name === info.dataset.name) {
    notify({
      kind: 'warning',
      message: `${found.name} from ${found.origin} is not what ${dir} was trained on: it is ${found.identity}, that was ${info.dataset.identity}.`,
    });
  }
  return found;
}

/** Says where the same test set is looked at as in training, but another part of it: the figures are not the run's own then. */
function noteOtherImages(
  { dir, info }: Run,
  dataset: Dataset,
  { count }: Split,
  notify: (notice: DataNotice) => void,
): void {
  const { limit, identity, testImages } = info.dataset;
  if (limit === null || dataset.identity !== identity || count === testImages) return;
  const all = count === dataset.test.count ? 'all ' : '';
  notify({
    kind: 'notice',
    message: `${dir} was trained with ${setting('limit', limitText(limit))}, so its own test figures are of ${formatInteger(testImages)} test ${plural(testImages, 'image')} of ${dataset.name}; these are of ${all}${formatInteger(count)}.`,
  });
}

interface Work {
  readonly engine: EngineChoice;
  readonly device: string;
  readonly threads?: number;
  readonly batchSize: number;
  readonly graph: Graph;
  readonly weights: Tensors;
  readonly split: Split;
  readonly calibration?: Calibration | undefined;
  readonly notify: (notice: DataNotice) => void;
}

async function predictAll({ graph, weights, split, calibration, notify, ...work }: Work): Promise<Predicted> {
  const { engine: name, device, threads } = work;
  const batchSize = Math.min(work.batchSize, split.count);
  const engine = await startEngine({
    engine: name,
    device,
    threads,
    work: { graph, mode: 'infer', batchSize },
  });
  try {
    const program = await engine.inferenceProgram(graph, {
      batchSize,
      ...(calibration && { calibration: calibration.images }),
    });
    await program.load(weights);
    let last: Predictions | undefined;
    const { timed, imagesPerSecond } = timedProgram(program);
    for await (const predictions of predict(timed, graph, split)) {
      last = predictions;
      notify({ kind: 'progress', task: 'Evaluating', done: last.done, total: split.count, unit: 'images' });
    }
    await program.dispose();
    return { predictions: last!, imagesPerSecond: imagesPerSecond() };
  } finally {
    await engine.dispose();
  }
}
