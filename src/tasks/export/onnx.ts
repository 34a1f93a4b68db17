import { statSync } from 'node:fs';
import { WorkError } from '../../base/errors.js';
import { maxOf } from '../../base/extremes.js';
import { openFile } from '../../base/files/bytes.js';
import { writeBytes, writeWhole } from '../../base/files/files.js';
import { randomStream } from '../../base/random.js';
import { sizeOf } from '../../base/tensor.js';
import { formatValue } from '../../base/text/format.js';
import { counted } from '../../base/text/words.js';
import type { Batch } from '../../engines/engine.js';
import { DEFAULT_OPSET, exportModel, openExported, prepareInt8 } from '../../engines/onnx/exchange/export.js';
import { readModel } from '../../engines/onnx/exchange/view/model-file.js';
import { createOnnxEngine } from '../../engines/onnx/index.js';
import { float32Words, planInt8 } from '../../engines/onnx/int8/plan.js';
import { EXPORTED } from '../../engines/onnx/programs/names.js';
import type { Graph } from '../../models/graph/graph.js';
import type { Calibration } from '../../training/evaluation/calibration.js';
import type { Network } from '../../training/evaluation/network.js';
import { type ExportFacts, factsOf, factTexts } from './facts.js';
import { halved } from './halved.js';
import { DTYPES, type Dtype, type Target } from './target.js';

/** How far a probability may be from ours. */
const TOLERANCE = 1e-5;
/** The same in int8, where a value that the last bit of a float moves to another step moves answers. */
const INT8_TOLERANCE = 0.02;
/** Images, at most, on which int8 is compared. */
const MOST_CHECKED = 50;
/** More than one, so that a batch that is not symbolic shows. */
const IMAGES = 3;

/** A graph of standard operators with all there is to know of its input and output, checked before it takes its name. */
export const onnx: Target = {
  isFolder: false,
  takes: { opset: true, dtype: DTYPES },
  example: (model) => `${model}.onnx`,
  async write(given, path, { opset = DEFAULT_OPSET, dtype = 'float32', calibration } = {}) {
    const network = dtype === 'float16' ? halved(given) : given;
    const { graph, classes } = network;
    const header = {
      producerVersion: factsOf(network).cnnzoo,
      docString: `${factsOf(network).title}, exported by cnnzoo. ${factsOf(network).preprocessing}`,
      metadata: {
        ...factTexts(factsOf(network)),
        inputName: EXPORTED.image,
        inputLayout: 'NCHW',
        outputName: EXPORTED.probabilities,
      },
    };
    const int8 = calibration && (await prepareInt8(graph, network.weights, calibration.images));
    const model = exportModel(graph, network.weights, header, { opset, dtype }, int8);
    let largestDifference = Number.NaN;
    let notes: readonly string[] = [];
    await writeWhole(
      path,
      { what: 'the ONNX file' },
      async (handle) => {
        for (const part of model.parts()) await writeBytes(handle, part);
      },
      async (temporary) => {
        if (!calibration) largestDifference = await compareWithOurs(network, temporary);
        else [largestDifference, notes] = await compareInt8(network, temporary, calibration);
      },
    );
    const [height, width, channels] = graph.input;
    return {
      files: [{ path, bytes: statSync(path).size }],
      form: `opset ${opset}${calibration ? FORMS.int8 : FORMS[dtype]}, ${EXPORTED.image} [batch, ${channels}, ${height}, ${width}] to ${EXPORTED.probabilities} [batch, ${classes.length}]`,
      largestDifference,
      notes: dtype === 'float16' ? [await halvedNote(given, network)] : notes,
    };
  },
};

const FORMS: Readonly<Record<Dtype, string>> = {
  float32: '',
  float16: ', weights as float16',
  int8: ', int8 (QDQ)',
};

/**
 * Runs a file in int8 in ONNX Runtime on some of the images that it was calibrated with.
 * @returns the largest difference of a probability from those of our engine in int8, and how far both are from float32
 * @throws WorkError where the first is too large
 */
async function compareInt8(
  network: Network,
  path: string,
  { images: all }: Calibration,
): Promise<[number, readonly string[]]> {
  const { graph } = network;
  const images = all.subarray(0, MOST_CHECKED * sizeOf(graph.input));
  const count = images.length / sizeOf(graph.input);
  const input = scaledAsSaid(await readFacts(path), graph, images);
  const theirs = await exportedProbabilities(path, graph, input, count);
  const ours = await ownProbabilities(network, images, all);
  const largest = maxOf(theirs.map((values) => difference(values, ours)));
  requireClose(largest, INT8_TOLERANCE);
  const before = await ownProbabilities(network, images);
  const [after] = theirs;
  const [answers, others] = [answersOf(before, count), answersOf(after, count)];
  const changed = answers.filter((answer, i) => answer !== others[i]).length;
  return [
    largest,
    [
      `int8 moves probabilities by up to ${formatValue(difference(after, before))} on ${counted(count, 'training image')}, and changes ${counted(changed, 'answer')} of them.`,
      float32Words(planInt8(graph).floats),
    ],
  ];
}

