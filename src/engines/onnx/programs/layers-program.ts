import type * as Ort from 'onnxruntime-node';
import { WorkError } from '../../../base/errors.js';
import type { Tensor, Tensors } from '../../../base/tensor.js';
import { type Graph, outputNode } from '../../../models/graph/graph.js';
import type { Value } from '../../../models/lowering/onnx.js';
import type { LayersProgram } from '../../engine.js';
import { ort } from '../library/onnxruntime.js';
import { createSession, runSession, type SessionSettings } from '../library/session.js';
import { packedWeights, writePlain } from '../plan/plain.js';
import { type Trace, traceGraph, weightLayouts } from '../plan/trace.js';
import type { Ref } from '../write/ref.js';
import { GraphWriter } from '../write/writer.js';

/** Builds the program that gives what every layer of a graph without auxiliaries makes of its input, dropout off. */
export function createLayersProgram(
  graph: Graph,
  batchSize: number,
  settings: SessionSettings,
): LayersProgram {
  // Nothing is joined or reordered as in the other programs: every layer's own output is wanted.
  const trace = traceGraph(withOpenEnd(graph));
  let session: Ort.InferenceSession | undefined;
  let buildMs = 0;
  return {
    batchSize,
    get buildMs() {
      return buildMs;
    },
    async load(weights) {
      const begin = performance.now();
      await session?.release();
      session = await createSession(layersGraph({ graph, trace, batchSize, weights }, settings), settings);
      buildMs = performance.now() - begin;
    },
    async run({ data }) {
      if (!session) throw new WorkError('internal: a program of layers was run before it had weights.');
      const input = new ort.Tensor('float32', data, [batchSize, ...graph.input]);
      const outputs = await runSession(session, { input });
      return new Map(graph.nodes.map((node, i) => [node.name, outputOf(outputs[outputName(i)]!)]));
    },
    async dispose() {
      await session?.release();
      session = undefined;
    },
  };
}

/** A name that no config can give. */
const OPEN_END = 'output/open';

/** The same graph with the identity as its last layer: a trace leaves out the closing softmax of the last one. */
export function withOpenEnd(graph: Graph): Graph {
  const { name, outputShape } = outputNode(graph);
  const end = {
    name: OPEN_END,
    kind: 'activation',
    params: { function: 'linear' },
    inputs: [name],
    inputShapes: [outputShape],
    outputShape,
    activation: 'linear',
    weights: [],
    macs: 0,
    receptiveField: null,
    notes: [],
  } as const;
  return { ...graph, nodes: [...graph.nodes, end] };
}

const outputName = (index: number): string => `layer:${index}`;

interface LayersParts {
  readonly graph: Graph;
  readonly trace: Trace;
  readonly batchSize: number;
  readonly weights: Tensors;
}

/** Float `input` [N, H, W, C] to an output a layer, channels last, with constant weights. */
function layersGraph(
  { graph, trace, batchSize, weights }: LayersParts,
  { provider }: SessionSettings,
): Uint8Array {
  const g = new GraphWriter();
  const input = g.input('input', [batchSize, ...graph.input]);
  const constants = new Map(
    [...packedWeights(weightLayouts(trace), weights)].map(({ name, data, dims }): [string, Ref] => [
      name,
      g.constant(data, dims),
    ]),
  );
  const image = g.transpose(input, [0, 3, 1, 2]);
  const refs = writePlain(g, trace, { image, weights: constants, provider });
  graph.nodes.forEach(({ name }, i) => {
    const value = trace.layers.get(name)!;
    g.output(channelsLast(g, refs.get(value.id)!, value, batchSize), outputName(i));
  });
  return g.encode();
}

/** A value as Keras has it, in a tensor of its own: several layers may give the same one. */
function channelsLast(g: GraphWriter, ref: Ref, { shape }: Value, batch: number): Ref {
  const whole = g.reshape(ref, [batch, ...shape]);
  return shape.length === 3 ? g.transpose(whole, [0, 2, 3, 1]) : g.op('Identity', [whole], [batch, ...shape]);
}

function outputOf({ dims, data }: Ort.OnnxValue): Tensor {
  return { shape: dims, data: data as Float32Array };
}
