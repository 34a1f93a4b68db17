import type { WindowGeometry } from '../../../../models/graph/window.js';
import type { Value } from '../../../../models/lowering/onnx.js';
import type { Ref } from '../../write/ref.js';
import type { GraphWriter } from '../../write/writer.js';
import {
  type Emission,
  type Emitted,
  NO_WEIGHTS,
  type Operator,
  sameInBlocks,
} from '../contract/operator.js';
import { coverage, gatherSum } from '../contract/windows.js';
import { plainPool, pooledShape, poolOverRows } from './pooling.js';

/**
 * Average pooling, [C, H, W] to [C, P, Q], over each window's real values; in training a pooling in three dimensions, as max
 * pooling is.
 */
export const averagePool2d: Operator<'averagePool2d'> = {
  shape: pooledShape,
  plain: plainPool('AveragePool'),
  train: pool,
  blocked: sameInBlocks(pool),
};

function pool(
  { g, view }: Emission,
  { geometry }: { readonly geometry: WindowGeometry },
  [x]: readonly Ref[],
  [value]: readonly Value[],
): Emitted {
  const [channels, height, width] = value!.shape as [number, number, number];
  const rows = view.rows(channels);
  const { inner } = view;
  const { size, output: out } = geometry;
  const output = poolOverRows(g, 'AveragePool', x!, [rows, height, width, inner], geometry);
  return {
    output,
    backward(gradient) {
      const windows = out[0] * out[1];
      if (inner <= FEW && areSideBySide(geometry)) {
        const each = g.scale(g.reshape(gradient, [rows, windows, inner]), 1 / (size[0] * size[1]));
        return { inputs: [spread(g, each, geometry)], weights: NO_WEIGHTS };
      }
      const lists = coverage(height, width, geometry).map((list) => list.map((entry) => entry % windows));
      const full = size[0] * size[1];
      const dy = share(g, g.reshape(gradient, [rows, windows, inner]), lists, full, geometry);
      return { inputs: [gatherSum(g, [dy], lists)], weights: NO_WEIGHTS };
    },
  };
}

/** Values of a place up to which `spread` is the faster one. (14x14x6 at a batch of 8: 0.036 ms instead of 0.061.) */
const FEW = 16;

function areSideBySide({ size, strides, pads, dropped }: WindowGeometry): boolean {
  return size.every((n, i) => n === strides[i]) && [...pads, ...dropped].every((n) => n === 0);
}

/** The value of each window at all of its places: [rows, windows, inner] to [rows, H * W, inner]. */
function spread(g: GraphWriter, x: Ref, { size: [kh, kw], output: [oh, ow] }: WindowGeometry): Ref {
  const [rows, windows, inner] = x.dims as [number, number, number];
  const apart = g.reshape(x, [rows * oh, 1, ow, 1, inner]);
  const tiled = g.op('Tile', [apart, g.indices([1, kh, 1, kw, 1])], [rows * oh, kh, ow, kw, inner]);
  return g.reshape(tiled, [rows, windows * kh * kw, inner]);
}

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
