import * as assert from 'uvu/assert';
import type { Tensors } from '../../../src/base/tensor.js';
import { createOnnxEngine } from '../../../src/engines/onnx/index.js';
import { buildGraph } from '../../../src/models/build.js';
import { readSpec } from '../../../src/models/config/read-spec.js';
import { parseSource } from '../../../src/models/config/source.js';
import type { Graph } from '../../../src/models/graph/graph.js';
import { pixelScaling } from '../../../src/models/pixels.js';
import { loadModel } from '../../../src/models/zoo.js';
import { readWeightsFile } from '../../../src/weights/read-weights.js';

/** What scripts/fixtures/torch_weights.py writes of a network. */
export interface Told {
  /** A config, or the name of a model. */
  readonly config: object | string;
  /** Bytes [N, H, W, C] in base64. */
  readonly images: string;
  /** float32 [N, classes] in base64. */
  readonly probabilities: string;
}

export function toldGraph({ config }: Told): Graph {
  if (typeof config === 'string') return buildGraph(loadModel(config));
  return buildGraph(readSpec('net', parseSource('net.yaml', JSON.stringify(config))));
}

/** The weights of the file give the probabilities that were told. @returns what is said of them */
export async function assertAsTold(told: Told, graph: Graph, path: string): Promise<readonly string[]> {
  const { weights, notes, family } = await readWeightsFile(path, graph);
  const pixels = family ? pixelScaling(family.preparation, 3, (_, text) => new Error(text)) : graph.pixels;
  const expected = new Float32Array(new Uint8Array(Buffer.from(told.probabilities, 'base64')).buffer);
  const images = new Uint8Array(Buffer.from(told.images, 'base64'));
  const actual = await probabilitiesOf({ ...graph, pixels }, weights, images);
  assert.is(actual.length, expected.length);
  for (const [i, p] of expected.entries())
    assert.ok(Math.abs(actual[i]! - p) < 1e-5, `${path} ${i}: ${actual[i]}, not ${p}`);
  return notes;
}

async function probabilitiesOf(graph: Graph, weights: Tensors, pixels: Uint8Array): Promise<Float32Array> {
  const [high, wide, channels] = graph.input;
  const count = pixels.length / (high * wide * channels);
  const engine = await createOnnxEngine({ device: 'cpu', threads: 2 });
  try {
    const program = await engine.inferenceProgram(graph, { batchSize: count });
    await program.load(weights);
    const batch = { pixels, labels: new Int32Array(count), count, masks: new Map() };
    return (await program.run(batch)).probabilities.slice();
  } finally {
    await engine.dispose();
  }
}
