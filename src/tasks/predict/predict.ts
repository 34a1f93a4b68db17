import { UsageError } from '../../base/errors.js';
import { requireThreads } from '../../base/machine/cores.js';
import { inParallel } from '../../base/machine/parallel.js';
import { sizeOf } from '../../base/tensor.js';
import { setting } from '../../base/text/settings.js';
import { listed } from '../../base/text/words.js';
import { ImageReader, type Picture, requireImages, STDIN } from '../../data/image-reader.js';
import { knownDatasets } from '../../data/load.js';
import { isLightGround } from '../../data/pictures/ground.js';
import { DECODES_AT_ONCE } from '../../data/pictures/resize.js';
import type { DataNotice } from '../../data/sets/dataset.js';
import type { InferenceProgram } from '../../engines/engine.js';
import type { EngineChoice } from '../../engines/host/engines.js';
import { startEngine } from '../../engines/host/index.js';
import { type Network, openLearnedNetwork } from '../../training/evaluation/network.js';

/** What `predict` was asked for, with its values read. */
export interface PredictRequest {
  readonly run: string;
  /** Paths, `-` for standard input, images of data sets ("mnist:test:1790"), tables of pixels. */
  readonly images: readonly string[];
  /** Where data sets lie. */
  readonly dataDir?: string;
  readonly top?: number;
  readonly invert?: boolean;
  readonly weights?: string;
  readonly engine: EngineChoice;
  readonly device: string;
  readonly threads?: number;
}

/** A class and how probable it is. */
export interface Guess {
  readonly label: string;
  /** The number of the class. */
  readonly class: number;
  readonly probability: number;
}

export interface ImagePrediction {
  /** As it was named. */
  readonly image: string;
  /** The most probable first. */
  readonly predictions: readonly Guess[];
}

export interface PredictResult {
  /** The run's folder as it was named; null of a model with weights of a file. */
  readonly run: string | null;
  readonly model: string;
  readonly images: readonly ImagePrediction[];
  /** A sentence for each image that could not be used. */
  readonly problems: readonly string[];
}

const DEFAULT_TOP = 5;
/** Images in memory at a time. */
const BATCH = 32;

/**
 * What a run's network says of pictures. Those that cannot be used are told of in the result.
 * @throws UsageError for a run that is not there; WorkError where its weights or the device cannot be had, or none of the
 * images is there.
 */
export async function predictImages(
  request: PredictRequest,
  notify: (notice: DataNotice) => void,
): Promise<PredictResult> {
  const { engine, device, threads, top = DEFAULT_TOP } = request;
  requireThreads(threads);
  if (request.images.filter((image) => image === STDIN).length > 1) {
    throw new UsageError('Standard input holds one image: give "-" once.');
  }
  await requireImages(request.images);
  const network = await openLearnedNetwork(request.run, request.weights, notify);
  const trainedOn = network.run?.info.dataset;
  const { input, pixels } = network.graph;
  const reader = new ImageReader(input, {
    dataDir: request.dataDir,
    resize: pixels.resize,
    trainedOn,
    notify,
  });
  const images = await reader.expand(request.images);
  const batchSize = Math.min(BATCH, images.length);
  const work = { graph: network.graph, mode: 'infer', batchSize } as const;
  const started = await startEngine({ engine, device, threads, work });
  try {
    const program = await started.inferenceProgram(network.graph, { batchSize });
    await program.load(network.weights);
    const found: ImagePrediction[] = [];
    const [problems, light]: [string[], string[]] = [[], []];
    for (let from = 0; from < images.length; from += BATCH) {
      const pictures = await readAll(images.slice(from, from + BATCH), reader, request.invert);
      const good = pictures.filter((picture) => 'pixels' in picture);
      problems.push(...pictures.flatMap((picture) => ('problem' in picture ? picture.problem : [])));
      light.push(
        ...good.filter(({ pixels }) => isLightGround(pixels, network.graph.input)).map(({ image }) => image),
      );
      const guessed = good.length > 0 ? await predictBatch(program, network, good, top) : [];
      found.push(...guessed.filter(isOfNumbers));
      problems.push(
        ...guessed.filter((one) => !isOfNumbers(one)).map(({ image }) => noNumbers(network, image)),
      );
      const done = Math.min(from + BATCH, images.length);
      notify({ kind: 'progress', task: 'Predicting', done, total: images.length, unit: 'images' });
    }
    const hint = groundHint(network, light, request.invert === true);
    if (hint !== undefined) notify({ kind: 'notice', message: hint });
    return { run: network.run?.dir ?? null, model: network.name, images: found, problems };
  } finally {
    await started.dispose();
  }
}

/** Whether the network gives numbers for an image. */
const isOfNumbers = ({ predictions }: ImagePrediction): boolean =>
  predictions.every(({ probability }) => Number.isFinite(probability));

const noNumbers = ({ name }: Network, image: string): string =>
  `${image === STDIN ? 'Standard input' : image}: ${name} gives values that are no finite numbers: these weights are of no use for it.`;

async function readAll(images: readonly string[], reader: ImageReader, invert?: boolean): Promise<Picture[]> {
  const pictures = new Array<Picture>(images.length);
  await inParallel(images.length, DECODES_AT_ONCE, async (i) => {
    pictures[i] = await reader.read(images[i]!, invert);
  });
  return pictures;
}

type Usable = Extract<Picture, { readonly pixels: Uint8Array }>;

async function predictBatch(
  program: InferenceProgram,
  { graph, classes }: Network,
  pictures: readonly Usable[],
  top: number,
): Promise<ImagePrediction[]> {
  const size = sizeOf(graph.input);
  const pixels = new Uint8Array(program.batchSize * size);
  pictures.forEach((picture, i) => {
    pixels.set(picture.pixels, i * size);
  });
  const labels = new Int32Array(program.batchSize);
  const { probabilities } = await program.run({ pixels, labels, count: pictures.length, masks: new Map() });
  return pictures.map(({ image }, i) => {
    const row = probabilities.subarray(i * graph.classes, (i + 1) * graph.classes);
    return { image, predictions: topGuesses(row, classes, top) };
  });
}

/** The most probable classes; of equals the one with the smaller number comes first. */
function topGuesses(row: Float32Array, classes: readonly string[], top: number): Guess[] {
  const order = Array.from(row, (_, i) => i).sort((a, b) => row[b]! - row[a]! || a - b);
  return order.slice(0, top).map((i) => ({ label: classes[i]!, class: i, probability: row[i]! }));
}

/** What is likely to be wrong with images on a light ground, where the network has only seen things on black. */
function groundHint({ run }: Network, light: readonly string[], invert: boolean): string | undefined {
  if (run === null) return undefined;
  const { name, request } = run.info.dataset;
  const known = knownDatasets().find((dataset) => dataset.name === name && dataset.name === request);
  if (light.length === 0 || known?.lightOnDark !== true) return undefined;
  const which = listed(
    light.map((image) => (image === STDIN ? 'standard input' : image)),
    3,
  );
  const verb = light.length === 1 ? 'shows' : 'show';
  return invert
    ? `Inverted, ${which} ${verb} something on a light ground, where ${name} has it light on black: try without ${setting('invert')}.`
    : `${which} ${verb} something on a light ground, where ${name} has it light on black: try ${setting('invert')}.`;
}
