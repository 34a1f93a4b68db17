import { UsageError } from '../../../base/errors.js';
import { setting } from '../../../base/text/settings.js';
import { listed } from '../../../base/text/words.js';
import { asLogits, type Graph, outputNode, withoutAuxiliaries } from '../../../models/graph/graph.js';
import type { OperatorAttributes, OperatorKind, Value } from '../../../models/lowering/onnx.js';
import { type Folded, foldNorms } from '../plan/fold-norms.js';
import { planInference } from '../plan/plan.js';
import { type Operation, type Trace, traceGraph } from '../plan/trace.js';

/** What multiplies bytes. */
const PRODUCTS: ReadonlySet<OperatorKind> = new Set(['conv2d', 'dense']);
/** What gives some of the bytes that it reads, and so keeps their scale; in int8 where its input comes out of int8. */
const PASSING: ReadonlySet<OperatorKind> = new Set(['maxPool2d', 'flatten']);
/** What else ONNX Runtime computes of bytes, where all inputs come out of int8. */
const SUMS: ReadonlySet<OperatorKind> = new Set(['averagePool2d', 'add', 'concat']);

/** An inference of which some operations are computed in int8. */
export interface Int8Plan extends Folded {
  /** Those whose weights are kept as signed bytes. */
  readonly products: ReadonlySet<Operation>;
  /** For each value that is kept as bytes, by its id, the id of the value whose range gives its scale. */
  readonly ranged: ReadonlyMap<number, number>;
  /** What stays float32, in the order of the graph: "lrn_1", "conv2d_1 (tanh)". */
  readonly floats: readonly string[];
}

/**
 * Decides what of an inference is computed in int8: convolutions and dense layers, with ReLU behind them, pooling, sums,
 * and what only rearranges values. Batch normalization is folded into the convolutions before it. The last operation's result, the
 * logits, stays as it comes, and what int8 does not suit (LRN, tanh, softmax, ...) is computed in float32.
 * @throws UsageError where there is nothing to compute in int8
 */
export function planInt8(graph: Graph, watch?: string): Int8Plan {
  const used = withoutAuxiliaries(graph);
  const { trace, fold } = foldNorms(withoutDropout(planInference(traceGraph(used, watch))));
  const { int8, rectified } = int8Operations(trace);
  const products = new Set([...int8].filter(({ kind }) => PRODUCTS.has(kind)));
  if (products.size === 0) {
    throw new UsageError(
      `${graph.name} has no convolution and no dense layer that could be computed in int8: leave ${setting('dtype', 'int8')} out.`,
    );
  }
  const isOpen = (value: Value) => value.id === trace.output.id || rectified.has(value.id);
  const ranged = new Map<number, number>();
  for (const operation of trace.operations) {
    const { kind, inputs, output } = operation;
    const ofRelu = rectified.has(inputs[0]!.id);
    if (!ofRelu && !int8.has(operation)) continue;
    const [first] = inputs;
    if (!ofRelu) for (const { id } of inputs) if (!ranged.has(id)) ranged.set(id, id);
    if (!isOpen(output)) ranged.set(output.id, PASSING.has(kind) ? ranged.get(first!.id)! : output.id);
  }
  const floats = trace.operations.filter((o) => !int8.has(o) && !rectified.has(o.inputs[0]!.id)).map(nameOf);
  return {
    trace,
    fold,
    products,
    ranged,
    floats: [...new Set([...floats, ...lastActivation(used)])],
  };
}

/** In use dropout does nothing: what read its result reads what it read. */
function withoutDropout(trace: Trace): Trace {
  const before = new Map<number, Value>();
  const given = (value: Value): Value => before.get(value.id) ?? value;
  const operations: Operation[] = [];
  for (const operation of trace.operations) {
    const inputs = operation.inputs.map(given);
    if (operation.kind === 'dropout') before.set(operation.output.id, inputs[0]!);
    else operations.push({ ...operation, inputs });
  }
  const { output, watched } = trace;
  return { ...trace, operations, output: given(output), ...(watched && { watched: given(watched) }) };
}

/**
 * The operations in int8, and the values, by their ids, behind some of them that nobody reads but a ReLU: it is no operation of its own
 * then, as bytes whose zero point is 0 have no negative values.
 */
function int8Operations(trace: Trace) {
  const int8 = new Set<Operation>();
  const rectified = new Set<number>();
  const asBytes = new Set<number>();
  for (const operation of trace.operations) {
    const { kind, inputs, output } = operation;
    const follows = PASSING.has(kind) || SUMS.has(kind);
    const fromBytes = inputs.every(({ id }) => asBytes.has(id) && !rectified.has(id));
    if (PRODUCTS.has(kind) || (follows && fromBytes)) {
      int8.add(operation);
      if (!PASSING.has(kind) && isReadByReluAlone(trace, operation)) rectified.add(output.id);
      asBytes.add(output.id);
    } else if (rectified.has(inputs[0]!.id)) asBytes.add(output.id);
  }
  return { int8, rectified };
}

function isReadByReluAlone(trace: Trace, { output: { id } }: Operation): boolean {
  const readers = trace.operations.filter(({ inputs }) => inputs.some((input) => input.id === id));
  const [reader] = readers;
  if (readers.length !== 1 || reader!.kind !== 'activation') return false;
  const { activation } = reader!.attributes as OperatorAttributes['activation'];
  return activation === 'relu' && id !== trace.output.id && id !== trace.watched?.id;
}

function nameOf({ kind, layer, attributes }: Operation): string {
  if (kind !== 'activation') return layer;
  return `${layer} (${(attributes as OperatorAttributes['activation']).activation})`;
}

/** What is computed of the logits. */
function lastActivation(graph: Graph): string[] {
  const { name, activation } = outputNode(graph);
  return outputNode(asLogits(graph)).activation === activation ? [] : [`${name} (${activation})`];
}

/** In a sentence, what of a network in int8 is computed in float32. */
export function float32Words(layers: readonly string[]): string {
  if (layers.length === 0) return 'all of it is computed in int8.';
  const meaning = layers.some((name) => name.endsWith(')'))
    ? ' (in brackets: of a layer its activation alone)'
    : '';
  return `computed in float32 in int8 too${meaning}: ${listed(layers)}.`;
}
