import { maxOf, minOf } from '../../base/extremes.js';
import { type Graph, type GraphNode, INPUT } from '../../models/graph/graph.js';
import { type Padding, windowGeometry } from '../../models/graph/window.js';
import { layerDef } from '../../models/layers/index.js';
import { padsOf } from '../../models/layers/windows/zero-padding2d.js';

/** What a value sees of the picture in one direction: `size` pixels, from `start` + place x `stride` on. */
export interface Axis {
  /** Of the first value; negative where it sees padding. */
  readonly start: number;
  readonly size: number;
  readonly stride: number;
}

/** Where the values of a layer's map look: [downwards, to the right]. */
export type Field = readonly [Axis, Axis];

/** Rows and columns of pixels, the last ones excluded. */
export type PixelWindow = readonly [top: number, left: number, bottom: number, right: number];

/** How far a layer's window is shifted, reaches and moves, in values of its input. */
interface Reach {
  /** Rows and columns of padding before the input. */
  readonly before: readonly [number, number];
  readonly size: readonly [number, number];
  readonly stride: readonly [number, number];
}

const ITSELF: Reach = { before: [0, 0], size: [1, 1], stride: [1, 1] };

/**
 * The field of every layer by its name; null of layers whose values see the whole picture. Of several inputs together
 * their fields count as one that holds them all.
 */
export function fieldsOf(graph: Graph): ReadonlyMap<string, Field | null> {
  const pixel = { start: 0, size: 1, stride: 1 };
  const fields = new Map<string, Field | null>([[INPUT, [pixel, pixel]]]);
  for (const node of graph.nodes) {
    // A layer that sees the whole picture has no receptive field in the graph, nor has any that reads one.
    const inputs = node.inputs.map((name) => fields.get(name) as Field);
    fields.set(node.name, node.receptiveField === null ? null : widened(inputs, reachOf(node)));
  }
  return fields;
}

function reachOf({ kind, params, inputShapes }: GraphNode): Reach {
  if (kind === 'zeroPadding2d' || kind === 'constantPadding2d') {
    const [top, left] = padsOf(params as never);
    return { ...ITSELF, before: [top, left] };
  }
  const window = layerDef(kind).window?.(params as never, inputShapes);
  if (typeof window !== 'object') return ITSELF;
  const [{ padding }, input] = [params as { padding: Padding }, inputShapes[0]!];
  const sliding = { size: [...window.size], strides: [...window.stride], padding };
  const [top, left] = windowGeometry(input, sliding as Parameters<typeof windowGeometry>[1]).pads;
  return { ...window, before: [top, left] };
}

function widened(inputs: readonly Field[], { before, size, stride }: Reach): Field {
  const axis = (i: 0 | 1): Axis => {
    const axes = inputs.map((field) => field[i]);
    const start = minOf(axes.map((one) => one.start));
    const end = maxOf(axes.map((one) => one.start + one.size));
    const step = maxOf(axes.map((one) => one.stride));
    return {
      start: start - before[i] * step,
      size: end - start + (size[i] - 1) * step,
      stride: step * stride[i],
    };
  };
  return [axis(0), axis(1)];
}

/** The pixels that the value at a place sees, those outside of the picture included; of a null field the whole picture. */
export function windowAt(
  field: Field | null,
  place: readonly [number, number],
  [height, width]: readonly number[],
): PixelWindow {
  if (field === null) return [0, 0, height!, width!];
  const [top, left] = field.map(({ start, stride }, i) => start + place[i as 0 | 1] * stride) as [
    number,
    number,
  ];
  return [top, left, top + field[0].size, left + field[1].size];
}

/** Those of a window that are in the picture. */
export function withinPicture(
  [top, left, bottom, right]: PixelWindow,
  [height, width]: readonly number[],
): PixelWindow {
  return [Math.max(0, top), Math.max(0, left), Math.min(height!, bottom), Math.min(width!, right)];
}
