import type { WindowGeometry } from '../../models/graph/window.js';
import { layerDef } from '../../models/layers/index.js';
import type { AppliedLayer } from './applied.js';

/** The places of the input that a value of the output sees; below 0 and past the end lies padding. */
export interface SeenPlaces {
  /** [row, column] of the output. */
  readonly place: readonly [number, number];
  /** The first and the last. */
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
}

export interface Windows {
  readonly layer: string;
  /** [H, W] of its input. */
  readonly input: readonly [number, number];
  readonly geometry: WindowGeometry;
  readonly positions: readonly SeenPlaces[];
}

/** Where a layer's window goes; null where it slides none. */
export function windowsOf({ node }: Pick<AppliedLayer, 'node'>): Windows | null {
  const geometry = layerDef(node.kind).geometry?.(node.params as Record<string, unknown>, node.inputShapes);
  if (geometry === undefined) return null;
  const [height, width] = node.inputShapes[0]!;
  const [rows, columns] = geometry.output;
  const positions = Array.from({ length: rows * columns }, (_, i) =>
    seenFrom(geometry, [Math.floor(i / columns), i % columns]),
  );
  return { layer: node.name, input: [height!, width!], geometry, positions };
}

/** The value at [i, j] sees rows i*s - p to i*s - p + f - 1, and columns likewise. */
function seenFrom({ size, strides, pads }: WindowGeometry, place: readonly [number, number]): SeenPlaces {
  const top = place[0] * strides[0] - pads[0];
  const left = place[1] * strides[1] - pads[1];
  return { place, rows: [top, top + size[0] - 1], columns: [left, left + size[1] - 1] };
}