/** The most probable class of each image. */
function answersOf(probabilities: Float32Array, count: number): number[] {
  const classes = probabilities.length / count;
  return Array.from({ length: count }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(maxOf(row));
  });
}

/** How far answers move by rounding weights. */
async function halvedNote(given: Network, rounded: Network): Promise<string> {
  const images = testImages(given.graph);
  const [before, after] = [await ownProbabilities(given, images), await ownProbabilities(rounded, images)];
  return `weights are rounded to float16: probabilities move by up to ${formatValue(difference(after, before))} on ${IMAGES} images of noise.`;
}

/**
 * Runs a written file in ONNX Runtime, with pixels scaled as the file itself says, one image and several at a time.
 * @returns the largest difference of a probability from those of our engine
 * @throws WorkError where that is too large
 */
export async function compareWithOurs(network: Network, path: string): Promise<number> {
  const { graph } = network;
  const images = testImages(graph);
  const input = scaledAsSaid(await readFacts(path), graph, images);
  // The file first: loading it takes the most memory, and what our engine took before would not all be given back.
  const theirs = await exportedProbabilities(path, graph, input);
  const ours = await ownProbabilities(network, images);
  const largest = maxOf(theirs.map((values) => difference(values, ours)));
  requireClose(largest, TOLERANCE);
  return largest;
}

function requireClose(largest: number, tolerance: number): void {
  if (largest <= tolerance) return;
  throw new WorkError(
    `internal: the exported network's probabilities differ from ours by ${largest}, more than ${tolerance}; please report this.`,
  );
}

/** Of all images together, and of the first alone. */
async function exportedProbabilities(
  path: string,
  graph: Graph,
  input: Float32Array,
  count = IMAGES,
): Promise<[Float32Array, Float32Array]> {
  const exported = await openExported(path, graph);
  try {
    const together = await exported.run(input, count);
    return [together, await exported.run(input.subarray(0, sizeOf(graph.input)), 1)];
  } finally {
    await exported.dispose();
  }
}

/** Of the values in `values` from the first of those expected. */
function difference(values: Float32Array, expected: Float32Array): number {
  return values.reduce((largest, value, i) => {
    const distance = Math.abs(value - expected[i]!);
    return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(largest, distance);
  }, 0);
}

/** Noise, from faint to full, [IMAGES, H, W, C] bytes. */
export function testImages({ input }: Graph): Uint8Array {
  const random = randomStream(1, 'export');
  const size = sizeOf(input);
  return Uint8Array.from({ length: IMAGES * size }, (_, i) =>
    Math.floor((random.below(256) * (Math.floor(i / size) + 1)) / IMAGES),
  );
}

/**
 * Of our engine, [N, classes].
 * @param images bytes [N, H, W, C]
 * @param calibration where int8 is to be computed: the images to calibrate it with
 */
export async function ownProbabilities(
  { graph, weights }: Network,
  images: Uint8Array,
  calibration?: Uint8Array,
): Promise<Float32Array> {
  const engine = await createOnnxEngine({ device: 'cpu' });
  try {
    const count = images.length / sizeOf(graph.input);
    const program = await engine.inferenceProgram(graph, {
      batchSize: count,
      ...(calibration && { calibration }),
    });
    await program.load(weights);
    const labels = new Int32Array(count);
    // The batch's memory moves to the engine.
    const batch: Batch = { pixels: images.slice(), labels, count, masks: new Map() };
    return (await program.run(batch)).probabilities;
  } finally {
    await engine.dispose();
  }
}

type Scaling = Pick<ExportFacts, 'mean' | 'std' | 'inputChannels'>;

/** What the file says of its input. */
async function readFacts(path: string): Promise<Scaling> {
  const file = await openFile(path);
  const model = readModel(path, file);
  await file.close();
  const entries = model!.metadataProps.map(({ key, value }) => [key, value]);
  const { mean, std, inputChannels } = Object.fromEntries(entries) as Record<string, string>;
  return {
    mean: JSON.parse(mean!) as number[],
    std: JSON.parse(std!) as number[],
    inputChannels: inputChannels!,
  };
}

/** [N, H, W, C] bytes to scaled values [N, C, H, W]. */
function scaledAsSaid(
  { mean, std, inputChannels }: Scaling,
  { input }: Graph,
  images: Uint8Array,
): Float32Array {
  const [height, width, channels] = input;
  const places = height * width;
  const values = new Float32Array(images.length);
  for (let at = 0; at < images.length; at++) {
    const channel = inputChannels === 'BGR' ? channels - 1 - (at % channels) : at % channels;
    const place = Math.floor(at / channels);
    const image = Math.floor(place / places);
    const to = (image * channels + channel) * places + (place % places);
    values[to] = (images[at]! / 255 - mean[channel]!) / std[channel]!;
  }
  return values;
}
