import { toHalves } from '../../../base/half.js';
import { sizeOf } from '../../../base/tensor.js';
import type { Extent } from './messages.js';
import { DATA_TYPES, type DataType, type ModelHeader, modelParts } from './proto.js';
import { type Ref, reduced } from './ref.js';
import { GraphWriter } from './writer.js';

/** Stands for the batch, whatever that will be, in extents: a number that no real extent or index is. */
export const BATCH = 1_000_003;
const BATCH_NAME = 'batch';

/** What is asked of a file. */
export interface ExportForm {
  /** Of ONNX's standard operators. */
  readonly opset: number;
  /** What weights are kept as; they are computed with as float32. */
  readonly dtype: 'float32' | 'float16';
}

/** From this opset on a maximum is given its axes as an input. */
const AXES_AS_INPUT = 18;

interface Labelled {
  readonly label: string;
  readonly data: () => Float32Array;
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
  /** The initializers of weights that are cast, by the casts. */
  readonly #stored = new Map<string, string>();
  readonly #taken = new Set<string>();

  readonly #form: ExportForm;

  /** @param graphName what the file calls the graph */
  constructor(graphName: string, form: ExportForm) {
    super();
    this.#graphName = graphName;
    this.#form = form;
  }

  /** A weight; its name is `label` in the file. @param data makes its values once they are written */
  weight(label: string, data: () => Float32Array, dims: readonly number[]): Ref {
    const name = `${label}/[${dims.join()}]`;
    const isHalf = this.#form.dtype === 'float16';
    const make = (): Uint8Array => {
      const values = isHalf ? toHalves(data()) : data();
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    };
    const values = { byteLength: (isHalf ? 2 : 4) * sizeOf(dims), make };
    const stored = this.lateInitializer(values, this.#form.dtype, dims, name);
    this.#labelled.set(stored.name, { label, data });
    if (!isHalf) return stored;
    const ref = this.op('Cast', [stored], dims, { to: DATA_TYPES.float32 });
    this.#stored.set(ref.name, stored.name);
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
    const weight = this.#labelled.get(this.#stored.get(x.name) ?? x.name);
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

  override max(x: Ref, axes: readonly number[]): Ref {
    if (this.#form.opset < AXES_AS_INPUT) return super.max(x, axes);
    return this.op('ReduceMax', [x, this.indices(axes)], reduced(x.dims, axes, true), { keepdims: 1 });
  }

  /** The bytes of a model, part by part. */
  encodeFor(header: ModelHeader): ReturnType<typeof modelParts> {
    const opsets = [{ domain: '', version: this.#form.opset }];
    return modelParts({ ...header, graph: this.message(), opsets });
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
