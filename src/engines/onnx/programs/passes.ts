import { sizeOf } from '../../../base/tensor.js';
import type { Graph } from '../../../models/graph/graph.js';
import type { Value } from '../../../models/lowering/onnx.js';
import { pictureChannel } from '../../../models/pixels.js';
import type { Emission, Emitted, GradientInRows } from '../operators/contract/operator.js';
import type { PlacedTrace } from '../plan/placement.js';
import { type Operation, operatorOf, valuesFrom, valuesThatNeedGradients } from '../plan/trace.js';
import {
  convertMap,
  layoutOfImages,
  type MapLayout,
  type MapSize,
  mapOfImages,
  viewOf,
} from '../write/map-layout.js';
import type { Ref } from '../write/ref.js';
import type { GraphWriter } from '../write/writer.js';
import { type EmittedLoss, emitLoss } from './loss.js';

interface StepInputs {
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
  /** Absent where weights change from run to run. */
  readonly once?: Emission['once'];
}

/** Writes forward pass, loss and backward pass; returns the loss, the gradient of every trained weight, and new running values. */
export function emitPasses(
  g: GraphWriter,
  graph: Graph,
  trace: PlacedTrace,
  inputs: StepInputs,
): Omit<EmittedLoss, 'gradient'> & {
  readonly gradients: ReadonlyMap<string, Ref>;
  readonly updates: ReadonlyMap<string, Ref>;
  readonly inRows: ReadonlyMap<string, GradientInRows>;
} {
  g.scope = 'input';
  const values = new PlacedValues(g, trace);
  values.set(trace.input, emitPixels(g, graph, inputs.pixels, trace), layoutOfImages(trace.blocks));
  const needed = valuesThatNeedGradients(trace);
  const tape: { operation: Operation; emitted: Emitted }[] = [];
  for (const operation of trace.operations) {
    const emitted = emitOperation(g, trace, operation, inputs, values, needed);
    values.set(operation.output, emitted.output, trace.placements.get(operation)!.output);
    tape.push({ operation, emitted });
  }
  const updates = new Map(tape.flatMap(({ emitted }) => [...(emitted.updates ?? [])]));
  const heads = emitHeads(g, graph, trace, values, inputs);
  return { ...heads, updates, ...emitBackward(trace, tape, values, needed, heads.pending) };
}

/** What a way forth and back begins with, and where it ends. All maps lie with the batch innermost. */
export interface WayBackInputs extends Pick<StepInputs, 'imageShares' | 'weight' | 'mask'> {
  /** [C, H * W, N] */
  readonly input: Ref;
  /** Of the output. */
  readonly gradient: Ref;
  /** The value that gradients go back to, where everything is as in use; where absent to the input, as in training. */
  readonly backTo?: Value;
}

/**
 * Writes forward and backward pass from a given gradient of the output instead of a loss, in a trace without blocks.
 * @returns every value by its id, the gradient of the value that it ends at and those of the trained weights behind it
 */
export function emitWayBack(
  g: GraphWriter,
  trace: PlacedTrace,
  inputs: WayBackInputs,
): {
  readonly values: ReadonlyMap<number, Ref>;
  readonly end: Ref;
  readonly gradients: ReadonlyMap<string, Ref>;
} {
  const values = new PlacedValues(g, trace);
  values.set(trace.input, inputs.input, 'innermost');
  const all = [trace.input, ...trace.operations.map(({ output }) => output)];
  const end = inputs.backTo ?? trace.input;
  const needed = valuesFrom(trace, end);
  const isInUse = inputs.backTo !== undefined;
  const tape = trace.operations.map((operation) => {
    const emitted = emitOperation(g, trace, operation, inputs, values, needed, isInUse);
    values.set(operation.output, emitted.output, 'innermost');
    return { operation, emitted };
  });
  const pending = new Map([[trace.output.id, inputs.gradient]]);
  const { gradients } = emitBackward(trace, tape, values, needed, pending);
  return {
    values: new Map(all.map((value) => [value.id, values.get(value, 'innermost')])),
    end: pending.get(end.id)!,
    gradients,
  };
}

