import type * as Ort from 'onnxruntime-node';
import { WorkError } from '../../../base/errors.js';
import { sizeOf, type Tensors } from '../../../base/tensor.js';
import { type Graph, outputNode, withoutAuxiliaries } from '../../../models/graph/graph.js';
import type { Value } from '../../../models/lowering/onnx.js';
import type { Batch, InferenceOptions, InferenceProgram, InferenceResult } from '../../engine.js';
import { softmaxAndLosses } from '../../probabilities.js';
import { bytesOverflow } from '../int8/exact-bytes.js';
import type { Range } from '../int8/numbers.js';
import { type Int8Plan, planInt8 } from '../int8/plan.js';
import { writeInt8 } from '../int8/write.js';
import { createSession, type ProviderName, runSession, type SessionSettings } from '../library/session.js';
import type { WeightLayout } from '../operators/contract/operator.js';
import type { Folded } from '../plan/fold-norms.js';
import { foldScale } from '../plan/fold-scale.js';
import { imagesAsChannels, inShape } from '../plan/images-as-channels.js';
import { placedWeights } from '../plan/placement.js';
import { feedsOf, isInput, type PackedWeight, packedWeights, weightRefs, writePlain } from '../plan/plain.js';
import { type BlockedInference, planBlockedInference, planInference } from '../plan/plan.js';
import { type Trace, traceGraph, weightLayouts } from '../plan/trace.js';
import type { Ref } from '../write/ref.js';
import { GraphWriter } from '../write/writer.js';
import type { Abilities } from './abilities.js';
import { pixelTensor } from './batch-tensors.js';
import { pixelType } from './feeds.js';
import { IMAGES, INFERENCE } from './names.js';
import { emitUse, scaledImage } from './passes.js';
import { Preparation } from './preparation.js';
import { measureRanges } from './value-ranges.js';

