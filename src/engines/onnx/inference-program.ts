import * as ort from 'onnxruntime-node';
import { WorkError } from '../../errors.js';
import { type Graph, outputNode, withoutAuxiliaries } from '../../models/graph.js';
import { sizeOf, type Tensors } from '../../tensor.js';
import type { Batch, InferenceOptions, InferenceProgram, InferenceResult } from '../engine.js';
import { softmaxAndLosses } from '../probabilities.js';
import { pack, packedDims } from './layout.js';
import type { Value } from './lowering.js';
import { planInference } from './plan.js';
import { createSession, runSession, type SessionSettings } from './session.js';
import { scalePixels } from './step.js';
import { operatorOf, type Trace, traceGraph, weightLayouts } from './trace.js';
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
  const constants = constantWeights(g, trace, weights);
  const emission = {
    g,
    batch,
    weight: (name: string) => constants.get(name)!,
    mask: (name: string): never => {
      throw new Error(`internal: the mask of ${name} was asked for in inference`);
    },
    get imageShare(): never {
      throw new Error('internal: the share of an image was asked for in inference');
    },
  };
  const refs = new Map<number, Ref>([[trace.input.id, scaled]]);
  for (const { kind, attributes, inputs, output } of trace.operations) {
    const given = inputs.map(({ id }) => refs.get(id)!);
    refs.set(output.id, operatorOf(kind).plain(emission, attributes, given, inputs));
  }
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

function constantWeights(g: GraphWriter, trace: Trace, weights: Tensors): Map<string, Ref> {
  const constants = new Map<string, Ref>();
  for (const [name, layout] of weightLayouts(trace)) {
    const tensor = weights.get(name);
    if (!tensor) throw new WorkError(`There is no tensor "${name}" among the weights.`);
    const size = sizeOf(layout.from);
    if (tensor.data.length !== size) {
      throw new WorkError(
        `The tensor "${name}" has ${tensor.data.length} values, but the model's has ${size}.`,
      );
    }
    const packed = new Float32Array(size);
    pack(layout, tensor.data, packed);
    constants.set(name, g.constant(packed, packedDims(layout)));
  }
  return constants;
}
