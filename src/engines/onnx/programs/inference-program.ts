import type * as Ort from 'onnxruntime-node';
import { WorkError } from '../../../base/errors.js';
import { type Graph, outputNode, withoutAuxiliaries } from '../../../models/graph/graph.js';
import type { Value } from '../../../models/lowering/onnx.js';
import type { Batch, InferenceOptions, InferenceProgram, InferenceResult } from '../../engine.js';
import { softmaxAndLosses } from '../../probabilities.js';
import { createSession, type ProviderName, runSession, type SessionSettings } from '../library/session.js';
import { feedsOf, isInput, type PackedWeight, packedWeights, writePlain } from '../plan/plain.js';
import { planInference } from '../plan/plan.js';
import { type Trace, traceGraph } from '../plan/trace.js';
import type { Ref } from '../write/ref.js';
import { GraphWriter } from '../write/writer.js';
import { pixelTensor } from './batch-tensors.js';
import { pixelType } from './feeds.js';
import { IMAGES, INFERENCE } from './names.js';
import { scalePixels } from './passes.js';

/** Builds the program of an inference step; it takes shape when weights are loaded, which it holds as constants. */
export async function createInferenceProgram(
  graph: Graph,
  { batchSize, watch }: InferenceOptions,
  settings: SessionSettings,
): Promise<InferenceProgram> {
  const trace = planInference(traceGraph(withoutAuxiliaries(graph), watch));
  let session: Ort.InferenceSession | undefined;
  let fed: Record<string, Ort.Tensor> = {};
  let buildMs = 0;
  return {
    batchSize,
    get buildMs() {
      return buildMs;
    },
    async load(weights) {
      const begin = performance.now();
      await session?.release();
      const packed = [...packedWeights(trace, weights)];
      const isFed = (weight: PackedWeight) => isInput(weight, settings.provider);
      fed = feedsOf(packed.filter(isFed));
      session = await createSession(
        inferenceGraph({ graph, trace, batch: batchSize, packed, isFed, provider: settings.provider }),
        settings,
      );
      buildMs = performance.now() - begin;
    },
    async run(batch: Batch): Promise<InferenceResult> {
      if (!session) throw new WorkError('internal: an inference program was run before it had weights.');
      const pixels = pixelTensor(graph, [batch], [batchSize]);
      const outputs = await runSession(session, { [IMAGES.pixels]: pixels, ...fed });
      const values = (outputs[INFERENCE.logits] as Ort.Tensor).data as Float32Array;
      const result = softmaxAndLosses(values, batch.labels, batch.count, graph);
      if (watch === undefined) return result;
      // Of the output itself there are but the logits here.
      if (watch === outputNode(graph).name) return { ...result, activations: result.probabilities };
      const watched = (outputs[INFERENCE.activations] as Ort.Tensor).data as Float32Array;
      return { ...result, activations: watched.subarray(0, (watched.length / batchSize) * batch.count) };
    },
    async dispose() {
      await session?.release();
      session = undefined;
    },
  };
}

interface InferenceStep {
  readonly graph: Graph;
  readonly trace: Trace;
  /** Images a step. */
  readonly batch: number;
  readonly packed: readonly PackedWeight[];
  /** Whether a weight is an input of the graph instead of a constant in it. */
  readonly isFed: (weight: PackedWeight) => boolean;
  readonly provider: ProviderName;
}

/**
 * uint8 `pixels` [N, H, W, C] to `logits` [N, classes] in ONNX's plain layout with constant weights, which ONNX Runtime
 * lays out for the machine when it loads the program.
 */
function inferenceGraph({ graph, trace, batch, packed, isFed, provider }: InferenceStep): Uint8Array {
  const g = new GraphWriter();
  const [, , channels] = graph.input;
  const pixels = g.input(IMAGES.pixels, [batch, ...graph.input], pixelType(graph));
  const numbers = graph.takesNumbers ? pixels : g.cast(pixels);
  const scaled = scalePixels(g, graph, g.transpose(numbers, [0, 3, 1, 2]), [channels, 1, 1]);
  const weights = new Map(
    packed.map((weight): [string, Ref] => {
      const { name, data, dims } = weight;
      return [name, isFed(weight) ? g.input(name, dims) : g.constant(data, dims)];
    }),
  );
  const refs = writePlain(g, trace, { image: scaled, batch, weights, provider });
  g.output(refs.get(trace.output.id)!, INFERENCE.logits);
  const { watched } = trace;
  if (watched) g.output(asStored(g, refs.get(watched.id)!, watched, batch), INFERENCE.activations);
  return g.encode();
}

/** A value as Keras has it: channels last. */
function asStored(g: GraphWriter, ref: Ref, { shape }: Value, batch: number): Ref {
  if (shape.length !== 3) return g.op('Identity', [ref], [batch, ...shape]);
  return g.transpose(g.reshape(ref, [batch, ...shape]), [0, 2, 3, 1]);
}
