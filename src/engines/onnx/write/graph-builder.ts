import { sizeOf } from '../../../base/tensor.js';
import { type Attribute, attributeMessage, type Extent, sequenceInfo, valueInfo } from './messages.js';
import { keyOf, type Node } from './node.js';
import { DATA_TYPES, type DataType, encodeModel, type LateValues } from './proto.js';
import type { Ref } from './ref.js';

/** A tensor that leaves the graph. */
interface Output {
  readonly ref: Ref;
  readonly name: string;
  readonly type: DataType;
  /** null for a sequence of tensors. */
  readonly dims: readonly Extent[] | null;
}

/** From so many values on a tensor is computed once more rather than kept, where that is asked for: 5 MB. */
const WORTHWHILE = 1.25e6;

/** Up to so many bytes a constant may lie in a program several times, in different extents. */
const SMALL_BYTES = 65_536;

/**
 * One ONNX graph (opset 17) in the making: its inputs, constants, nodes and outputs, their names, and its bytes. What
 * single operators are for is the business of `GraphWriter`.
 */
export class GraphBuilder {
  static readonly OPSET: number = 17;
  readonly #prefix: string;
  readonly #nodes: Node[] = [];
  /** Constants as protobuf messages, by name. */
  readonly #initializers = new Map<string, object>();
  readonly #inputs: object[] = [];
  readonly #outputs: Output[] = [];
  /** What nodes without a subgraph give, by what they compute. */
  readonly #same = new Map<string, readonly Ref[]>();
  /** The names of inputs. */
  readonly #given = new Set<string>();
  /** Tensors that take little time to compute, by name, and those that were computed once more. */
  readonly #light = new Map<string, Ref | null>();
  #count = 0;
  /** The layer that is being written: it stands in front of its nodes' names. */
  scope = '';

  /** @param prefix sets the names of a subgraph apart from those around it. */
  constructor(prefix = '') {
    this.#prefix = prefix;
  }

  /** An input of the graph; an extent given as a word may differ from run to run. */
  input(name: string, dims: readonly Extent[], type: DataType = 'float32'): Ref {
    this.#inputs.push(valueInfo(name, type, dims));
    this.#given.add(name);
    return { name, dims: dims.map((d) => (typeof d === 'number' ? d : 1)) };
  }

  /** Makes `ref` an output. The node that makes it is renamed: an Identity would be a copy. */
  output(ref: Ref, name: string, type: DataType = 'float32', dims: readonly Extent[] = ref.dims): void {
    this.#outputs.push({ ref, name, type, dims });
  }

  /** An output that is an empty sequence of tensors. */
  emptySequence(name: string): void {
    const type = 'float32';
    const ref = this.op('SequenceEmpty', [], [], { dtype: DATA_TYPES[type] });
    this.#outputs.push({ ref, name, type, dims: null });
  }

  /** Any operator with one output of extents `dims`. An input left out is ''. */
  op(
    opType: string,
    inputs: readonly (Ref | '')[],
    dims: readonly number[],
    attributes: Record<string, Attribute> = {},
    domain = '',
  ): Ref {
    return this.multi(opType, inputs, [dims], attributes, domain)[0]!;
  }

