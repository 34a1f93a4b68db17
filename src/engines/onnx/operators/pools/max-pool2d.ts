import type { Pair, WindowGeometry } from '../../../../models/graph/window.js';
import type { Value } from '../../../../models/lowering/onnx.js';
import type { Ref } from '../../write/ref.js';
import type { GraphWriter } from '../../write/writer.js';
import { type Emission, NO_WEIGHTS, type Operator, sameInBlocks } from '../contract/operator.js';
import { gatherSum } from '../contract/windows.js';
import { backwardAlongLine, isLine } from './max-pool-lines.js';
import type { Pass, Stage } from './max-pool-stage.js';
import { plainPool, pooledShape, poolOverRows } from './pooling.js';

/**
 * Max pooling, [C, H, W] to [C, P, Q]. The gradient goes to the first largest value of a window, as in TensorFlow; ONNX Runtime can name its place,
 * but takes ten times as long where it is asked to.
 */
export const maxPool2d: Operator<'maxPool2d'> = {
  shape: pooledShape,
  plain: plainPool('MaxPool'),
  train: poolWith(backward),
  remark,
  blocked: {
    ...sameInBlocks(
      poolWith((e, stage, pass) =>
        isLine(stage) ? backwardAlongLine(e.g, stage, e.blocks.channels, pass) : backward(e, stage, pass),
      ),
    ),
    remark,
  },
};

function remark(_inputs: readonly Value[], { geometry }: { readonly geometry: WindowGeometry }): string {
  return isInStages(geometry) ? 'rows, then columns' : '';
}

function poolWith(
  backwardOf: (e: Emission, stage: Stage, pass: Pass) => Ref,
): Operator<'maxPool2d'>['train'] {
  return (e, { geometry }, [x], [value]) => {
    const [channels, height, width] = value!.shape as [number, number, number];
    const view = { rows: e.view.rows(channels), inner: e.view.inner };
    const stages = stagesOf(geometry, [height, width]).map((stage) => ({ ...stage, ...view }));
    const results = [x!];
    for (const stage of stages) results.push(forward(e.g, stage, results.at(-1)!));
    return {
      output: results.at(-1)!,
      backward(gradient) {
        const dx = stages.reduceRight(
          (dy, stage, i) => backwardOf(e, stage, { x: results[i]!, largest: results[i + 1]!, dy }),
          gradient,
        );
        return { inputs: [dx], weights: NO_WEIGHTS };
      },
    };
  };
}

/**
 * Where windows overlap, pooling goes along the rows first and then down the columns: the same values, and the same
 * first of the largest, for 6 places in the gradient's way instead of 9 with windows of 3x3.
 */
function stagesOf(geometry: WindowGeometry, map: Pair): Pick<Stage, 'geometry' | 'map'>[] {
  if (!isInStages(geometry)) return [{ geometry, map }];
  const { size, strides, pads, output } = geometry;
  const [top, left, bottom, right] = pads;
  const along: WindowGeometry = {
    ...geometry,
    size: [1, size[1]],
    strides: [1, strides[1]],
    pads: [0, left, 0, right],
    output: [map[0], output[1]],
  };
  const down: WindowGeometry = {
    ...geometry,
    size: [size[0], 1],
    strides: [strides[0], 1],
    pads: [top, 0, bottom, 0],
  };
  return [
    { geometry: along, map },
    { geometry: down, map: along.output },
  ];
}

const isInStages = ({ size, strides }: WindowGeometry): boolean =>
  size[0] > strides[0] && size[1] > strides[1];

function forward(g: GraphWriter, { geometry, map, rows, inner }: Stage, x: Ref): Ref {
  return poolOverRows(g, 'MaxPool', x, [rows, ...map, inner], geometry);
}

/** Place after place takes what is left where its value equals the largest; the last place takes the rest. */
function backward({ g }: Emission, stage: Stage, { x, largest, dy }: Pass): Ref {
  const { geometry, map, rows, inner } = stage;
  const windows = geometry.output[0] * geometry.output[1];
  const taps = clampedTaps(geometry, map);
  const values = g.reshape(x, [rows, map[0] * map[1], inner]);
  const pooled = g.reshape(largest, [rows, windows, inner]);
  let rest = g.reshape(dy, [rows, windows, inner]);
  const shares = taps.slice(0, -1).map((places) => {
    const share = g.mul(rest, g.notNegative(g.sub(g.gather(values, places, 1), pooled)));
    rest = g.sub(rest, share);
    return share;
  });
  const lists: number[][] = Array.from({ length: map[0] * map[1] }, () => []);
  taps.forEach((places, tap) => {
    places.forEach((place, window) => {
      lists[place]!.push(tap * windows + window);
    });
  });
  return gatherSum(g, [...shares, rest], lists);
}

/**
 * For each place in the window the map's index under it, for every window. A place in the padding stands for the nearest
 * one in the map, which lies in the same window: nothing needs to be padded, and the first of the largest stays the first.
 */
function clampedTaps({ size, strides, pads, output }: WindowGeometry, [height, width]: Pair): Int32Array[] {
  const clamp = (place: number, extent: number) => Math.min(Math.max(place, 0), extent - 1);
  const taps: Int32Array[] = [];
  for (let i = 0; i < size[0]; i++) {
    for (let j = 0; j < size[1]; j++) {
      const places = new Int32Array(output[0] * output[1]);
      places.forEach((_, window) => {
        const y = Math.floor(window / output[1]) * strides[0] + i - pads[0];
        const x = (window % output[1]) * strides[1] + j - pads[1];
        places[window] = clamp(y, height) * width + clamp(x, width);
      });
      taps.push(places);
    }
  }
  return taps;
}
