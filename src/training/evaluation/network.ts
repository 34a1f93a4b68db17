import { UsageError } from '../../base/errors.js';
import type { Tensors } from '../../base/tensor.js';
import { setting } from '../../base/text/settings.js';
import { IMAGENET, imagenetLabels, readLabels } from '../../data/class-labels.js';
import { knownDatasets } from '../../data/load.js';
import type { DataNotice } from '../../data/sets/dataset.js';
import { buildGraph } from '../../models/build.js';
import type { ModelSpec } from '../../models/config/spec.js';
import type { Graph } from '../../models/graph/graph.js';
import { initialWeights } from '../../models/graph/initial-weights.js';
import { isFile, loadModel } from '../../models/zoo.js';
import { isModel, namesModel } from '../../runs/argument.js';
import type { SavedWeights } from '../../runs/checkpoint.js';
import { readRunWeights } from '../../runs/recovery.js';
import { openRun, type Run } from '../../runs/run-reader.js';
import type { Family } from '../../weights/families/family.js';
import type { FileFacts } from '../../weights/file-facts.js';

/** A network that can be put to use: what a MODEL or RUN argument stands for. */
export interface Network {
  /** Of the model. */
  readonly name: string;
  readonly spec: ModelSpec;
  readonly graph: Graph;
  readonly weights: Tensors;
  /** Which weights: "best, of epoch 3". */
  readonly origin: string;
  /** A label a class, in class-number order; [] where only values are looked at. */
  readonly classes: readonly string[];
  /** The classes as the file of its weights or the config names them; absent where neither does. */
  readonly learnedLabels?: readonly string[];
  /** null of a MODEL. */
  readonly run: Run | null;
}

/** The network of a run. */
interface TrainedNetwork extends Network {
  readonly run: Run;
}

/**
 * The network of a RUN, with the weights that it has to show, or of a MODEL, with those that training would begin with.
 * @param weights a file of other weights for it, `weights`
 * @throws UsageError where `argument` is neither; WorkError where weights cannot be read or do not fit.
 */
export async function openNetwork(
  argument: string,
  weights: string | undefined,
  notify: (notice: DataNotice) => void,
): Promise<Network> {
  if (weights === undefined) {
    return isModel(argument) ? drawnNetwork(loadModel(argument)) : openRunNetwork(openRun(argument));
  }
  const network = isModel(argument) ? modelNetwork(loadModel(argument)) : runNetwork(openRun(argument));
  return withWeightsOf(network, argument, weights, notify);
}

/**
 * A network with the weights of a file, and what comes with them: its way with pictures, the names of its classes.
 * @param argument how the network was named
 * @throws UsageError where there is no such file; WorkError where it cannot be read or does not fit
 */
export async function withWeightsOf(
  network: Network,
  argument: string,
  path: string,
  notify: (notice: DataNotice) => void,
): Promise<Network> {
  const { readWeightsFile } = await import('../../weights/read-weights.js');
  const read = await readWeightsFile(path, network.graph);
  for (const message of read.notes) notify({ kind: 'notice', message });
  const filled = { ...network, weights: read.weights, origin: `from ${path}` };
  if (read.facts) return heard(filled, argument, path, read.facts, notify);
  return read.family ? familiar(filled, argument, path, read.family, notify) : filled;
}

/** A network as the file of its weights says it was trained. */
async function heard(
  network: Network,
  argument: string,
  path: string,
  facts: FileFacts,
  notify: (notice: DataNotice) => void,
): Promise<Network> {
  const { hearFacts } = await import('../../weights/use-facts.js');
  const { graph, classes, run, spec } = network;
  const known = run ? run.info.dataset.classes : labelsOfConfig(spec, graph);
  // Numbers in place of labels say nothing.
  const isNumbered = facts.labels?.join() === labelsFor(graph.classes, []).join();
  const labels = isNumbered ? null : facts.labels;
  const said = hearFacts(path, { ...facts, labels }, graph, argument, classes, known);
  for (const message of said.notes) notify({ kind: 'notice', message });
  return {
    ...network,
    classes: said.classes,
    graph: { ...graph, pixels: said.pixels },
    learnedLabels: labels ?? network.learnedLabels,
  };
}

