import * as core from '@tensorflow/tfjs-core';
import * as tfLayers from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import type { Tensor, Tensors } from '../../../base/tensor.js';
import { createLayersProgram } from '../../../engines/tensorflow/layers.js';
import type { Graph } from '../../../models/graph/graph.js';
import { arithmeticAt, type ValueArithmetic } from '../../../tasks/apply/at.js';

/** Networks of fewer products an image are computed by plain JavaScript, which begins at once: shaders have to be compiled. */
const PLAIN_MACS = 50_000_000;

/** The network that the page shows. */
export interface PageNetwork {
  readonly graph: Graph;
  /** `layer/kernel` and so on. */
  readonly weights: Tensors;
  /** What computes, for people. */
  readonly backend: string;
  /** What each layer makes of an image of bytes, [H, W, C] in the order of a picture's colours. */
  run(bytes: Uint8Array): Promise<Answer>;
}

/** What became of one image. */
export interface Answer {
  /** The bytes, and what the network sees of them. */
  readonly bytes: Uint8Array;
  readonly input: Tensor;
  /** Of every layer without the batch: [H, W, C] or [F]. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly probabilities: Float32Array;
  readonly ms: number;
}

/** Sets TensorFlow.js up and gives the network its weights. */
export async function openNetwork(graph: Graph, weights: Tensors): Promise<PageNetwork> {
  const backend = await chooseBackend(graph);
  const tf = { ...core, ...tfLayers };
  const program = createLayersProgram(tf, graph, 1);
  await program.load(weights);
  return {
    graph,
    weights,
    backend,
    async run(bytes) {
      const start = performance.now();
      const input = scaled(graph, bytes);
      const found = await program.run({ shape: [1, ...input.shape], data: input.data });
      const outputs = new Map(
        [...found].map(([name, { shape, data }]) => [name, { shape: shape.slice(1), data }]),
      );
      const probabilities = outputs.get(graph.nodes.at(-1)!.name)!.data;
      return { bytes, input, outputs, probabilities, ms: performance.now() - start };
    },
  };
}

/** WebGL where it pays and computes with whole float32; else plain JavaScript. */
async function chooseBackend({ nodes }: Graph): Promise<string> {
  const macs = nodes.reduce((sum, node) => sum + node.macs, 0);
  if (macs > PLAIN_MACS && (await setBackend('webgl'))) {
    if (core.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) return 'WebGL';
  }
  await setBackend('cpu');
  (core.backend() as { firstUse?: boolean }).firstUse = false;
  return 'plain JavaScript';
}

async function setBackend(name: string): Promise<boolean> {
  try {
    return await core.setBackend(name);
  } catch {
    return false;
  }
}

function scaled({ input, pixels }: Graph, bytes: Uint8Array): Tensor {
  const channels = input[2];
  const data = new Float32Array(bytes.length);
  for (let i = 0; i < data.length; i++) {
    const c = i % channels;
    const from = pixels.channelOrder === 'bgr' ? i - c + (channels - 1 - c) : i;
    data[i] = Math.fround(bytes[from]! * Math.fround(pixels.scale[c]!)) + Math.fround(pixels.offset[c]!);
  }
  return { shape: input, data };
}

/** What a layer reads of an answer. */
function inputsOf(node: Graph['nodes'][number], { input, outputs }: Answer): Tensor[] {
  return node.inputs.map((name) => outputs.get(name) ?? input);
}

/** A layer's weights by their own names: `kernel`, `bias`. */
export function weightsOf(
  { weights }: PageNetwork,
  node: Graph['nodes'][number],
): ReadonlyMap<string, Tensor> {
  return new Map(node.weights.map(({ name }) => [name, weights.get(`${node.name}/${name}`)!]));
}

/** How one value of a layer comes about. */
export function explain(
  network: PageNetwork,
  answer: Answer,
  node: Graph['nodes'][number],
  place: readonly number[],
): ValueArithmetic {
  return arithmeticAt(node, place, { inputs: inputsOf(node, answer), weights: weightsOf(network, node) });
}
