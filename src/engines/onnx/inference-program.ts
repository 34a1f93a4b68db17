import * as ort from 'onnxruntime-node';
import { WorkError } from '../../errors.js';
import { type Graph, outputNode, withoutAuxiliaries } from '../../models/graph.js';
import type { Tensors } from '../../tensor.js';
import type { Batch, InferenceOptions, InferenceProgram, InferenceResult } from '../engine.js';
import { softmaxAndLosses } from '../probabilities.js';
import type { Value } from './lowering.js';
import { packedWeights, writePlain } from './plain.js';
import { planInference } from './plan.js';
import { createSession, runSession, type SessionSettings } from './session.js';
import { scalePixels } from './step.js';
import { type Trace, traceGraph } from './trace.js';
import { GraphWriter, type Ref } from './writer.js';

/** Builds the program of an inference step; it takes shape when weights are loaded, which it holds as constants. */
export async function createInferenceProgram(
  graph: Graph,
  { batchSize, watch }: InferenceOptions,
  settings: SessionSettings,
): Promise<InferenceProgram> {
  const trace = planInference(traceGraph(withoutAuxiliaries(graph), watch));
  let session: ort.InferenceSession | undefined;
  let buildMs = 0;
  return {
    batchSize,
    get buildMs() {
      return buildMs;
    },
    async load(weights) {
      const begin = performance.now();
      await session?.release();
      session = await createSession(inferenceGraph(graph, trace, batchSize, weights), settings);
      buildMs = performance.now() - begin;
    },
    async run(batch: Batch): Promise<InferenceResult> {
      if (!session) throw new WorkError('internal: an inference program was run before it had weights.');
      const pixels = new ort.Tensor('uint8', batch.pixels, [batchSize, ...graph.input]);
      const { logits, activations } = await runSession(session, { pixels });
      const values = (logits as ort.Tensor).data as Float32Array;
      const result = softmaxAndLosses(values, batch.labels, batch.count, graph);
      if (watch === undefined) return result;
      // Of the output itself there are but the logits here.
      if (watch === outputNode(graph).name) return { ...result, activations: result.probabilities };
      const watched = (activations as ort.Tensor).data as Float32Array;
      return { ...result, activations: watched.subarray(0, (watched.length / batchSize) * batch.count) };
    },
    async dispose() {
      await session?.release();
      session = undefined;
    },
  };
}

/**
 * uint8 `pixels` [N, H, W, C] to `logits` [N, classes] in ONNX's plain layout with constant weights, which ONNX Runtime
 * lays out for the machine when it loads the program.
 */
function inferenceGraph(graph: Graph, trace: Trace, batch: number, weights: Tensors): Uint8Array {
  const g = new GraphWriter();
  const [, , channels] = graph.input;
  const pixels = g.input('pixels', [batch, ...graph.input], 'uint8');
  const scaled = scalePixels(g, graph, g.transpose(g.cast(pixels), [0, 3, 1, 2]), [channels, 1, 1]);
  const constants = new Map<string, Ref>();
  for (const { name, data, dims } of packedWeights(trace, weights))
    constants.set(name, g.constant(data, dims));
  const refs = writePlain(g, trace, { image: scaled, batch, weights: constants });
  g.output(refs.get(trace.output.id)!, 'logits');
  const { watched } = trace;
  if (watched) g.output(asStored(g, refs.get(watched.id)!, watched, batch), 'activations');
  return g.encode();
}

/** A value as Keras has it: channels last, also within a flattened map. */
function asStored(g: GraphWriter, ref: Ref, { shape, map }: Value, batch: number): Ref {
  const extents = map ?? shape;
  if (extents.length !== 3) return g.op('Identity', [ref], [batch, ...shape]);
  return g.transpose(g.reshape(ref, [batch, ...extents]), [0, 2, 3, 1]);
}
