import type { Extent } from './messages.js';
import type { DataType } from './proto.js';
import { encodeModel, type ModelHeader } from './proto.js';
import type { Ref } from './ref.js';
import { GraphWriter } from './writer.js';

/** Stands for the batch, whatever that will be, in extents: a number that no real extent or index is. */
export const BATCH = 1_000_003;
const BATCH_NAME = 'batch';

interface Labelled {
  readonly label: string;
  readonly data: Float32Array;
}

/** The message of a graph as `GraphWriter.message` makes it, as far as it is changed here. */
interface GraphMessage {
  readonly name: string;
  readonly node: readonly { readonly input: string[] }[];
  readonly initializer: readonly { readonly name: string }[];
}

/**
 * Writes a graph for other programs: standard operators only, the batch symbolic, tensors named after layers, and
 * weights as initializers under their own names, reshaped where they are stored and not by nodes.
 */
export class ExportWriter extends GraphWriter {
  readonly #graphName: string;
  readonly #labelled = new Map<string, Labelled>();
  readonly #taken = new Set<string>();

  /** @param graphName what the file calls the graph */
  constructor(graphName: string) {
    super();
    this.#graphName = graphName;
  }

  /** A weight; its name is `label` in the file. */
  weight(label: string, data: Float32Array, dims: readonly number[]): Ref {
    const ref = this.initializer(data, 'float32', dims, `${label}/[${dims.join()}]`);
    this.#labelled.set(ref.name, { label, data });
    return ref;
  }

  /** The extent BATCH is symbolic. */
  override input(name: string, dims: readonly Extent[], type: DataType = 'float32'): Ref {
    super.input(name, dims.map(symbolic), type);
    return { name, dims: dims.map((d) => (typeof d === 'number' ? d : 1)) };
  }

  override output(ref: Ref, name: string, type: DataType = 'float32'): void {
    super.output(ref, name, type, ref.dims.map(symbolic));
  }

  override reshape(x: Ref, dims: readonly number[]): Ref {
    const weight = this.#labelled.get(x.name);
    if (weight && dims.join() !== x.dims.join()) return this.weight(weight.label, weight.data, dims);
    return super.reshape(x, dims);
  }

  protected override shape(dims: readonly number[]): Ref {
    return this.indices(dims.map((d) => (d === BATCH ? -1 : d)));
  }

  /** @throws an internal error where the batch, which is open, is among them */
  override indices(values: ArrayLike<number>): Ref {
    // Only a reshape can leave an extent open.
    if (Array.from(values).includes(BATCH)) throw new Error('internal: an operator needs to know the batch');
    return super.indices(values);
  }

  /** The bytes of a model. */
  encodeFor(header: ModelHeader): Uint8Array {
    const opsets = [{ domain: '', version: ExportWriter.OPSET }];
    return encodeModel({ ...header, graph: this.message(), opsets });
  }

  /** Without the forms of weights that nothing reads; those that are read get their own names. */
  override message(): object {
    const message = super.message() as GraphMessage;
    const used = new Set(message.node.flatMap(({ input }) => input));
    const names = new Map<string, string>();
    for (const [name, { label }] of this.#labelled) {
      if (used.has(name) && ![...names.values()].includes(label)) names.set(name, label);
    }
    const named = (name: string) => names.get(name) ?? name;
    return {
      ...message,
      name: this.#graphName,
      node: message.node.map((node) => ({ ...node, input: node.input.map(named) })),
      initializer: message.initializer
        .filter(({ name }) => used.has(name))
        .map((tensor) => ({ ...tensor, name: named(tensor.name) })),
    };
  }

  protected override nodeName(opType: string): string {
    return this.#unique(this.scope === '' ? opType : `${this.scope}/${opType}`);
  }

  protected override fresh(): string {
    return this.#unique(this.scope === '' ? 'value' : `${this.scope}/value`);
  }

  #unique(name: string): string {
    let candidate = name;
    for (let i = 2; this.#taken.has(candidate); i++) candidate = `${name}_${i}`;
    this.#taken.add(candidate);
    return candidate;
  }
}

const symbolic = (extent: Extent): Extent => (extent === BATCH ? BATCH_NAME : extent);
