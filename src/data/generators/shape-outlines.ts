/**
 * A shape about the origin that reaches about 1 from it, x to the right and y down. `distance` is the distance of a
 * point from its outline, negative inside: exact near straight edges and arcs, which is what smooth edges need (the
 * constructions are those of I. Quilez, https://iquilezles.org/articles/distfunctions2d).
 */
export interface Outline {
  readonly name: string;
  distance(x: number, y: number): number;
}

/** One for each class, in class-number order. */
export const OUTLINES: readonly Outline[] = [
  { name: 'circle', distance: (x, y) => Math.sqrt(x * x + y * y) - 0.88 },
  { name: 'square', distance: (x, y) => Math.max(Math.abs(x), Math.abs(y)) - 0.74 },
  { name: 'triangle', distance: regular(3, 1) },
  { name: 'star', distance: star },
  { name: 'ring', distance: (x, y) => Math.abs(Math.sqrt(x * x + y * y) - 0.74) - 0.2 },
  { name: 'cross', distance: cross },
  { name: 'pentagon', distance: regular(5, 0.98) },
  { name: 'crescent', distance: crescent },
  { name: 'arrow', distance: arrow },
  { name: 'diamond', distance: (x, y) => (Math.abs(x) / 0.54 + Math.abs(y) - 1) * 0.475 },
];

/** A regular polygon whose corners lie at `radius`, one of them at the top: the farthest of its edges. */
function regular(corners: number, radius: number): Outline['distance'] {
  const apothem = radius * Math.cos(Math.PI / corners);
  const normals = Array.from({ length: corners }, (_, i) => (Math.PI * (2 * i + 1)) / corners - Math.PI / 2);
  const xs = normals.map(Math.cos);
  const ys = normals.map(Math.sin);
  return (x, y) => {
    let most = -Infinity;
    for (let i = 0; i < corners; i++) most = Math.max(most, xs[i]! * x + ys[i]! * y);
    return most - apothem;
  };
}

const COS36 = Math.cos(Math.PI / 5);
const SIN36 = Math.sin(Math.PI / 5);
/** How far a star's inner corners lie from its middle; its points lie at 1. */
const INNER = 0.46;

/** Five points: folded onto one half of the topmost, whose edge is a line from the tip to an inner corner. */
function star(x: number, y: number): number {
  let px = Math.abs(x);
  let py = -y;
  const right = 2 * Math.max(0, COS36 * px - SIN36 * py);
  px -= right * COS36;
  py += right * SIN36;
  const left = 2 * Math.max(0, -COS36 * px - SIN36 * py);
  px += left * COS36;
  py += left * SIN36;
  const edgeX = INNER * SIN36;
  const edgeY = INNER * COS36 - 1;
  return ((py - 1) * edgeX - Math.abs(px) * edgeY) / Math.sqrt(edgeX * edgeX + edgeY * edgeY);
}

/** Two bars; a point's nearer one is the one along which it lies farther out. */
function cross(x: number, y: number): number {
  const [along, across] = [Math.max(Math.abs(x), Math.abs(y)), Math.min(Math.abs(x), Math.abs(y))];
  return Math.max(along - 0.95, across - 0.3);
}

/** A disc without what another covers. */
function crescent(x: number, y: number): number {
  const disc = Math.sqrt(x * x + y * y) - 0.94;
  const bite = Math.sqrt((x - 0.44) * (x - 0.44) + y * y) - 0.72;
  return Math.max(disc, -bite);
}

const HEAD_EDGE = Math.hypot(0.66, 0.96);

/** A shaft and a head, to the right. */
function arrow(x: number, y: number): number {
  const away = Math.abs(y);
  const shaft = Math.max(away - 0.2, -0.95 - x, x - 0.3);
  const head = Math.max(0.02 - x, ((x - 0.98) * 0.66 + away * 0.96) / HEAD_EDGE);
  return Math.min(shaft, head);
}
