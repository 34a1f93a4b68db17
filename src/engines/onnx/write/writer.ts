import { sizeOf } from '../../../base/tensor.js';
import { GraphBuilder } from './graph-builder.js';
import { type Attribute, float } from './messages.js';
import { DATA_TYPES, type DataType } from './proto.js';
import { broadcast, type Ref, reduced } from './ref.js';

/**
 * Writes one ONNX graph, node by node. The methods are named after ONNX's operators (opset 17) and return what they give;
 * constants, and nodes that compute the same of the same, are written once. Reshapes that change nothing are left out.
 */
export class GraphWriter extends GraphBuilder {
  readonly #constants = new Map<string, Ref>();
  /** The values of those that are one number. */
  readonly #numbers = new Map<string, number>();
  /** What a reshape was made of, and the reshapes there are, by original and extents. */
  readonly #originals = new Map<string, Ref>();
  readonly #reshaped = new Map<string, Ref>();
  /** A one that only a run knows, int64, [1]; null where all extents are known before. */
  #one: (() => Ref) | null = null;

  /** A float constant; [] makes a scalar. */
  constant(data: Float32Array | number, dims: readonly number[] = []): Ref {
    const values = typeof data === 'number' ? Float32Array.of(data) : data;
    if (values.length > 1) return this.initializer(values, 'float32', dims);
    const ref = this.#cached(`f${values[0]}/${dims.join()}`, () => this.initializer(values, 'float32', dims));
    this.#numbers.set(ref.name, values[0]!);
    return ref;
  }

  /** `factor` as often as the extents say: a constant where it is one, else computed in each run. */
  repeated(factor: Ref, dims: readonly number[]): Ref {
    const known = this.#numbers.get(factor.name);
    const make = (value: number) => this.constant(new Float32Array(sizeOf(dims)).fill(value), dims);
    const filled = (value: number) => this.#cached(`r${value}/${dims.join()}`, () => make(value));
    return known === undefined ? this.mul(filled(1), factor) : filled(known);
  }

  int32s(values: readonly number[] | Int32Array, dims: readonly number[]): Ref {
    return this.initializer(Int32Array.from(values), 'int32', dims);
  }

