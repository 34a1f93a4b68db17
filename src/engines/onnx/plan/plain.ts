import type * as Ort from 'onnxruntime-node';
import { WorkError } from '../../../base/errors.js';
import { sizeOf, type Tensors } from '../../../base/tensor.js';
import type { Value } from '../../../models/lowering/onnx.js';
import { ort } from '../library/onnxruntime.js';
import type { ProviderName } from '../library/session.js';
import type { WeightLayout } from '../operators/contract/operator.js';
import type { Ref } from '../write/ref.js';
import type { GraphWriter } from '../write/writer.js';
import { inShape } from './images-as-channels.js';
import { pack, packedDims } from './layout.js';
import { operatorOf, type Trace } from './trace.js';

export interface PlainInputs {
  /** The scaled image, float [N, C, H, W]. */
  readonly image: Ref;
  /** By full name, in the engine's layout. */
  readonly weights: ReadonlyMap<string, Ref>;
  readonly forExport?: boolean;
  /** What will run the graph, where that is known. */
  readonly provider?: ProviderName;
  /** What readers get of each value, the image too, from what was written; the same where absent. */
  readonly passOn?: (value: Value, written: Ref) => Ref;
}

/** Packed weights by name: inputs of the graph where they are fed with each run, else constants in it. */
export function weightRefs(
  g: GraphWriter,
  packed: readonly PackedWeight[],
  isFed: (weight: PackedWeight) => boolean,
): ReadonlyMap<string, Ref> {
  return new Map(
    packed.map((weight) => {
      const { name, data, dims } = weight;
      return [name, isFed(weight) ? g.input(name, dims) : g.constant(data, dims)];
    }),
  );
}

/** Writes a trace in ONNX's plain layout, dropout left out. @returns every value by its id: [N, C, H, W] or [N, F] */
export function writePlain(
  g: GraphWriter,
  trace: Trace,
  { image, weights, forExport = false, provider, passOn = (_, ref) => ref }: PlainInputs,
): ReadonlyMap<number, Ref> {
  const emission = { g, forExport, provider, weight: (name: string) => weights.get(name)! };
  const refs = new Map<number, Ref>([[trace.input.id, passOn(trace.input, image)]]);
  for (const { kind, attributes, inputs, output, layer, beside } of trace.operations) {
    g.scope = layer;
    const given = inputs.map((value) => inShape(g, refs.get(value.id)!, image.dims[0]!, value.shape, beside));
    const written = operatorOf(kind).plain(
      { ...emission, batch: given[0]!.dims[0]! },
      attributes,
      given,
      inputs,
    );
    refs.set(output.id, passOn(output, written));
  }
  return refs;
}

/** How each weight is laid out inside the engine, by its full name. */
type WeightLayouts = ReadonlyMap<string, WeightLayout>;

/** A weight's values in the engine's layout. */
export interface PackedWeight {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** @throws WorkError naming the first weight that is missing or of another size. */
export function* packedWeights(layouts: WeightLayouts, weights: Tensors): Generator<PackedWeight> {
  for (const { name, dims, pack } of weightsToPack(layouts, weights)) yield { name, dims, data: pack() };
}

/** A weight whose values are brought into the engine's layout when they are wanted. */
interface WeightToPack extends Pick<PackedWeight, 'name' | 'dims'> {
  pack(): Float32Array;
}

/** @throws WorkError as packedWeights */
export function* weightsToPack(layouts: WeightLayouts, weights: Tensors): Generator<WeightToPack> {
  for (const [name, layout] of layouts) {
    const tensor = weights.get(name);
    if (!tensor) throw new WorkError(`There is no tensor "${name}" among the weights.`);
    const size = sizeOf(layout.from);
    if (tensor.data.length !== size) {
      throw new WorkError(
        `The tensor "${name}" has ${tensor.data.length} values, but the model's has ${size}.`,
      );
    }
    yield { name, dims: packedDims(layout), pack: () => pack(layout, tensor.data) };
  }
}

/**
 * Matrices of more values than this are inputs on the CPU: there they are as fast as constants, which would pass through
 * the program's file and be laid out anew (VGG-16 was built in 11 s so).
 */
const LARGE = 1e6;

/** Whether a weight is an input of an inference's graph instead of a constant in it. */
export function isInput({ dims, data }: PackedWeight, provider: ProviderName): boolean {
  return provider === 'cpu' && dims.length === 2 && data.length > LARGE;
}

/** Weights as inputs by their names. */
export function feedsOf(weights: readonly PackedWeight[]): Record<string, Ort.Tensor> {
  return Object.fromEntries(
    weights.map(({ name, data, dims }) => [name, new ort.Tensor('float32', data, [...dims])]),
  );
}
