import type * as Ort from 'onnxruntime-node';
import { WorkError } from '../../../base/errors.js';
import { sizeOf, type Tensor, type Tensors } from '../../../base/tensor.js';
import { dropoutsOf, type Graph, weightsOf } from '../../../models/graph/graph.js';
import type { Value } from '../../../models/lowering/onnx.js';
import type { GradientsProgram } from '../../engine.js';
import { ort } from '../library/onnxruntime.js';
import { createSession, runSession, type SessionSettings } from '../library/session.js';
import { unpack } from '../plan/layout.js';
import { type PlacedTrace, placeOperations } from '../plan/placement.js';
import { packedWeights } from '../plan/plain.js';
import { traceGraph, weightLayouts } from '../plan/trace.js';
import type { Ref } from '../write/ref.js';
import { GraphWriter } from '../write/writer.js';
import { withOpenEnd } from './layers-program.js';
import { maskName } from './names.js';
import { emitWayBack } from './passes.js';

/** Builds the program of one way forth and back through a graph without auxiliaries, from a given gradient of its output. */
export function createGradientsProgram(
  graph: Graph,
  batchSize: number,
  settings: SessionSettings,
): GradientsProgram {
  // Nothing is joined or in blocks: every layer's own output and gradient is wanted.
  const trace = placeOperations(traceGraph(withOpenEnd(graph)), batchSize, null);
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
      session = await createSession(gradientsGraph(graph, trace, weights), settings);
      buildMs = performance.now() - begin;
    },
    async run({ input, gradient, masks }) {
      if (!session) throw new WorkError('internal: a program of gradients was run before it had weights.');
      const feeds: Record<string, Ort.Tensor> = {
        input: tensorOf(input),
        gradient: tensorOf(gradient),
      };
      for (const { name, shape } of dropoutsOf(graph)) {
        feeds[maskName(name)] = new ort.Tensor('uint8', masks.get(name)!, [batchSize, ...shape]);
      }
      return resultOf(graph, trace, await runSession(session, feeds));
    },
    async dispose() {
      await session?.release();
      session = undefined;
    },
  };
}

const tensorOf = ({ shape, data }: Tensor): Ort.Tensor => new ort.Tensor('float32', data, [...shape]);

const layerName = (index: number): string => `layer:${index}`;
const weightName = (fullName: string): string => `gradient:${fullName}`;
const INPUT_GRADIENT = 'gradient:input';

/** Float `input` [N, H, W, C] and `gradient` of the output to the layers' outputs and all gradients. */
function gradientsGraph(graph: Graph, trace: PlacedTrace, given: Tensors): Uint8Array {
  const { batch } = trace;
  const g = new GraphWriter();
  const weights = new Map(
    [...packedWeights(trace, given)].map(({ name, data, dims }): [string, Ref] => [
      name,
      g.constant(data, dims),
    ]),
  );
  const masks = new Map(
    dropoutsOf(graph).map(({ name, shape }): [string, Ref] => [
      name,
      g.input(maskName(name), [batch, ...shape], 'uint8'),
    ]),
  );
  const { values, input, gradients } = emitWayBack(g, trace, {
    input: batchInnermost(g, g.input('input', [batch, ...graph.input]), trace.input, batch),
    gradient: batchInnermost(
      g,
      g.input('gradient', [batch, ...graph.nodes.at(-1)!.outputShape]),
      trace.output,
      batch,
    ),
    imageShares: g.constant(new Float32Array(batch).fill(1 / batch), [batch]),
    weight: (name) => weights.get(name)!,
    mask: (name) => masks.get(name)!,
  });
  graph.nodes.forEach(({ name }, i) => {
    const value = trace.layers.get(name)!;
    g.output(channelsLast(g, values.get(value.id)!, value, batch), layerName(i));
  });
  g.output(channelsLast(g, input, trace.input, batch), INPUT_GRADIENT);
  for (const [name, ref] of gradients) g.output(g.op('Identity', [ref], ref.dims), weightName(name));
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

function resultOf(graph: Graph, trace: PlacedTrace, outputs: Ort.InferenceSession.OnnxValueMapType) {
  const valuesOf = (name: string) => outputs[name]!.data as Float32Array;
  const tensor = (name: string): Tensor => ({ shape: outputs[name]!.dims, data: valuesOf(name) });
  const layouts = weightLayouts(trace);
  const trained = weightsOf(graph).filter(({ spec }) => spec.trainable);
  return {
    outputs: new Map(graph.nodes.map(({ name }, i) => [name, tensor(layerName(i))])),
    input: tensor(INPUT_GRADIENT),
    weights: new Map(
      trained.map(({ fullName, spec }): [string, Tensor] => [
        fullName,
        { shape: spec.shape, data: unpack(layouts.get(fullName)!, valuesOf(weightName(fullName))) },
      ]),
    ),
  };
}