  /** Any operator with several outputs. A node that computes the same of the same as an earlier one is that one. */
  multi(
    opType: string,
    inputs: readonly (Ref | '')[],
    outputs: readonly (readonly number[])[],
    attributes: Record<string, Attribute> = {},
    domain = '',
  ): Ref[] {
    const key = keyOf(opType, domain, inputs, attributes);
    const known = key === null ? undefined : this.#same.get(key);
    if (known) return known.map(({ name }, i) => ({ name, dims: outputs[i]! }));
    const refs = outputs.map((dims) => ({ name: this.fresh(), dims }));
    if (key !== null) this.#same.set(key, refs);
    this.#nodes.push({
      opType,
      domain,
      name: this.nodeName(opType),
      input: inputs.map((i) => (i === '' ? '' : i.name)),
      output: refs.map((ref) => ref.name),
      captured: Object.values(attributes).flatMap((value) =>
        typeof value === 'object' && 'graph' in value ? value.graph.outerNames() : [],
      ),
      attribute: Object.entries(attributes).map(([name, value]) => attributeMessage(name, value)),
    });
    return refs;
  }

  /** Tells that a tensor takes little time to compute: see `again`. */
  light(ref: Ref): Ref {
    if (sizeOf(ref.dims) >= WORTHWHILE && !this.#light.has(ref.name)) this.#light.set(ref.name, null);
    return ref;
  }

  /**
   * A light tensor computed once more by a node of its own, so that it need not be kept until then; another one, or one of
   * few values, as it is.
   */
  again(ref: Ref): Ref {
    const known = this.#light.get(ref.name);
    if (known !== null) return known ?? ref;
    const node = this.#nodes.find(({ output: [name] }) => name === ref.name)!;
    const copy = { name: this.fresh(), dims: ref.dims };
    this.#nodes.push({ ...node, name: this.nodeName(node.opType), output: [copy.name] });
    this.#light.set(ref.name, copy);
    return copy;
  }

  /** A constant that lies in the program. */
  protected initializer(
    data: Float32Array | Int32Array | BigInt64Array | Uint16Array | Uint8Array | Int8Array,
    type: DataType,
    dims: readonly number[],
    name = this.fresh(),
  ): Ref {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#initializers.set(name, { name, dataType: DATA_TYPES[type], dims, rawData });
    return { name, dims };
  }

  /** A constant that lies in the program in other extents, as a constant of its own; null for anything else, and for a large one. */
  protected constantIn({ name }: Ref, dims: readonly number[]): Ref | null {
    const constant = this.#initializers.get(name) as { readonly rawData?: Uint8Array } | undefined;
    if (!constant?.rawData || constant.rawData.length > SMALL_BYTES) return null;
    const other = { name: this.fresh(), dims };
    this.#initializers.set(other.name, { ...constant, ...other });
    return other;
  }

  /** A constant of values that are made when the program is written. */
  protected lateInitializer(values: LateValues, type: DataType, dims: readonly number[], name: string): Ref {
    this.#initializers.set(name, { name, dataType: DATA_TYPES[type], dims, values });
    return { name, dims };
  }

  /** The nodes there are, in the order in which they were written. */
  written(): readonly Node[] {
    return this.#nodes;
  }

  /** The names from around that this graph reads, as a body of a Loop. */
  outerNames(): string[] {
    return this.#nodes.flatMap(({ input, captured }) => [...input, ...captured]);
  }

  /** The bytes of a model with this graph. */
  encode(): Uint8Array {
    const opsets = ['', 'com.microsoft', 'com.microsoft.nchwc'].map((domain) => ({
      domain,
      version: domain === '' ? GraphBuilder.OPSET : 1,
    }));
    return encodeModel({ graph: this.message(), opsets });
  }

  /** The graph as a protobuf message. */
  message(): object {
    const names = this.#outputNames();
    const named = (name: string) => names.get(name) ?? name;
    const inUse = this.#nodesInUse();
    const read = new Set(inUse.flatMap(({ input, captured }) => [...input, ...captured]));
    for (const { ref } of this.#outputs) read.add(ref.name);
    const nodes = inUse.map((n) => ({
      ...n,
      input: n.input.map(named),
      output: n.output.map(named),
    }));
    return {
      name: 'cnnzoo',
      node: [...nodes, ...this.#copies(names)],
      initializer: [...this.#initializers].filter(([name]) => read.has(name)).map(([, message]) => message),
      input: this.#inputs,
      output: this.#outputs.map(({ name, type, dims }) =>
        dims ? valueInfo(name, type, dims) : sequenceInfo(name, type),
      ),
    };
  }

  /** The nodes that outputs need: gradients that nobody asked for, and reshapes of reshapes, are left behind. */
  #nodesInUse(): Node[] {
    const wanted = new Set(this.#outputs.map(({ ref }) => ref.name));
    const used = [...this.#nodes].reverse().filter((node) => {
      if (!node.output.some((name) => wanted.has(name))) return false;
      for (const name of [...node.input, ...node.captured]) wanted.add(name);
      return true;
    });
    return used.reverse();
  }

  /** New names for the tensors that are outputs; one that is an output twice, or an input or a constant too, needs a copy instead. */
  #outputNames(): Map<string, string> {
    const names = new Map<string, string>();
    for (const { ref, name } of this.#outputs) {
      const isMade = !this.#given.has(ref.name) && !this.#initializers.has(ref.name);
      if (isMade && !names.has(ref.name)) names.set(ref.name, name);
    }
    return names;
  }

  #copies(names: Map<string, string>): object[] {
    return this.#outputs
      .filter(({ ref, name }) => names.get(ref.name) !== name)
      .map(({ ref, name }) => ({
        opType: 'Identity',
        name: `Identity_${name}`,
        input: [names.get(ref.name) ?? ref.name],
        output: [name],
      }));
  }

  protected nodeName(opType: string): string {
    return `${this.scope}/${opType}_${this.#prefix}${this.#count}`;
  }

  /** A name for a tensor. */
  protected fresh(): string {
    return `${this.#prefix}t${this.#count++}`;
  }
}
