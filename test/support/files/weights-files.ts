import * as assert from 'uvu/assert';
import { bytesOf } from '../../../src/base/files/bytes.js';
import { randomStream } from '../../../src/base/random.js';
import { sizeOf } from '../../../src/base/tensor.js';
import { weightsFromOnnx } from '../../../src/engines/onnx/exchange/import/match.js';
import { readModel } from '../../../src/engines/onnx/exchange/view/model-file.js';
import { createOnnxEngine } from '../../../src/engines/onnx/index.js';
import type { Graph } from '../../../src/models/graph/graph.js';
import { runFile } from './onnx-files.js';

/** The weights of a network in the bytes of an ONNX file. */
export function fromOnnx(path: string, bytes: Uint8Array, graph: Graph): ReturnType<typeof weightsFromOnnx> {
  const model = readModel(path, bytesOf(path, bytes));
  if (model) return weightsFromOnnx(path, model, graph);
  throw new Error(`${path} is no ONNX model`);
}

/** Why a file is refused, without its name; `taken` where it is not. */
export const refusal = (graph: Graph, bytes: Uint8Array): string => {
  try {
    fromOnnx('file.onnx', bytes, graph);
  } catch (error) {
    return (error as Error).message
      .replace('file.onnx does not fit: ', '')
      .replace(/ (cnnzoo weights file\.onnx says which models take it|Fetch or save it anew)\.$/, '')
      .replace(/\.$/, '');
  }
  return 'taken';
};

/** What the network makes of the weights in a file agrees with what ONNX Runtime makes of the file. */
export async function assertTaken(
  graph: Graph,
  bytes: Uint8Array,
  what: string,
  isChannelsLast = false,
): Promise<readonly string[]> {
  const { weights, notes } = fromOnnx('file.onnx', bytes, graph);
  const [height, width, channels] = graph.input;
  const random = randomStream(5, 'pixels');
  const pixels = new Uint8Array(sizeOf(graph.input)).map(() => random.below(256));
  const places = height * width;
  const values = Float32Array.from({ length: pixels.length }, (_, i) => {
    if (isChannelsLast) return pixels[i]! / 255;
    return pixels[(i % places) * channels + Math.floor(i / places)]! / 255;
  });
  const dims = isChannelsLast ? [1, height, width, channels] : [1, channels, height, width];
  const theirs = probabilitiesOf(await runFile(bytes, values, dims));
  const engine = await createOnnxEngine({ device: 'cpu', threads: 1 });
  const program = await engine.inferenceProgram(graph, { batchSize: 1 });
  await program.load(weights);
  const batch = { pixels, labels: new Int32Array(1), count: 1, masks: new Map() };
  const { probabilities } = await program.run(batch);
  await engine.dispose();
  for (const [i, p] of theirs.entries())
    assert.ok(Math.abs(probabilities[i]! - p) < 1e-5, `${what} ${i}: ${probabilities[i]}, not ${p}`);
  return notes;
}

/** Of logits or of probabilities. */
function probabilitiesOf(values: Float32Array): Float32Array {
  const sum = values.reduce((a, b) => a + b, 0);
  if (Math.abs(sum - 1) < 1e-4 && values.every((value) => value >= 0)) return values;
  const powers = values.map((value) => Math.exp(value - Math.max(...values)));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}