  /**
   * The same of one extent, equal ones once: a key of their bytes takes a nineteenth of the time of one of their digits, and lists
   * of places are long.
   */
  #places(values: ArrayLike<number>): Ref {
    const whole = values instanceof Int32Array ? values : Int32Array.from(values);
    const bytes = Buffer.from(whole.buffer, whole.byteOffset, whole.byteLength);
    return this.#cached(`p${bytes.toString('latin1')}`, () =>
      this.initializer(whole, 'int32', [whole.length]),
    );
  }

  /** A list of int64: shapes, axes. */
  indices(values: ArrayLike<number>): Ref {
    const make = () =>
      this.initializer(BigInt64Array.from(Array.from(values, BigInt)), 'int64', [values.length]);
    return this.#cached(`i${Array.from(values).join()}`, make);
  }

  /**
   * A reshape of a reshape is one of the original, and one of a constant is a constant: each costs some 8 us a run although it
   * moves nothing.
   * @throws an internal error where the extents hold another number of values
   */
  reshape(x: Ref, dims: readonly number[]): Ref {
    if (sizeOf(dims) !== sizeOf(x.dims)) throw new Error(`internal: reshape of ${x.dims} to ${dims}`);
    const same = (ref: Ref) => dims.length === ref.dims.length && dims.every((d, i) => d === ref.dims[i]);
    if (same(x)) return x;
    const original = this.#originals.get(x.name) ?? x;
    if (same(original)) return original;
    const key = `${original.name}/${dims.join()}`;
    const known = this.#reshaped.get(key);
    if (known) return known;
    const ref = this.constantIn(original, dims) ?? this.op('Reshape', [original, this.shape(dims)], dims);
    this.#originals.set(ref.name, original);
    this.#reshaped.set(key, ref);
    return ref;
  }

  /**
   * A reshape whose extents, where memory is to be spared, ONNX Runtime does not know before it runs, so that what is made of
   * it has a place in memory for as long as it is read. Tensors of equal, known extents share one, which stays taken from the first of them to the last:
   * from the forward pass to the backward pass. (What lives at once in a step of resnet18: 500 MB instead of 707.)
   */
  lateReshape(x: Ref, dims: readonly number[]): Ref {
    if (!this.#one) return this.reshape(x, dims);
    const one = this.#one;
    const original = this.#originals.get(x.name) ?? x;
    return this.#cached(`late ${original.name}/${dims.join()}`, () => {
      const ref = this.op('Reshape', [original, this.mul(this.indices(dims), one())], dims);
      this.#originals.set(ref.name, original);
      return ref;
    });
  }

  /** Spares memory at some cost of time: `lateReshape` and `again` do nothing before. @param number any int32, [n] */
  spareMemory(number: Ref): void {
    this.#one = () =>
      this.#cached('one', () => {
        const first = this.slice(number, 0, 1, 0);
        return this.cast({ ...this.op('Equal', [first, first], [1]), type: 'bool' }, 'int64');
      });
  }

  /** Whether memory is to be spared. */
  get sparesMemory(): boolean {
    return this.#one !== null;
  }

  /** See `GraphBuilder.again`; where memory is not to be spared a tensor is kept. */
  override again(ref: Ref): Ref {
    if (!this.sparesMemory) return ref;
    const original = this.#originals.get(ref.name) ?? ref;
    const copy = super.again(original);
    return copy === original ? ref : this.reshape(copy, ref.dims);
  }

  /** The target of a reshape. */
  protected shape(dims: readonly number[]): Ref {
    return this.indices(dims);
  }

  /** A tensor of zeros, made in each run: a constant would lie in the program. */
  zeros(dims: readonly number[]): Ref {
    return this.#cached(`z${dims.join()}`, () => this.op('ConstantOfShape', [this.indices(dims)], dims));
  }

  transpose(x: Ref, perm: readonly number[]): Ref {
    if (perm.every((p, i) => p === i)) return x;
    const dims = perm.map((p) => x.dims[p]!);
    // Where only extents of 1 change places nothing moves in memory.
    const moved = perm.filter((p) => x.dims[p] !== 1);
    if (moved.every((p, i) => i === 0 || moved[i - 1]! < p)) return this.reshape(x, dims);
    return this.op('Transpose', [x], dims, { perm });
  }

  /** Picks entries `indices` along `axis`. */
  gather(x: Ref, indices: ArrayLike<number>, axis: number): Ref {
    const dims = x.dims.map((d, i) => (i === axis ? indices.length : d));
    return this.op('Gather', [x, this.#places(indices)], dims, { axis });
  }

  /** The same along the first axis, by a list of int32. */
  pick(x: Ref, rows: Ref): Ref {
    return this.op('Gather', [x, rows], [rows.dims[0]!, ...x.dims.slice(1)], { axis: 0 });
  }

  /** What several write under one key: made once. */
  shared(key: string, make: () => Ref): Ref {
    return this.#cached(`shared ${key}`, make);
  }

  /** Entries `from` to `to`, without the latter, along `axis`. */
  slice(x: Ref, from: number, to: number, axis: number): Ref {
    const dims = x.dims.map((d, i) => (i === axis ? to - from : d));
    return this.op('Slice', [x, ...[from, to, axis].map((n) => this.indices([n]))], dims);
  }

  concat(pieces: readonly Ref[], axis: number): Ref {
    if (pieces.length === 1) return pieces[0]!;
    const extent = pieces.reduce((sum, piece) => sum + piece.dims[axis]!, 0);
    return this.op(
      'Concat',
      pieces,
      pieces[0]!.dims.map((d, i) => (i === axis ? extent : d)),
      { axis },
    );
  }

  /** Zeros before and after along each axis. */
  pad(x: Ref, before: readonly number[], after: readonly number[], value = 0): Ref {
    if ([...before, ...after].every((n) => n === 0)) return x;
    const dims = x.dims.map((d, i) => before[i]! + d + after[i]!);
    const inputs = [x, this.indices([...before, ...after]), ...(value === 0 ? [] : [this.constant(value)])];
    return this.op('Pad', inputs, dims);
  }

  cast(x: Ref, to: DataType = 'float32'): Ref {
    if (x.type === to) return x;
    return { ...this.op('Cast', [x], x.dims, { to: DATA_TYPES[to] }), type: to };
  }

  /** Values as unsigned bytes and back: each becomes the nearest that (byte - zeroPoint) * scale gives. */
  throughBytes(x: Ref, { scale, zeroPoint }: { readonly scale: number; readonly zeroPoint: number }): Ref {
    const make = () => this.initializer(Uint8Array.of(zeroPoint), 'uint8', []);
    const how = [this.constant(scale), this.#cached(`u${zeroPoint}`, make)];
    const bytes = this.op('QuantizeLinear', [x, ...how], x.dims);
    return this.op('DequantizeLinear', [bytes, ...how], x.dims);
  }

  /** A constant of whole numbers, read as whole * scales[i] of the i-th slice along `axis`; `name` is its own in the graph. */
  fromWhole(
    name: string,
    { data, scales }: { readonly data: Int8Array | Int32Array; readonly scales: Float32Array },
    type: 'int8' | 'int32',
    dims: readonly number[],
    axis: number,
  ): Ref {
    const whole = this.initializer(data, type, dims, name);
    const count = scales.length;
    const scale = this.initializer(scales, 'float32', [count], `${name}/scale`);
    // ONNX Runtime joins dense layers to products of bytes only where the zero point is written down, and stumbles where it is shared.
    const zeros =
      type === 'int8' ? [this.initializer(new Int8Array(count), type, [count], `${name}/zeroPoint`)] : [];
    return this.op('DequantizeLinear', [whole, scale, ...zeros], dims, { axis });
  }

  /** Consecutive pieces along the first axis. They have the tensor's type. */
  split(x: Ref, sizes: readonly number[]): Ref[] {
    if (sizes.length === 1) return [x];
    const pieces = this.multi(
      'Split',
      [x, this.indices(sizes)],
      sizes.map((size) => [size, ...x.dims.slice(1)]),
      { axis: 0 },
    );
    return pieces.map((piece) => ({ ...piece, type: x.type }));
  }

  add = (a: Ref, b: Ref): Ref => this.binary('Add', a, b);
  sub = (a: Ref, b: Ref): Ref => this.binary('Sub', a, b);
  mul = (a: Ref, b: Ref): Ref => this.binary('Mul', a, b);
  div = (a: Ref, b: Ref): Ref => this.binary('Div', a, b);
  sqrt = (a: Ref): Ref => this.unary('Sqrt', a);

  binary(opType: string, a: Ref, b: Ref): Ref {
    return this.op(opType, [a, b], broadcast(a.dims, b.dims));
  }

  unary(opType: string, x: Ref, attributes: Record<string, Attribute> = {}): Ref {
    return this.op(opType, [x], x.dims, attributes);
  }

  scale(x: Ref, factor: number): Ref {
    return factor === 1 ? x : this.mul(x, this.constant(factor));
  }

  /** 1 where x > 0, else 0 (for |x| above 1e-38). Twenty times as fast as Sign or Where on ONNX Runtime's CPU provider. */
  positive(x: Ref): Ref {
    return this.unary('HardSigmoid', x, { alpha: float(1e38), beta: float(0) });
  }

  /** 1 where x >= 0, else 0 (for |x| above 1e-38). */
  notNegative(x: Ref): Ref {
    return this.unary('HardSigmoid', x, { alpha: float(1e38), beta: float(1) });
  }

  /** Sum over `axes`, which stay with extent 1 or go. */
  sum(x: Ref, axes: readonly number[], keepdims: boolean): Ref {
    return this.op('ReduceSum', [x, this.indices(axes)], reduced(x.dims, axes, keepdims), {
      keepdims: keepdims ? 1 : 0,
    });
  }

  max(x: Ref, axes: readonly number[]): Ref {
    return this.op('ReduceMax', [x], reduced(x.dims, axes, true), { axes, keepdims: 1 });
  }

  /** alpha * op(a) op(b) + beta * c of matrices. */
  gemm(
    a: Ref,
    b: Ref,
    {
      c,
      transA = false,
      transB = false,
      alpha = 1,
      beta = 1,
    }: { c?: Ref; transA?: boolean; transB?: boolean; alpha?: number; beta?: number } = {},
  ): Ref {
    const dims = [a.dims[transA ? 1 : 0]!, b.dims[transB ? 0 : 1]!];
    const attributes: Record<string, Attribute> = { transA: Number(transA), transB: Number(transB) };
    if (alpha !== 1) attributes.alpha = float(alpha);
    if (beta !== 1) attributes.beta = float(beta);
    return this.op('Gemm', c ? [a, b, c] : [a, b], dims, attributes);
  }

  #cached(key: string, make: () => Ref): Ref {
    const known = this.#constants.get(key);
    if (known) return known;
    const made = make();
    this.#constants.set(key, made);
    return made;
  }
}
