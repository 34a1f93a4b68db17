import { type Random, randomStream } from '../../../src/base/random.js';
import { sizeOf, type Tensors } from '../../../src/base/tensor.js';
import { exportModel } from '../../../src/engines/onnx/exchange/export.js';
import { ort } from '../../../src/engines/onnx/library/onnxruntime.js';
import { attributeMessage, float, valueInfo } from '../../../src/engines/onnx/write/messages.js';
import type {
  AttributeFields,
  NodeFields,
  TensorMessage,
  ValueFields,
} from '../../../src/engines/onnx/write/proto.js';
import { DATA_TYPES, decodeModel, encodeModel } from '../../../src/engines/onnx/write/proto.js';
import type { Graph } from '../../../src/models/graph/graph.js';

/** A file's graph, to be changed. */
export interface FileGraph {
  node: NodeFields[];
  initializer: TensorMessage[];
  input: ValueFields[];
  output: ValueFields[];
}

export function graphIn(bytes: Uint8Array): FileGraph {
  const { node, initializer, input, output } = decodeModel(bytes).graph!;
  return { node: [...node], initializer: [...initializer], input: [...input], output: [...output] };
}

/** The bytes of an exported network. */
export const exportedBytes = (graph: Graph, weights: Tensors): Uint8Array =>
  Buffer.concat([...exportModel(graph, weights, {}).parts()]);

export const bytesOf = (graph: FileGraph, opset = 17): Uint8Array =>
  encodeModel({
    graph: { name: 'net', ...graph },
    opsets: [{ domain: '', version: opset }],
    producerName: 'other',
  });

type Values = Readonly<Record<string, number | string | readonly number[]>>;

/** A node that writes the tensor `output`; whole numbers, lists of them and words as attributes, floats under `floats`. */
export function node(
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Values = {},
  floats: Readonly<Record<string, number>> = {},
): NodeFields {
  const attribute = [
    ...Object.entries(attributes).map(([name, value]) => attributeMessage(name, value)),
    ...Object.entries(floats).map(([name, value]) => attributeMessage(name, float(value))),
  ] as AttributeFields[];
  return { opType, name: `node_${output}`, input, output: [output], attribute };
}

export function floats(name: string, dims: readonly number[], values: ArrayLike<number>): TensorMessage {
  const { buffer } = Float32Array.from(values);
  return { name, dims, dataType: DATA_TYPES.float32, rawData: new Uint8Array(buffer) };
}

export function integers(name: string, values: readonly number[]): TensorMessage {
  const { buffer } = BigInt64Array.from(values, BigInt);
  return { name, dims: [values.length], dataType: DATA_TYPES.int64, rawData: new Uint8Array(buffer) };
}

/** Random values, never near 0 where they are variances. */
export class Weights {
  readonly initializer: TensorMessage[] = [];
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = randomStream(seed, 'weights');
  }

  make(name: string, dims: readonly number[], around = 0): string {
    const values = Float32Array.from(
      { length: sizeOf(dims) },
      () => around + (this.#random.below(1000) - 500) / 1000,
    );
    this.initializer.push(floats(name, dims, values));
    return name;
  }

  list(name: string, values: readonly number[]): string {
    this.initializer.push(integers(name, values));
    return name;
  }

  number(name: string, value: number): string {
    this.initializer.push(floats(name, [], [value]));
    return name;
  }

  norm(name: string, channels: number): string[] {
    return ['gamma', 'beta', 'mean', 'variance'].map((part, i) =>
      this.make(`${name}.${part}`, [channels], i % 3 === 0 ? 1 : 0),
    );
  }

  valuesOf(name: string): Float32Array {
    const { rawData } = this.initializer.find((tensor) => tensor.name === name)!;
    return new Float32Array(rawData!.slice().buffer);
  }
}

export const image = (dims: readonly (number | string)[]): ValueFields =>
  valueInfo('image', 'float32', dims) as ValueFields;
export const result = (name: string): ValueFields => valueInfo(name, 'float32', []) as ValueFields;

/** The graph's nodes in another valid order, every tensor and node under a name that says nothing. */
export function shuffled<G extends Pick<FileGraph, 'node' | 'initializer' | 'input' | 'output'>>(
  { node: nodes, initializer, input, output }: G,
  random: Random,
): { graph: FileGraph; names: ReadonlyMap<string, string> } {
  const names = new Map<string, string>();
  const all = [
    ...nodes.flatMap((n) => n.output ?? []),
    ...[...initializer, ...input].map(({ name = '' }) => name),
  ];
  for (const name of mixed(all, random)) if (!names.has(name)) names.set(name, `v${names.size}`);
  const renamed = (name: string) => names.get(name) ?? name;
  const known = new Set([...initializer, ...input].map(({ name = '' }) => name));
  const order: NodeFields[] = [];
  for (let left = [...nodes]; left.length > 0; ) {
    const ready = left.filter((n) => (n.input ?? []).every((name) => name === '' || known.has(name)));
    const next = ready[random.below(ready.length)]!;
    left = left.filter((n) => n !== next);
    order.push(next);
    for (const name of next.output ?? []) known.add(name);
  }
  const graph = {
    node: order.map((n, i) => ({
      ...n,
      name: `n${i}`,
      input: n.input?.map(renamed),
      output: n.output?.map(renamed),
    })),
    initializer: mixed(initializer, random).map((tensor) => ({
      ...tensor,
      name: renamed(tensor.name ?? ''),
    })),
    input: input.map((value) => ({ ...value, name: renamed(value.name) })),
    output: output.map((value) => ({ ...value, name: renamed(value.name) })),
  };
  return { graph, names };
}

function mixed<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  return Array.from(items, () => left.splice(random.below(left.length), 1)[0]!);
}

/** What ONNX Runtime makes of an input with the first output of a file. @throws where it takes neither */
export async function runFile(
  bytes: Uint8Array,
  values: Float32Array,
  dims: readonly number[],
): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4, intraOpNumThreads: 1 });
  try {
    const feed = { [session.inputNames[0]!]: new ort.Tensor('float32', values, dims) };
    const outputs = await session.run(feed);
    return outputs[session.outputNames[0]!]!.data as Float32Array;
  } finally {
    await session.release();
  }
}
