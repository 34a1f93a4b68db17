import { sizeOf } from '../../../../base/tensor.js';
import type { Pair, WindowGeometry } from '../../../../models/graph/window.js';
import type { Ref } from '../../write/ref.js';
import { type Emission, NO_WEIGHTS, type Operator, sameInBlocks } from '../contract/operator.js';
import { gatherSum } from '../contract/windows.js';
import { RATES } from '../products/winograd/rates.js';
import { backwardAlongLine, isLine, largestAlongLine } from './max-pool-lines.js';
import { backwardOfPairs, isPairs, largerOfPairs } from './max-pool-pairs.js';
import type { Pass, Stage } from './max-pool-stage.js';
import { plainPool, pooledShape, poolOverRows } from './pooling.js';

/**
 * Max pooling, [C, H, W] to [C, P, Q]. The gradient goes to the first largest value of a window, as in TensorFlow; ONNX Runtime can name its place,
 * but takes ten times as long where it is asked to.
 */
export const maxPool2d: Operator<'maxPool2d'> = {
  shape: pooledShape,
  plain: plainPool('MaxPool'),
  train: poolWith({ forward, backward }),
  remark: (_inputs, { geometry }) => (overlaps(geometry) ? IN_STAGES : ''),
  blocked: {
    ...sameInBlocks(poolWith({ forward: forwardInBlocks, backward: backwardInBlocks, pairs: true })),
    remark: ([x], { geometry }) => (overlaps(geometry) || isOfPairs(geometry, x!.shape) ? IN_STAGES : ''),
    savedMs: ([x], { geometry }, { batch }) =>
      overlaps(geometry) ? (-MOVES * BYTES * sizeOf(x!.shape) * batch) / RATES.moved : 0,
  },
};

const BYTES = 4;

/**
 * What inference loses by pooling in stages beside ONNX Runtime's own, in times that its input is moved: fitted to whole
 * networks, of which googlenet, with thirteen such layers, is slower in blocks and resnet18, with one, faster.
 */
const MOVES = 6;

const IN_STAGES = 'rows, then columns';

/** How stages are computed. */
interface Ways {
  forward(e: Emission, stage: Stage, x: Ref): Ref;
  backward(e: Emission, stage: Stage, pass: Pass): Ref;
  /** Whether windows of 2x2 go in stages. */
  readonly pairs?: boolean;
}

function poolWith({ forward, backward, pairs = false }: Ways): Operator<'maxPool2d'>['train'] {
  return (e, { geometry }, [x], [value]) => {
    const [channels, height, width] = value!.shape as [number, number, number];
    const view = { rows: e.view.rows(channels), inner: e.view.inner };
    const isInStages = overlaps(geometry) || (pairs && isOfPairs(geometry, value!.shape));
    const parts = isInStages
      ? stagesOf(geometry, [height, width])
      : [{ geometry, map: [height, width] as const }];
    const stages = parts.map((stage) => ({ ...stage, ...view }));
    const results = [x!];
    for (const stage of stages) results.push(forward(e, stage, results.at(-1)!));
    return {
      output: results.at(-1)!,
      backward(gradient) {
        const maps = overlaps(geometry) ? computedAgain(e, stages, results, forward) : results;
        const dx = stages.reduceRight(
          (dy, stage, i) => backward(e, stage, { x: maps[i]!, largest: maps[i + 1]!, dy }),
          gradient,
        );
        return { inputs: [dx], weights: NO_WEIGHTS };
      },
    };
  };
}

/**
 * What pooling in two stages read and gave, without what is made in little time being kept for it: the map, where the layer
 * before makes it so, and the largest of each row. (resnet18, 16 images of 224x224: 77 MB.)
 */
function computedAgain(
  e: Emission,
  [along]: readonly Stage[],
  [x, rows, pooled]: readonly Ref[],
  forward: Ways['forward'],
): Ref[] {
  const map = e.g.again(x!);
  return [map, map === x ? e.g.again(rows!) : forward(e, along!, map), pooled!];
}

/**
 * Along the rows first and then down the columns: the same values, and the same first of the largest. Where windows of 3x3
 * overlap, there are 6 places in the gradient's way instead of 9.
 */
function stagesOf(geometry: WindowGeometry, map: Pair): Pick<Stage, 'geometry' | 'map'>[] {
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

const overlaps = ({ size, strides }: WindowGeometry): boolean => size[0] > strides[0] && size[1] > strides[1];

/** Whether windows of 2x2 cover a map [C, H, W] without gaps. */
function isOfPairs({ size, strides, pads }: WindowGeometry, [, ...map]: readonly number[]): boolean {
  const fits = [...size, ...strides].every((n) => n === 2) && pads.every((n) => n === 0);
  return fits && map.every((extent) => extent % 2 === 0);
}

function forward({ g }: Emission, { geometry, map, rows, inner }: Stage, x: Ref): Ref {
  return poolOverRows(g, 'MaxPool', x, [rows, ...map, inner], geometry);
}

function forwardInBlocks(e: Emission, stage: Stage, x: Ref): Ref {
  const { channels } = e.blocks;
  if (isPairs(stage)) return largerOfPairs(e.g, stage, channels, x);
  return isLine(stage) ? largestAlongLine(e.g, stage, channels, x) : forward(e, stage, x);
}

function backwardInBlocks(e: Emission, stage: Stage, pass: Pass): Ref {
  if (isPairs(stage)) return backwardOfPairs(e.g, stage, e.blocks.channels, pass);
  return isLine(stage) ? backwardAlongLine(e.g, stage, e.blocks.channels, pass) : backward(e, stage, pass);
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