/** A network with weights of a family that is known: its pictures and classes, as far as a config does not say them itself. */
async function familiar(
  network: Network,
  argument: string,
  path: string,
  family: Family,
  notify: (notice: DataNotice) => void,
): Promise<Network> {
  const { graph, run, spec } = network;
  // A run's own config says everything.
  if (run !== null) return network;
  const { ownPixels, preparedFor } = await import('../../weights/prepared.js');
  const prepared = preparedFor(path, family, graph, spec, ownPixels(spec, !isFile(argument)));
  const { names } = imagenetLabels();
  const isNamed = network.classes.length === 0 || spec.config.labels !== undefined;
  const isOfImagenet = graph.classes === names.length && !isNamed;
  const named = isOfImagenet
    ? " Its classes go by ImageNet's names; labels in a config would overrule them."
    : '';
  if (prepared) notify({ kind: 'notice', message: `${prepared.note}${named}` });
  return {
    ...network,
    graph: { ...graph, pixels: prepared?.pixels ?? graph.pixels },
    ...(isOfImagenet && { classes: names, learnedLabels: names }),
  };
}

/**
 * The same for commands that show what a network has learned.
 * @throws UsageError for a MODEL without weights of its own
 */
export async function openLearnedNetwork(
  argument: string,
  weights: string | undefined,
  notify: (notice: DataNotice) => void,
): Promise<Network> {
  if (weights !== undefined) return openNetwork(argument, weights, notify);
  if (!namesModel(argument)) return openRunNetwork(openRun(argument));
  // Whatever is wrong with the model comes first.
  modelNetwork(loadModel(argument));
  throw new UsageError(
    `${argument} is a model that has learned nothing yet: name a run folder, or give its weights by ${setting('weights', 'FILE')}.`,
  );
}

/** The network of a model with the weights that training would begin with. */
function drawnNetwork(spec: ModelSpec): Network {
  const { seed } = spec.config.training;
  const network = modelNetwork(spec);
  return { ...network, weights: initialWeights(network.graph, seed), origin: `untrained, of seed ${seed}` };
}

/** Without any weights yet. */
function modelNetwork(spec: ModelSpec): Network {
  const graph = buildGraph(spec);
  const labels = labelsOfConfig(spec, graph);
  return {
    name: spec.name,
    spec,
    graph,
    weights: new Map(),
    origin: 'none',
    classes: labelsFor(graph.classes, labels),
    ...(spec.config.labels !== undefined && labels.length > 0 && { learnedLabels: labels }),
    run: null,
  };
}

/**
 * Those that a config says, else those of the data set that it names; none where they are not known without looking.
 * @throws UsageError where a config names another number of classes
 */
function labelsOfConfig({ config, source }: ModelSpec, { classes }: Graph): readonly string[] {
  const { labels, dataset } = config;
  const names = labels === undefined ? [] : readLabels(labels, source.file).names;
  if (names.length === classes) return names;
  // What is built for other classes than ImageNet's keeps the rest of its config.
  if (labels !== undefined && labels !== IMAGENET)
    throw source.error(['labels'], `labels names ${names.length} classes, but the network has ${classes}.`);
  const known = knownDatasets().find(({ name }) => name === dataset);
  return known?.classes.length === classes ? known.classes : [];
}

/**
 * The network of a run, with the weights that it has to show.
 * @throws WorkError where its weights cannot be read.
 */
export async function openRunNetwork(run: Run): Promise<TrainedNetwork> {
  const network = runNetwork(run);
  const saved = await readRunWeights(run, network.graph);
  return { ...network, weights: saved.weights, origin: describeWeights(saved) };
}

/** Without any weights yet. */
function runNetwork(run: Run): TrainedNetwork {
  const { spec, info } = run;
  const graph = buildGraph(spec);
  const classes = labelsFor(graph.classes, info.dataset.classes);
  return { name: info.model, spec, graph, weights: new Map(), origin: 'none', classes, run };
}

/** "best, of epoch 3" */
function describeWeights({ kind, epoch, step }: SavedWeights): string {
  if (step > 0) return `as after epoch ${epoch}, step ${step}`;
  return `${kind === 'best' ? 'best, ' : ''}of epoch ${epoch}`;
}

/** Labels of all classes; where a data set has fewer classes than the network, the others go by their numbers. */
function labelsFor(count: number, labels: readonly string[]): string[] {
  return Array.from({ length: count }, (_, i) => labels[i] ?? `class ${i}`);
}
