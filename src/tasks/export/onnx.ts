import { statSync } from 'node:fs';
import { WorkError } from '../../base/errors.js';
import { maxOf } from '../../base/extremes.js';
import { openFile } from '../../base/files/bytes.js';
import { writeBytes, writeWhole } from '../../base/files/files.js';
import { randomStream } from '../../base/random.js';
import { sizeOf } from '../../base/tensor.js';
import { formatValue } from '../../base/text/format.js';
import type { Batch } from '../../engines/engine.js';
import { DEFAULT_OPSET, exportModel, openExported } from '../../engines/onnx/exchange/export.js';
import { readModel } from '../../engines/onnx/exchange/view/model-file.js';
import { createOnnxEngine } from '../../engines/onnx/index.js';
import { EXPORTED } from '../../engines/onnx/programs/names.js';
import type { Graph } from '../../models/graph/graph.js';
import type { Network } from '../../training/evaluation/network.js';
import { type ExportFacts, factsOf, factTexts } from './facts.js';
import { halved } from './halved.js';
import type { Target } from './target.js';

/** How far a probability may be from ours. */
const TOLERANCE = 1e-5;
/** More than one, so that a batch that is not symbolic shows. */
const IMAGES = 3;

/** A graph of standard operators with all there is to know of its input and output, checked before it takes its name. */
export const onnx: Target = {
  isFolder: false,
  takes: ['opset', 'dtype'],
  example: (model) => `${model}.onnx`,
  async write(given, path, { opset = DEFAULT_OPSET, dtype = 'float32' } = {}) {
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
    const model = exportModel(graph, network.weights, header, { opset, dtype });
    let largestDifference = Number.NaN;
    await writeWhole(
      path,
      { what: 'the ONNX file' },
      async (handle) => {
        for (const part of model.parts()) await writeBytes(handle, part);
      },
      async (temporary) => {
        largestDifference = await compareWithOurs(network, temporary);
      },
    );
    const [height, width, channels] = graph.input;
    return {
      files: [{ path, bytes: statSync(path).size }],
      form: `opset ${opset}${dtype === 'float16' ? ', weights as float16' : ''}, ${EXPORTED.image} [batch, ${channels}, ${height}, ${width}] to ${EXPORTED.probabilities} [batch, ${classes.length}]`,
      largestDifference,
      notes: dtype === 'float16' ? [await halvedNote(given, network)] : [],
    };
  },
};

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
  if (largest <= TOLERANCE) return largest;
  throw new WorkError(
    `internal: the exported network's probabilities differ from ours by ${largest}, more than ${TOLERANCE}; please report this.`,
  );
}

/** Of all images together, and of the first alone. */
async function exportedProbabilities(
  path: string,
  graph: Graph,
  input: Float32Array,
): Promise<[Float32Array, Float32Array]> {
  const exported = await openExported(path, graph);
  try {
    const together = await exported.run(input, IMAGES);
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

/** Of our engine, [IMAGES, classes]. */
export async function ownProbabilities(
  { graph, weights }: Network,
  images: Uint8Array,
): Promise<Float32Array> {
  const engine = await createOnnxEngine({ device: 'cpu' });
  try {
    const program = await engine.inferenceProgram(graph, { batchSize: IMAGES });
    await program.load(weights);
    const labels = new Int32Array(IMAGES);
    // The batch's memory moves to the engine.
    const batch: Batch = { pixels: images.slice(), labels, count: IMAGES, masks: new Map() };
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