/** Writes a forward pass with everything as in use. @returns each value with the batch innermost, [C, H * W, N] or [F, N] */
export function emitUse(
  g: GraphWriter,
  graph: Graph,
  trace: PlacedTrace,
  { pixels, weight, once }: Pick<StepInputs, 'pixels' | 'weight' | 'once'>,
): (value: Value) => Ref {
  g.scope = 'input';
  const values = new PlacedValues(g, trace);
  values.set(trace.input, emitPixels(g, graph, pixels, trace), layoutOfImages(trace.blocks));
  const nothing = (what: string) => (): never => {
    throw new Error(`internal: in use there is no ${what}`);
  };
  const inputs = { weight, once, mask: nothing('mask'), imageShares: pixels };
  for (const operation of trace.operations) {
    const { output } = emitOperation(g, trace, operation, inputs, values, new Set(), true);
    values.set(operation.output, output, trace.placements.get(operation)!.output);
  }
  return (value) => values.get(value, 'innermost');
}

const inEachRun =
  (g: GraphWriter): Emission['once'] =>
  (weight, _key, make) =>
    make(g, weight);

/** One operation in the formulation that it was placed in, as in training or in use. */
function emitOperation(
  g: GraphWriter,
  { placements, blocks, batch, formulation }: PlacedTrace,
  operation: Operation,
  {
    weight,
    mask,
    imageShares: imageShare,
    once = inEachRun(g),
  }: Pick<StepInputs, 'weight' | 'mask' | 'imageShares' | 'once'>,
  values: PlacedValues,
  needed: ReadonlySet<number>,
  isInUse = false,
): Emitted {
  const { kind, attributes, inputs, layer } = operation;
  const { blocked, inputs: layouts, output } = placements.get(operation)!;
  g.scope = layer;
  const given = inputs.map((value, i) => values.get(value, layouts[i]!));
  const wanted = inputs.map(({ id }) => needed.has(id));
  const view = viewOf(output, blocks, batch);
  const emission: Emission = { g, batch, blocks, formulation, view, weight, mask, imageShare, once };
  const operator = operatorOf(kind);
  const form = blocked ?? operator;
  const emit = isInUse ? (form.use ?? form.train) : form.train;
  return emit(emission, attributes, given, inputs, wanted);
}

/** The losses of the output and of auxiliary classifiers: their weighted sum, and where each sends its gradient. */
function emitHeads(
  g: GraphWriter,
  graph: Graph,
  trace: PlacedTrace,
  values: PlacedValues,
  { labels, imageWeights, labelSmoothing: smoothing }: StepInputs,
): { loss: Ref; correct: Ref; pending: Map<number, Ref> } {
  g.scope = 'loss';
  const lossOf = (value: Value, weights: Ref) =>
    emitLoss(g, graph.loss, { logits: values.get(value, 'innermost'), labels, weights, smoothing });
  const main = lossOf(trace.output, imageWeights);
  const pending = new Map([[trace.output.id, main.gradient]]);
  let { loss } = main;
  for (const { value, weight } of trace.auxiliaries) {
    const further = lossOf(value, g.scale(imageWeights, weight));
    loss = g.add(loss, further.loss);
    // Two heads may read the same logits.
    const before = pending.get(value.id);
    pending.set(value.id, before ? g.add(before, further.gradient) : further.gradient);
  }
  return { loss, correct: main.correct, pending };
}

