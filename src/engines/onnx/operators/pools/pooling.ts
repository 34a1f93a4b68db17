import type { WindowGeometry } from '../../../../models/graph/window.js';
import type { Value } from '../../../../models/lowering/onnx.js';
import type { Attribute } from '../../write/messages.js';
import type { Ref } from '../../write/ref.js';
import type { GraphWriter } from '../../write/writer.js';
import type { PlainEmission } from '../contract/operator.js';

interface Windowed {
  readonly geometry: WindowGeometry;
}

type PoolOperator = 'MaxPool' | 'AveragePool';

/** Averages are over each window's real values. */
const FURTHER: Record<PoolOperator, Record<string, Attribute>> = {
  MaxPool: {},
  AveragePool: { count_include_pad: 0 },
};

/** The shape of a pooled map [C, H, W]. */
export const pooledShape = ([x]: readonly Value[], { geometry }: Windowed) => ({
  shape: [x!.shape[0]!, ...geometry.output],
});

/** Pooling in ONNX's plain layout, [N, C, H, W]. */
export function plainPool(opType: PoolOperator) {
  return (
    { g, batch }: PlainEmission,
    { geometry }: Windowed,
    [x]: readonly Ref[],
    [value]: readonly Value[],
  ): Ref => {
    const { size, strides, pads, output } = geometry;
    const attributes = { kernel_shape: size, strides, pads, ...FURTHER[opType] };
    return g.op(opType, [x!], [batch, value!.shape[0]!, ...output], attributes);
  };
}

/**
 * Pooling of a map [rows, H, W, inner] as one in three dimensions whose third extent, what lies innermost, is pooled by 1:
 * 0.21 ms for 5.5 MB, where the plain layout takes 0.48.
 */
export function poolOverRows(
  g: GraphWriter,
  opType: PoolOperator,
  x: Ref,
  [rows, height, width, inner]: readonly [number, number, number, number],
  { size, strides, pads: [top, left, bottom, right], output }: WindowGeometry,
): Ref {
  return g.op(opType, [g.reshape(x, [rows, 1, height, width, inner])], [rows, 1, ...output, inner], {
    kernel_shape: [...size, 1],
    strides: [...strides, 1],
    pads: [top, left, 0, bottom, right, 0],
    ...FURTHER[opType],
  });
}
