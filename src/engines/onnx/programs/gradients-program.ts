import type * as Ort from 'onnxruntime-node';
import { WorkError } from '../../../base/errors.js';
import { sizeOf, type Tensor } from '../../../base/tensor.js';
import { dropoutsOf, type Graph, outputNode, weightsOf } from '../../../models/graph/graph.js';
import type { Value } from '../../../models/lowering/onnx.js';
import type { GradientsOptions, GradientsProgram } from '../../engine.js';
import { ort } from '../library/onnxruntime.js';
import { createSession, runSession, type SessionSettings } from '../library/session.js';
import { unpack } from '../plan/layout.js';
import { type PlacedTrace, placeOperations } from '../plan/placement.js';
import { feedsOf, isInput, type PackedWeight, packedWeights } from '../plan/plain.js';
import { traceGraph, weightLayouts } from '../plan/trace.js';
import type { Ref } from '../write/ref.js';
import { GraphWriter } from '../write/writer.js';
import { withOpenEnd } from './layers-program.js';
import { maskName } from './names.js';
import { emitWayBack } from './passes.js';

/** Builds the program of one way forth and back through a graph without auxiliaries, from a given gradient of its output. */
export function createGradientsProgram(
  graph: Graph,
  { batchSize, backTo }: GradientsOptions,
  settings: SessionSettings,
): GradientsProgram {
  // Nothing is joined or in blocks: every layer's own output and gradient is wanted.
  const trace = placeOperations(traceGraph(withOpenEnd(graph)), batchSize, null);
  const parts = partsOf(graph, trace, backTo);
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
      const packed = [...packedWeights(weightLayouts(trace), weights)];
      const isFed = (weight: PackedWeight) => isInput(weight, settings.provider);
      fed = feedsOf(packed.filter(isFed));
      session = await createSession(gradientsGraph(parts, packed, isFed), settings);
      buildMs = performance.now() - begin;
    },
    async run({ input, gradient, masks }) {
      if (!session) throw new WorkError('internal: a program of gradients was run before it had weights.');
      const feeds: Record<string, Ort.Tensor> = {
        input: tensorOf(input),
        gradient: tensorOf(gradient),
        ...fed,
      };
      for (const { name, shape } of parts.dropouts) {
        feeds[maskName(name)] = new ort.Tensor('uint8', masks.get(name)!, [batchSize, ...shape]);
      }
      return resultOf(parts, await runSession(session, feeds));
    },
    async dispose() {
      await session?.release();
      session = undefined;
    },
  };
}

/** What is read and what is wanted of a graph. */
interface Parts {
  readonly graph: Graph;
  readonly trace: PlacedTrace;
  readonly backTo: Value | undefined;
  readonly dropouts: ReturnType<typeof dropoutsOf>;
  /** Layers whose outputs are wanted, and weights whose gradients are. */
  readonly shown: readonly string[];
  readonly trained: ReturnType<typeof weightsOf>;
}

function partsOf(graph: Graph, trace: PlacedTrace, backTo: string | undefined): Parts {
  const { nodes } = graph;
  if (backTo === undefined) {
    const trained = weightsOf(graph).filter(({ spec }) => spec.trainable);
    const shown = nodes.map(({ name }) => name);
    return { graph, trace, backTo, dropouts: dropoutsOf(graph), shown, trained };
  }
  const shown = [...new Set([backTo, outputNode(graph).name])];
  return { graph, trace, backTo: trace.layers.get(backTo)!, dropouts: [], shown, trained: [] };
}

const tensorOf = ({ shape, data }: Tensor): Ort.Tensor => new ort.Tensor('float32', data, [...shape]);

const layerName = (index: number): string => `layer:${index}`;
const weightName = (fullName: string): string => `gradient:${fullName}`;
const END_GRADIENT = 'gradient:end';

/** Float `input` [N, H, W, C] and `gradient` of the output to the layers' outputs and all gradients. */
function gradientsGraph(
  { graph, trace, backTo, dropouts, shown, trained }: Parts,
  packed: readonly PackedWeight[],
  isFed: (weight: PackedWeight) => boolean,
): Uint8Array {
  const { batch } = trace;
  const g = new GraphWriter();
  const weights = new Map(
    packed.map((weight): [string, Ref] => {
      const { name, data, dims } = weight;
      return [name, isFed(weight) ? g.input(name, dims) : g.constant(data, dims)];
    }),
  );
  const masks = new Map(
    dropouts.map(({ name, shape }): [string, Ref] => [
      name,
      g.input(maskName(name), [batch, ...shape], 'uint8'),
    ]),
  );
  const { values, end, gradients } = emitWayBack(g, trace, {
    input: batchInnermost(g, g.input('input', [batch, ...graph.input]), trace.input, batch),
    gradient: batchInnermost(
      g,
      g.input('gradient', [batch, ...outputNode(graph).outputShape]),
      trace.output,
      batch,
    ),
    backTo,
    imageShares: g.constant(new Float32Array(batch).fill(1 / batch), [batch]),
    weight: (name) => weights.get(name)!,
    mask: (name) => masks.get(name)!,
  });
  shown.forEach((name, i) => {
    const value = trace.layers.get(name)!;
    g.output(channelsLast(g, values.get(value.id)!, value, batch), layerName(i));
  });
  g.output(channelsLast(g, end, backTo ?? trace.input, batch), END_GRADIENT);
  for (const { fullName } of trained) {
    const ref = gradients.get(fullName)!;
    g.output(g.op('Identity', [ref], ref.dims), weightName(fullName));
  }
  return g.encode();
}

/** [N, H, W, C] or [N, F] as [C, H * W, N] or [F, N]. */
function batchInnermost(g: GraphWriter, ref: Ref, { shape }: Value, batch: number): Ref {
  const [channels, ...extents] = shape;
  return g.transpose(g.reshape(ref, [batch, sizeOf(extents), channels!]), [2, 1, 0]);
}

/** The other way round. */
function channelsLast(g: GraphWriter, ref: Ref, { shape }: Value, batch: number): Ref {
  const [channels, ...extents] = shape;
  const turned = g.transpose(g.reshape(ref, [channels!, sizeOf(extents), batch]), [2, 1, 0]);
  return g.reshape(turned, [batch, ...extents, channels!]);
}

function resultOf({ trace, shown, trained }: Parts, outputs: Ort.InferenceSession.OnnxValueMapType) {
  const valuesOf = (name: string) => outputs[name]!.data as Float32Array;
  const tensor = (name: string): Tensor => ({ shape: outputs[name]!.dims, data: valuesOf(name) });
  const layouts = weightLayouts(trace);
  return {
    outputs: new Map(shown.map((name, i) => [name, tensor(layerName(i))])),
    input: tensor(END_GRADIENT),
    weights: new Map(
      trained.map(({ fullName, spec }): [string, Tensor] => [
        fullName,
        { shape: spec.shape, data: unpack(layouts.get(fullName)!, valuesOf(weightName(fullName))) },
      ]),
    ),
  };
}
