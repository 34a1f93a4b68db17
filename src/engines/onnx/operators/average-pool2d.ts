import type { WindowGeometry } from '../../../models/window.js';
import type { GraphWriter, Ref } from '../writer.js';
import { NO_WEIGHTS, type Operator } from './operator.js';
import { coverage, gatherSum } from './windows.js';

/** Average pooling over each window's real values; in training a pooling in three dimensions, as max pooling is. */
export const averagePool2d: Operator<'averagePool2d'> = {
  shape: ([x], { geometry }) => ({ shape: [x!.shape[0]!, ...geometry.output] }),

  plain({ g, batch }, { geometry }, [x], [value]) {
    const { size, strides, pads, output } = geometry;
    const attributes = { kernel_shape: size, strides, pads, count_include_pad: 0 };
    return g.op('AveragePool', [x!], [batch, value!.shape[0]!, ...output], attributes);
  },

  train({ g, batch }, { geometry }, [x], [value]) {
    const [channels, height, width] = value!.shape as [number, number, number];
    const { size, strides, pads, output: out } = geometry;
    const [top, left, bottom, right] = pads;
    const output = g.op(
      'AveragePool',
      [g.reshape(x!, [channels, 1, height, width, batch])],
      [channels, 1, ...out, batch],
      {
        kernel_shape: [...size, 1],
        strides: [...strides, 1],
        pads: [top, left, 0, bottom, right, 0],
        count_include_pad: 0,
      },
    );
    return {
      output,
      backward(gradient) {
        const windows = out[0] * out[1];
        const lists = coverage(height, width, geometry).map((list) => list.map((entry) => entry % windows));
        const dy = share(
          g,
          g.reshape(gradient, [channels, windows, batch]),
          lists,
          size[0] * size[1],
          geometry,
        );
        return { inputs: [gatherSum(g, dy, lists)], weights: NO_WEIGHTS };
      },
    };
  },
};

/** Each window's gradient divided by the number of its real values. */
function share(
  g: GraphWriter,
  dy: Ref,
  lists: readonly number[][],
  full: number,
  geometry: WindowGeometry,
): Ref {
  if (geometry.pads.every((p) => p === 0)) return g.scale(dy, 1 / full);
  const counts = new Float32Array(dy.dims[1]!);
  for (const window of lists.flat()) counts[window]!++;
  return g.mul(
    dy,
    g.constant(
      counts.map((count) => 1 / count),
      [1, counts.length, 1],
    ),
  );
}
