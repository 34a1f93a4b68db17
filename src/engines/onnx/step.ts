import type { Graph } from '../../models/graph.js';
import { type EmittedLoss, emitLoss } from './loss.js';
import { innermostBatch } from './operators/dropout.js';
import type { Emission, Emitted } from './operators/operator.js';
import { type Operation, operatorOf, type Trace } from './trace.js';
import type { GraphWriter, Ref } from './writer.js';

export interface StepInputs {
  /** uint8 [N, H, W, C] */
  readonly pixels: Ref;
  /** int32 [N] */
  readonly labels: Ref;
  /** What each image counts for, [N]: 1 / count, or 0 for padding. */
  readonly imageWeights: Ref;
  /** The share of each image in the means of batch normalization, [N]: as `imageWeights`, but of these images alone. */
  readonly imageShares: Ref;
  readonly labelSmoothing: number;
  weight(name: string): Ref;
  mask(name: string): Ref;
}

/** Writes forward pass, loss and backward pass; returns the loss, the gradient of every trained weight, and new running values. */
export function emitStep(
  g: GraphWriter,
  graph: Graph,
  trace: Trace,
  batch: number,
  inputs: StepInputs,
): Omit<EmittedLoss, 'gradient'> & {
  readonly gradients: ReadonlyMap<string, Ref>;
  readonly updates: ReadonlyMap<string, Ref>;
} {
  const emission: Emission = {
    g,
    batch,
    weight: inputs.weight,
    mask: inputs.mask,
    imageShare: inputs.imageShares,
  };
  const refs = new Map<number, Ref>([[trace.input.id, emitPixels(g, graph, inputs.pixels, batch)]]);
  const needed = valuesThatNeedGradients(trace);
  const tape: { operation: Operation; emitted: Emitted }[] = [];
  for (const operation of trace.operations) {
    const { kind, attributes, output } = operation;
    const given = operation.inputs.map(({ id }) => refs.get(id)!);
    const wanted = operation.inputs.map(({ id }) => needed.has(id));
    const emitted = operatorOf(kind).train(emission, attributes, given, operation.inputs, wanted);
    refs.set(output.id, emitted.output);
    tape.push({ operation, emitted });
  }
  const updates = new Map(tape.flatMap(({ emitted }) => [...(emitted.updates ?? [])]));
  const heads = emitHeads(g, graph, trace, refs, inputs);
  return { ...heads, updates, gradients: emitBackward(g, tape, needed, heads.pending) };
}

/** The losses of the output and of auxiliary classifiers: their weighted sum, and where each sends its gradient. */
function emitHeads(
  g: GraphWriter,
  graph: Graph,
  trace: Trace,
  refs: ReadonlyMap<number, Ref>,
  { labels, imageWeights, labelSmoothing }: StepInputs,
): { loss: Ref; correct: Ref; pending: Map<number, Ref> } {
  const lossOf = (id: number, weights: Ref) =>
    emitLoss(g, graph.loss, { logits: refs.get(id)!, labels, weights, smoothing: labelSmoothing });
  const main = lossOf(trace.output.id, imageWeights);
  const pending = new Map([[trace.output.id, main.gradient]]);
  let { loss } = main;
  for (const { value, weight } of trace.auxiliaries) {
    const further = lossOf(value.id, g.scale(imageWeights, weight));
    loss = g.add(loss, further.loss);
    pending.set(value.id, further.gradient);
  }
  return { loss, correct: main.correct, pending };
}

/** @param pending the gradients of values that are known already */
function emitBackward(
  g: GraphWriter,
  tape: readonly { operation: Operation; emitted: Emitted }[],
  needed: ReadonlySet<number>,
  pending: Map<number, Ref>,
): Map<string, Ref> {
  const gradients = new Map<string, Ref>();
  for (const { operation, emitted } of [...tape].reverse()) {
    const incoming = pending.get(operation.output.id);
    if (!incoming || !needed.has(operation.output.id)) continue;
    const { inputs, weights } = emitted.backward(incoming);
    for (const [name, ref] of weights) gradients.set(name, ref);
    operation.inputs.forEach(({ id }, i) => {
      const ref = inputs[i];
      if (!ref || !needed.has(id)) return;
      const before = pending.get(id);
      // A value that several operations read gets the sum of their gradients.
      pending.set(id, before ? g.add(before, g.reshape(ref, before.dims)) : ref);
    });
  }
  return gradients;
}

/** Values that weights have a part in: the others' gradients are never asked for. */
function valuesThatNeedGradients(trace: Trace): Set<number> {
  const needed = new Set<number>();
  for (const { kind, inputs, attributes, output } of trace.operations) {
    const hasWeights = (operatorOf(kind).weights?.(inputs, attributes).length ?? 0) > 0;
    if (hasWeights || inputs.some(({ id }) => needed.has(id))) needed.add(output.id);
  }
  return needed;
}

/** Bytes [N, H, W, C] to scaled values with the batch innermost, [C, H, W, N]. */
function emitPixels(g: GraphWriter, graph: Graph, pixels: Ref, batch: number): Ref {
  const [height, width, channels] = graph.input;
  const places = [height, width];
  const values = g.reshape(innermostBatch(g, g.cast(pixels), channels, places, batch), [
    channels,
    height * width * batch,
  ]);
  return scalePixels(g, graph, values, [channels, 1]);
}

/** value * scale[c] + offset[c]; `dims` broadcasts one value a channel. */
export function scalePixels(g: GraphWriter, { pixels }: Graph, values: Ref, dims: readonly number[]): Ref {
  const scaled = g.mul(values, g.constant(Float32Array.from(pixels.scale), dims));
  if (pixels.offset.every((o) => o === 0)) return scaled;
  return g.add(scaled, g.constant(Float32Array.from(pixels.offset), dims));
}
