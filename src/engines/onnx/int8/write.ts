import type { Tensors } from '../../../base/tensor.js';
import type { OperatorAttributes, Value } from '../../../models/lowering/onnx.js';
import { type PlainInputs, weightsToPack, writePlain } from '../plan/plain.js';
import { type Operation, operatorOf } from '../plan/trace.js';
import type { Ref } from '../write/ref.js';
import type { GraphWriter } from '../write/writer.js';
import { type Quantization, quantizationOf, quantizedBias, quantizedFilters, type Range } from './numbers.js';
import type { Int8Plan } from './plan.js';

/** What a graph in int8 is made of, beside the plan. */
export interface Int8Inputs extends Pick<PlainInputs, 'image' | 'forExport'> {
  /** The network's own. */
  readonly weights: Tensors;
  /** Of the values that the plan wants them of, by their ids. */
  readonly ranges: ReadonlyMap<number, Range>;
  /** Writes a weight that stays float32. */
  constant(name: string, data: () => Float32Array, dims: readonly number[]): Ref;
}

/**
 * Writes a planned inference with QuantizeLinear and DequantizeLinear behind every value that is kept as bytes, and
 * DequantizeLinear behind whole-numbered weights (QDQ): standard operators, which ONNX Runtime and others join to operators on bytes.
 * @returns every value by its id: [N, C, H, W] or [N, F]
 */
export function writeInt8(
  g: GraphWriter,
  plan: Int8Plan,
  { image, forExport, weights, ranges, constant }: Int8Inputs,
): ReadonlyMap<number, Ref> {
  const quantizations = new Map(
    [...plan.ranged].map(([id, source]) => [id, quantizationOf(ranges.get(source)!)]),
  );
  const folded = plan.fold(weights);
  const refs = new Map<string, Ref>();
  for (const operation of plan.trace.operations) {
    const written = plan.products.has(operation)
      ? productWeights(g, operation, folded, quantizations.get(operation.inputs[0]!.id)!)
      : [...packed(operation, folded)].map(({ name, dims, pack }): [string, Ref] => [
          name,
          constant(name, pack, dims),
        ]);
    for (const [name, ref] of written) refs.set(name, ref);
  }
  const passOn = ({ id }: Value, ref: Ref): Ref => {
    const quantization = quantizations.get(id);
    return quantization ? g.throughBytes(ref, quantization) : ref;
  };
  return writePlain(g, plan.trace, { image, weights: refs, forExport, passOn });
}

/** The weights of one operation in the engine's layout. */
function packed({ kind, inputs, attributes }: Operation, weights: Tensors) {
  const layouts = operatorOf(kind).weights?.(inputs, attributes) ?? [];
  return weightsToPack(new Map(layouts.map((layout) => [layout.name, layout])), weights);
}

/** Kernel and bias of a convolution or a dense layer as whole numbers, by their names. */
function productWeights(
  g: GraphWriter,
  operation: Operation,
  weights: Tensors,
  { scale }: Quantization,
): [string, Ref][] {
  const { kernel, bias } = operation.attributes as OperatorAttributes['conv2d' | 'dense'];
  const found = new Map([...packed(operation, weights)].map((weight) => [weight.name, weight]));
  const { dims, pack } = found.get(kernel)!;
  // Filters lie first in a convolution's kernel, [O, I, kh, kw], last in a dense layer's, [F, units].
  const axis = operation.kind === 'conv2d' ? 0 : 1;
  const offsets = bias ? found.get(bias)!.pack() : null;
  const filters = quantizedFilters(pack(), dims[axis]!, axis, offsets, scale);
  const kernelRef = g.fromWhole(kernel, filters, 'int8', dims, axis);
  if (!bias) return [[kernel, kernelRef]];
  const whole = quantizedBias(offsets!, filters.scales, scale);
  return [
    [kernel, kernelRef],
    [bias, g.fromWhole(bias, whole, 'int32', [dims[axis]!], 0)],
  ];
}
