import type { Pair, WindowGeometry } from '../../../../models/graph/window.js';
import type { Ref } from '../../write/ref.js';

/** One pooling of a map [rows, H, W, inner]. */
export interface Stage {
  readonly geometry: WindowGeometry;
  /** [H, W] */
  readonly map: Pair;
  readonly rows: number;
  readonly inner: number;
}

/** The tensors of a stage: [rows, H, W, inner] of the map, [rows, P, Q, inner] of what is pooled, in any extents of that order. */
export interface Pass {
  /** What it read. */
  readonly x: Ref;
  /** What it gave. */
  readonly largest: Ref;
  /** The gradient of that. */
  readonly dy: Ref;
}
