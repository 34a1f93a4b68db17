import { asLogits, type Graph, INPUT, outputNode, weightsOf } from '../../../models/graph/graph.js';
import { layerDef } from '../../../models/layers/index.js';
import type { OperatorAttributes, OperatorKind, Operators, Value } from '../../../models/lowering/onnx.js';
import type { Operator, WeightLayout } from '../operators/contract/operator.js';
import { OPERATORS } from '../operators/index.js';

/** One use of an operator. */
export interface Operation<K extends OperatorKind = OperatorKind> {
  readonly kind: K;
  readonly attributes: OperatorAttributes[K];
  readonly inputs: readonly Value[];
  readonly output: Value;
  /** The layer it comes from, for messages and profiles. */
  readonly layer: string;
  /** How many images it reads side by side, as channels of one: see `imagesAsChannels`. */
  readonly beside?: number;
}

/** A graph as a list of operations up to the logits, each after those it reads. */
export interface Trace {
  readonly input: Value;
  readonly operations: readonly Operation[];
  /** The logits of the model's output, and of classifiers that count in training only. */
  readonly output: Value;
  readonly auxiliaries: readonly { readonly value: Value; readonly weight: number }[];
  /** The output of a layer that is wanted as well. */
  readonly watched?: Value;
  /** The full names of the weights that are trained. */
  readonly trained: ReadonlySet<string>;
  /** What each layer gives, by its name. */
  readonly layers: ReadonlyMap<string, Value>;
}

/** Lowers every layer to operators; `watch` names a layer whose output is to be kept. */
export function traceGraph(graph: Graph, watch?: string): Trace {
  const operations: Operation[] = [];
  const [height, width, channels] = graph.input;
  const input: Value = { id: 0, shape: [channels, height, width] };
  const values = new Map<string, Value>([[INPUT, input]]);
  let layer = INPUT;

  const record =
    <K extends OperatorKind>(kind: K) =>
    (given: Value | readonly Value[], attributes: OperatorAttributes[K]): Value => {
      const inputs = Array.isArray(given) ? (given as readonly Value[]) : [given as Value];
      const { shape } = operatorOf(kind).shape(inputs, attributes);
      const output = { id: operations.length + 1, shape };
      operations.push({ kind, attributes, inputs, output, layer });
      return output;
    };
  const operators = Object.fromEntries(
    (Object.keys(OPERATORS) as OperatorKind[]).map((kind) => [kind, record(kind)]),
  ) as unknown as Operators;

  for (const node of asLogits(graph).nodes) {
    layer = node.name;
    const inputs = node.inputs.map((name) => values.get(name)!);
    const value = layerDef(node.kind).onnx(
      operators,
      node as Parameters<ReturnType<typeof layerDef>['onnx']>[1],
      inputs,
    );
    const { activation } = node;
    values.set(node.name, activation === 'linear' ? value : operators.activation(value, { activation }));
  }
  const auxiliaries = graph.auxiliaries.map(({ node, weight }) => ({ value: values.get(node)!, weight }));
  const watched = watch === undefined ? undefined : values.get(watch);
  const output = values.get(outputNode(graph).name)!;
  const trained = new Set(
    weightsOf(graph).flatMap(({ fullName, spec }) => (spec.trainable ? [fullName] : [])),
  );
  return { input, operations, output, auxiliaries, watched, trained, layers: values };
}

/** The definition of an operator, with its attributes' type forgotten. */
export function operatorOf(kind: OperatorKind): Operator<OperatorKind> {
  return OPERATORS[kind] as unknown as Operator<OperatorKind>;
}

/** How each weight is laid out inside the engine, by its full name. */
export function weightLayouts(trace: Trace): ReadonlyMap<string, WeightLayout> {
  const layouts = trace.operations.flatMap((o) => operatorOf(o.kind).weights?.(o.inputs, o.attributes) ?? []);
  return new Map(layouts.map((layout) => [layout.name, layout]));
}

/** The values, by their ids, that weights which are trained have a part in: the others' gradients are never asked for. */
export function valuesThatNeedGradients(trace: Trace): Set<number> {
  const needed = new Set<number>();
  for (const { kind, inputs, attributes, output } of trace.operations) {
    const weights = operatorOf(kind).weights?.(inputs, attributes) ?? [];
    const isTrained = weights.some(({ name }) => trace.trained.has(name));
    if (isTrained || inputs.some(({ id }) => needed.has(id))) needed.add(output.id);
  }
  return needed;
}

/** The ids of a value and of all that are computed from it. */
export function valuesFrom({ operations }: Trace, first: Value): Set<number> {
  const found = new Set([first.id]);
  for (const { inputs, output } of operations)
    if (inputs.some(({ id }) => found.has(id))) found.add(output.id);
  return found;
}
