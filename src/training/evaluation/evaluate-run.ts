import { requireThreads } from '../../base/machine/cores.js';
import type { Tensors } from '../../base/tensor.js';
import { formatInteger } from '../../base/text/format.js';
import { setting } from '../../base/text/settings.js';
import { plural } from '../../base/text/words.js';
import { limitSplit } from '../../data/index.js';
import { requireDataset } from '../../data/load.js';
import type { DataNotice, Dataset, DatasetRequest, PartName, Split } from '../../data/sets/dataset.js';
import type { EngineChoice } from '../../engines/host/engines.js';
import { startEngine } from '../../engines/host/index.js';
import type { Graph } from '../../models/graph/graph.js';
import { datasetOf } from '../../models/trainable.js';
import type { Gap } from '../../runs/gap.js';
import { limitText } from '../../runs/images.js';
import type { Predictions } from '../../runs/predictions.js';
import type { Run } from '../../runs/run-reader.js';
import { asTrained, foldersOf, namedFolders } from './class-names.js';
import { type Evaluation, evaluationOf, predict } from './evaluation.js';
import { gapOf } from './gap.js';
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
}

/**
 * Evaluates the weights of a run, or of a file, on some images.
 * @throws UsageError for a run or split that is not there; WorkError where weights, images or the device cannot be had.
 */
export async function evaluateRun(
  request: EvaluationRequest,
  notify: (notice: DataNotice) => void,
): Promise<RunEvaluation> {
  const { threads } = request;
  requireThreads(threads);
  await requireDataset(request.dataset);
  const network = await openLearnedNetwork(request.run, request.weights, notify);
  const { graph, weights, run, spec } = network;
  const { dataset, split, part } = await evaluationImages(network, request, notify);
  if (run && request.split === 'test') noteOtherImages(run, dataset, split, notify);
  const batchSize = request.batchSize ?? spec.config.training.batchSize;
  const predictions = await predictAll({ ...request, batchSize, graph, weights, split, notify });
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
    gap: gapOf(run, { ...request, identity, accuracy: evaluation.accuracy }),
  };
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
  const loaded = run
    ? await loadRunImages(run, network.graph, request, notify)
    : await loadModelImages(network, request, notify);
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
  readonly notify: (notice: DataNotice) => void;
}

async function predictAll({ graph, weights, split, notify, ...work }: Work): Promise<Predictions> {
  const { engine: name, device, threads } = work;
  const batchSize = Math.min(work.batchSize, split.count);
  const engine = await startEngine({
    engine: name,
    device,
    threads,
    work: { graph, mode: 'infer', batchSize },
  });
  try {
    const program = await engine.inferenceProgram(graph, { batchSize });
    await program.load(weights);
    let last: Predictions | undefined;
    for await (const predictions of predict(program, graph, split)) {
      last = predictions;
      notify({ kind: 'progress', task: 'Evaluating', done: last.done, total: split.count, unit: 'images' });
    }
    await program.dispose();
    return last!;
  } finally {
    await engine.dispose();
  }
}