/** Builds the program of an inference step; it takes shape when weights are loaded, which it holds as constants or is fed with. */
export async function createInferenceProgram(
  graph: Graph,
  options: InferenceOptions,
  settings: SessionSettings,
  abilities: Abilities,
): Promise<InferenceProgram> {
  const { batchSize, watch } = options;
  const build = builderOf(graph, options, settings, abilities);
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
      const built = await build(weights);
      fed = built.fed;
      session = await createSession(built.program, { ...settings, exactBytes: built.exactBytes });
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

/** A graph with a network's weights, and those of them that it is given with each run. */
interface Built {
  readonly program: Uint8Array;
  readonly fed: Record<string, Ort.Tensor>;
  /** See `SessionSettings`. */
  readonly exactBytes?: boolean;
}

/** What makes a graph of weights: in int8 where there are images to calibrate with, else in float32. */
function builderOf(
  graph: Graph,
  { batchSize: batch, watch, calibration }: InferenceOptions,
  settings: SessionSettings,
  abilities: Abilities,
): (weights: Tensors) => Promise<Built> {
  if (calibration) {
    if (settings.provider !== 'cpu') throw new Error('internal: there is no int8 but on the CPU');
    const plan = planInt8(graph, watch);
    return async (weights) => {
      const ranges = await measureRanges(graph, plan, weights, calibration, settings);
      const program = int8Graph(graph, plan, batch, weights, ranges);
      return { program, fed: {}, exactBytes: await bytesOverflow() };
    };
  }
  const { layouts, fold, write } = planOf(graph, watch, batch, settings.provider, abilities);
  return async (weights) => {
    const packed = [...packedWeights(layouts, fold(weights))];
    const isFed = (weight: PackedWeight) => isInput(weight, settings.provider);
    const { program, preparation } = inferenceGraph({ graph, batch, packed, isFed, write });
    return { program, fed: { ...feedsOf(packed.filter(isFed)), ...(await preparation.run(settings)) } };
  };
}

/** The same as `inferenceGraph` with values as bytes, see `writeInt8`. */
function int8Graph(
  graph: Graph,
  plan: Int8Plan,
  batch: number,
  weights: Tensors,
  ranges: ReadonlyMap<number, Range>,
): Uint8Array {
  const g = new GraphWriter();
  const image = scaledImage(g, graph, g.input(IMAGES.pixels, [batch, ...graph.input], pixelType(graph)));
  const constant = (_name: string, data: () => Float32Array, dims: readonly number[]) =>
    g.constant(data(), dims);
  const refs = writeInt8(g, plan, { image, weights, ranges, constant });
  writeOutputs(g, plainOutputs(g, plan.trace, batch, refs));
  return g.encode();
}

/** What an inference's graph reads, and how it is written. */
interface InferencePlan {
  readonly layouts: ReadonlyMap<string, WeightLayout>;
  /** What the program's weights are, from the network's. */
  fold(weights: Tensors): Tensors;
  /** From bytes [N, H, W, C]. */
  write(
    g: GraphWriter,
    pixels: Ref,
    weights: ReadonlyMap<string, Ref>,
    preparation: Preparation,
  ): InferenceOutputs;
}

/** Logits [N, classes], and what is watched with channels last. */
interface InferenceOutputs {
  readonly logits: Ref;
  readonly watched: Ref | null;
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
  const { graph: scaled, fold } = foldScale(graph, trace);
  const placed = planBlockedInference(trace, batch, channelBlock, formulation);
  const plan = placed
    ? blockedPlan(scaled, placed, batch)
    : plainPlan(scaled, besideOnCpu(graph, trace, batch, provider, channelBlock), batch, provider);
  return { ...plan, fold: (weights) => plan.fold(fold(weights)) };
}

/** Images as channels on the CPU, where they are bytes: numbers may be infinite. */
function besideOnCpu(
  { takesNumbers }: Graph,
  trace: Trace,
  batch: number,
  provider: ProviderName,
  block: number | null,
): Folded {
  if (provider === 'cpu' && block !== null && !takesNumbers) return imagesAsChannels(trace, batch, block);
  return { trace, fold: (weights) => weights };
}

function blockedPlan(graph: Graph, { trace, fold }: BlockedInference, images: number): InferencePlan {
  return {
    fold,
    layouts: placedWeights(trace),
    write(g, given, weights, preparation) {
      const missing = trace.batch - images;
      const pixels = g.pad(given, [0, 0, 0, 0], [missing, 0, 0, 0]);
      const values = emitUse(g, graph, trace, {
        pixels,
        weight: (name) => weights.get(name)!,
        once: (weight, key, make) => preparation.once(weight, key, make),
      });
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

function plainPlan(
  graph: Graph,
  { trace, fold }: Folded,
  batch: number,
  provider: ProviderName,
): InferencePlan {
  return {
    layouts: weightLayouts(trace),
    fold,
    write(g, pixels, weights) {
      const image = scaledImage(g, graph, pixels);
      const refs = writePlain(g, trace, { image, weights, provider });
      return plainOutputs(g, trace, batch, refs);
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
 * the machine when it loads the program; what convolutions make of theirs is prepared apart from it.
 */
function inferenceGraph({ graph, batch, packed, isFed, write }: InferenceStep): {
  readonly program: Uint8Array;
  readonly preparation: Preparation;
} {
  const g = new GraphWriter();
  const pixels = g.input(IMAGES.pixels, [batch, ...graph.input], pixelType(graph));
  const weights = weightRefs(g, packed, isFed);
  const preparation = new Preparation(g, weights, packed);
  writeOutputs(g, write(g, pixels, weights, preparation));
  return { program: g.encode(), preparation };
}

function writeOutputs(g: GraphWriter, { logits, watched }: InferenceOutputs): void {
  g.output(logits, INFERENCE.logits);
  if (watched) g.output(watched, INFERENCE.activations);
}

/** Of values in ONNX's plain layout. */
function plainOutputs(
  g: GraphWriter,
  { output, watched }: Trace,
  batch: number,
  refs: ReadonlyMap<number, Ref>,
): InferenceOutputs {
  const own = watched && asStored(g, refs.get(watched.id)!, watched, batch);
  return { logits: refs.get(output.id)!, watched: own ?? null };
}

/** A value as Keras has it: channels last. */
function asStored(g: GraphWriter, ref: Ref, { shape }: Value, batch: number): Ref {
  if (shape.length !== 3) return g.op('Identity', [ref], [batch, ...shape]);
  return g.transpose(inShape(g, ref, batch, shape), [0, 2, 3, 1]);
}