/** @param pending the gradients of values that are known already, each in the layout of its value */
function emitBackward(
  { placements }: PlacedTrace,
  tape: readonly { operation: Operation; emitted: Emitted }[],
  values: PlacedValues,
  needed: ReadonlySet<number>,
  pending: Map<number, Ref>,
): { gradients: Map<string, Ref>; inRows: Map<string, GradientInRows> } {
  const gradients = new Map<string, Ref>();
  const inRows = new Map<string, GradientInRows>();
  for (const { operation, emitted } of [...tape].reverse()) {
    const incoming = pending.get(operation.output.id);
    if (!incoming || !needed.has(operation.output.id)) continue;
    const layouts = placements.get(operation)!.inputs;
    const { g } = values;
    g.scope = operation.layer;
    const before = operation.inputs.map((value, i) =>
      emitted.accumulates && layouts[i] === values.layoutOf(value) ? (pending.get(value.id) ?? null) : null,
    );
    const { inputs, weights, ...further } = emitted.backward(incoming, before);
    for (const [name, ref] of weights) gradients.set(name, ref);
    for (const [name, few] of further.inRows ?? []) inRows.set(name, few);
    operation.inputs.forEach((value, i) => {
      const ref = inputs[i];
      if (!ref || !needed.has(value.id)) return;
      const own = convertMap(g, ref, values.sizeOf(value), layouts[i]!, values.layoutOf(value));
      // A value that several operations read gets the sum of their gradients.
      const sum = before[i] ? undefined : pending.get(value.id);
      pending.set(value.id, sum ? g.add(sum, g.reshape(own, sum.dims)) : own);
    });
  }
  return { gradients, inRows };
}

/** What the forward pass has computed, in the layouts in which it is read. */
class PlacedValues {
  readonly #trace: PlacedTrace;
  readonly #known = new Map<number, { readonly layout: MapLayout; readonly refs: Map<MapLayout, Ref> }>();

  constructor(
    readonly g: GraphWriter,
    trace: PlacedTrace,
  ) {
    this.#trace = trace;
  }

  set({ id }: Value, ref: Ref, layout: MapLayout): void {
    this.#known.set(id, { layout, refs: new Map([[layout, ref]]) });
  }

  get(value: Value, wanted: MapLayout): Ref {
    const { layout, refs } = this.#known.get(value.id)!;
    const there = refs.get(wanted);
    if (there) return there;
    const made = convertMap(this.g, refs.get(layout)!, this.sizeOf(value), layout, wanted);
    refs.set(wanted, made);
    return made;
  }

  /** The layout in which a value was made, and its gradient is gathered. */
  layoutOf({ id }: Value): MapLayout {
    return this.#known.get(id)!.layout;
  }

  sizeOf({ shape: [channels, ...places] }: Value): MapSize {
    const { batch, blocks } = this.#trace;
    return { channels: channels!, places: sizeOf(places), batch, blocks };
  }
}

/** Bytes [N, H, W, C] to a map of scaled values. */
function emitPixels(g: GraphWriter, graph: Graph, pixels: Ref, { batch, blocks }: PlacedTrace): Ref {
  const [height, width, channels] = graph.input;
  const places = height * width;
  const images: Ref = graph.takesNumbers ? { ...pixels, type: 'float32' } : pixels;
  const map = mapOfImages(g, images, { channels, places, batch, blocks });
  const groups = layoutOfImages(blocks) === 'strips' ? batch / blocks.images : 1;
  const rows = g.reshape(map, [groups, channels, (places * batch) / groups]);
  return scalePixels(g, graph, rows, [channels, 1]);
}

/** Bytes [N, H, W, C] to scaled values in ONNX's plain layout, [N, C, H, W]. */
export function scaledImage(g: GraphWriter, graph: Graph, pixels: Ref): Ref {
  const numbers = graph.takesNumbers ? pixels : g.cast(pixels);
  return scalePixels(g, graph, g.transpose(numbers, [0, 3, 1, 2]), [graph.input[2], 1, 1]);
}

/**
 * value * scale[c] + offset[c], in the order of the network's channels.
 * @param values with a picture's channels on the second axis
 * @param dims broadcasts one value a channel
 */
function scalePixels(
  g: GraphWriter,
  { pixels, takesNumbers }: Graph,
  values: Ref,
  dims: readonly number[],
): Ref {
  if (takesNumbers) return values;
  const { scale, offset, channelOrder } = pixels;
  const order = scale.map((_, c) => pictureChannel(channelOrder, c, scale.length));
  const ordered = channelOrder === 'bgr' ? g.gather(values, order, 1) : values;
  const isScaled = scale.some((factor) => factor !== 1);
  const scaled = isScaled ? g.mul(ordered, g.constant(Float32Array.from(scale), dims)) : ordered;
  if (offset.every((o) => o === 0)) return scaled;
  return g.add(scaled, g.constant(Float32Array.from(offset), dims));
}
