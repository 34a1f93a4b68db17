import type * as Ort from 'onnxruntime-node';
import { WorkError } from '../../../base/errors.js';
import { sizeOf, type Tensors } from '../../../base/tensor.js';
import { type Graph, outputNode, withoutAuxiliaries } from '../../../models/graph/graph.js';
import type { Value } from '../../../models/lowering/onnx.js';
import type { Batch, InferenceOptions, InferenceProgram, InferenceResult } from '../../engine.js';
import { softmaxAndLosses } from '../../probabilities.js';
import { createSession, type ProviderName, runSession, type SessionSettings } from '../library/session.js';
import type { WeightLayout } from '../operators/contract/operator.js';
import { placedWeights } from '../plan/placement.js';
import { feedsOf, isInput, type PackedWeight, packedWeights, writePlain } from '../plan/plain.js';
import { type BlockedInference, planBlockedInference, planInference } from '../plan/plan.js';
import { type Trace, traceGraph, weightLayouts } from '../plan/trace.js';
import type { Ref } from '../write/ref.js';
import { GraphWriter } from '../write/writer.js';
import type { Abilities } from './abilities.js';
import { pixelTensor } from './batch-tensors.js';
import { pixelType } from './feeds.js';
import { IMAGES, INFERENCE } from './names.js';
import { emitUse, scalePixels } from './passes.js';

/** Builds the program of an inference step; it takes shape when weights are loaded, which it holds as constants. */
export async function createInferenceProgram(
  graph: Graph,
  { batchSize, watch }: InferenceOptions,
  settings: SessionSettings,
  abilities: Abilities,
): Promise<InferenceProgram> {
  const { layouts, fold, write } = planOf(graph, watch, batchSize, settings.provider, abilities);
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
      const packed = [...packedWeights(layouts, fold(weights))];
      const isFed = (weight: PackedWeight) => isInput(weight, settings.provider);
      fed = feedsOf(packed.filter(isFed));
      session = await createSession(
        inferenceGraph({ graph, batch: batchSize, packed, isFed, write }),
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

/** What an inference's graph reads, and how it is written. */
interface InferencePlan {
  readonly layouts: ReadonlyMap<string, WeightLayout>;
  /** What the program's weights are, from the network's. */
  fold(weights: Tensors): Tensors;
  /** @returns logits [N, classes], and what is watched with channels last, from bytes [N, H, W, C] */
  write(
    g: GraphWriter,
    pixels: Ref,
    weights: ReadonlyMap<string, Ref>,
  ): { readonly logits: Ref; readonly watched: Ref | null };
}

/** In blocks where filtering makes convolutions faster than ONNX Runtime does by itself; else in ONNX's plain layout. */
function planOf(
  graph: Graph,
  watch: string | undefined,
  batch: number,
  provider: ProviderName,
  { channelBlock, formulation }: Abilities,
): InferencePlan {
  const trace = planInference(traceGraph(withoutAuxiliaries(graph), watch));
  const placed = planBlockedInference(trace, batch, channelBlock, formulation);
  return placed ? blockedPlan(graph, placed, batch) : plainPlan(graph, trace, batch, provider);
}

function blockedPlan(graph: Graph, { trace, fold }: BlockedInference, images: number): InferencePlan {
  return {
    fold,
    layouts: placedWeights(trace),
    write(g, given, weights) {
      const missing = trace.batch - images;
      const pixels = g.pad(given, [0, 0, 0, 0], [missing, 0, 0, 0]);
      const values = emitUse(g, graph, trace, { pixels, weight: (name) => weights.get(name)! });
      const real = (ref: Ref) => (missing === 0 ? ref : g.slice(ref, 0, images, 0));
      const last = ({ id, shape }: Value): Ref => {
        const [channels, ...extents] = shape;
        const places = sizeOf(extents);
        const ref = g.reshape(values({ id, shape }), [channels!, places, trace.batch]);
        return real(g.reshape(g.transpose(ref, [2, 1, 0]), [trace.batch, ...extents, channels!]));
      };
      return { logits: last(trace.output), watched: trace.watched ? last(trace.watched) : null };
    },
  };
}

function plainPlan(graph: Graph, trace: Trace, batch: number, provider: ProviderName): InferencePlan {
  return {
    layouts: weightLayouts(trace),
    fold: (weights) => weights,
    write(g, pixels, weights) {
      const numbers = graph.takesNumbers ? pixels : g.cast(pixels);
      const channels = graph.input[2];
      const image = scalePixels(g, graph, g.transpose(numbers, [0, 3, 1, 2]), [channels, 1, 1]);
      const refs = writePlain(g, trace, { image, batch, weights, provider });
      const { watched } = trace;
      const own = watched && asStored(g, refs.get(watched.id)!, watched, batch);
      return { logits: refs.get(trace.output.id)!, watched: own ?? null };
    },
  };
}

interface InferenceStep {
  readonly graph: Graph;
  /** Images a step. */
  readonly batch: number;
  readonly packed: readonly PackedWeight[];
  /** Whether a weight is an input of the graph instead of a constant in it. */
  readonly isFed: (weight: PackedWeight) => boolean;
  readonly write: InferencePlan['write'];
}

/**
 * uint8 `pixels` [N, H, W, C] to `logits` [N, classes] with constant weights, which ONNX Runtime lays out, or transforms, for
 * the machine when it loads the program.
 */
function inferenceGraph({ graph, batch, packed, isFed, write }: InferenceStep): Uint8Array {
  const g = new GraphWriter();
  const pixels = g.input(IMAGES.pixels, [batch, ...graph.input], pixelType(graph));
  const weights = new Map(
    packed.map((weight): [string, Ref] => {
      const { name, data, dims } = weight;
      return [name, isFed(weight) ? g.input(name, dims) : g.constant(data, dims)];
    }),
  );
  const { logits, watched } = write(g, pixels, weights);
  g.output(logits, INFERENCE.logits);
  if (watched) g.output(watched, INFERENCE.activations);
  return g.encode();
}

/** A value as Keras has it: channels last. */
function asStored(g: GraphWriter, ref: Ref, { shape }: Value, batch: number): Ref {
  if (shape.length !== 3) return g.op('Identity', [ref], [batch, ...shape]);
  return g.transpose(g.reshape(ref, [batch, ...shape]), [0, 2, 3, 1]);
}
