import { NCHWC, scaledChannels } from '../../write/nchwc.js';
import type { Ref } from '../../write/ref.js';
import type { GraphWriter } from '../../write/writer.js';
import type { Pass, Stage } from './max-pool-stage.js';

/** Pooling along one axis of maps [rows, places, inner]. */
interface Line {
  readonly rows: number;
  readonly places: number;
  readonly inner: number;
  readonly lanes: number;
  readonly windows: number;
  readonly taps: number;
  readonly stride: number;
  /** Before the first place, and behind the last one. */
  readonly padding: number;
  readonly after: number;
}

/** Whether a stage pools along one axis alone, and keeps the other as it is. */
export const isLine = (stage: Stage): boolean => axisOf(stage) !== null;

function axisOf({ geometry: { size, strides } }: Stage): 0 | 1 | null {
  const isKept = (axis: 0 | 1) => size[axis] === 1 && strides[axis] === 1;
  return isKept(0) ? 1 : isKept(1) ? 0 : null;
}

function lineOf(stage: Stage, lanes: number): Line {
  const {
    geometry: { size, strides, pads, output },
    map,
    rows,
    inner,
  } = stage;
  const axis = axisOf(stage)!;
  const view =
    axis === 1
      ? { rows: rows * map[0], places: map[1], inner }
      : { rows, places: map[0], inner: output[1] * inner };
  const window = { windows: output[axis], taps: size[axis], stride: strides[axis] };
  const around = { padding: pads[axis], after: pads[axis + 2]! };
  return { ...view, ...window, ...around, lanes };
}

/**
 * Max pooling along one axis of maps in blocks. (Both ways of resnet18's: 14 ms of a step that took 1,400 on a busy machine,
 * where ONNX's operator in three dimensions took 36.)
 * @param lanes a multiple of them lies innermost
 */
export function largestAlongLine(g: GraphWriter, stage: Stage, lanes: number, x: Ref): Ref {
  const { rows, places, windows, inner, taps, stride, padding, after } = lineOf(stage, lanes);
  const columns = inner / lanes;
  const pooled = g.op(
    'MaxPool',
    [g.lateReshape(x, [rows, lanes, places, columns])],
    [rows, lanes, windows, columns],
    { kernel_shape: [taps, 1], strides: [stride, 1], pads: [padding, 0, after, 0] },
    NCHWC,
  );
  return g.light(pooled);
}

/**
 * The gradient of max pooling along one axis of maps in blocks: tap after tap takes what is left where its value equals
 * the largest; the last takes the rest. (All pooling of googlenet: 240 ms a step of 16 images instead of 320.)
 * @param lanes a multiple of them lies innermost
 */
export function backwardAlongLine(
  g: GraphWriter,
  stage: Stage,
  lanes: number,
  { x, largest, dy }: Pass,
): Ref {
  const line = lineOf(stage, lanes);
  const { rows, places, windows, inner, taps, stride, padding } = line;
  const values = g.reshape(x, [rows, places, inner]);
  const pooled = g.reshape(largest, [rows, windows, inner]);
  let rest = g.reshape(dy, [rows, windows, inner]);
  const shares: Ref[] = [];
  for (let tap = 0; tap < taps - 1; tap++) {
    const under = Array.from({ length: windows }, (_, w) => w * stride + tap - padding);
    const { ref: sum, missing } = pick(g, values, under);
    // Where there is nothing under the tap it must not count.
    const offset = missing ? perPlace(g, line, missing, -1, 0) : undefined;
    const isLargest = atPlaces(g, line, pooled, -1, { offset, sum, activation: 'step' });
    const share = g.mul(rest, isLargest);
    shares.push(share);
    rest = atPlaces(g, line, share, -1, { sum: rest });
  }
  return folded(g, line, [...shares, rest]);
}

/** What every place gets of the taps over it: for each of the stride's phases a sum, and these by turns. */
function folded(g: GraphWriter, line: Line, shares: readonly Ref[]): Ref {
  const { rows, places, inner, taps, stride, padding } = line;
  const phases = Array.from({ length: Math.min(stride, places) }, (_, phase) => {
    const count = Math.ceil((places - phase) / stride);
    const own = [...Array(taps).keys()].filter((tap) => (phase + padding - tap) % stride === 0);
    // The window under whose tap the phase's first place lies.
    const terms = own.map((tap) => ({ share: shares[tap]!, first: (phase + padding - tap) / stride }));
    return sumOf(g, line, terms, count);
  });
  if (phases.length === 1) return phases[0]!;
  if (places % stride === 0) {
    const apart = phases.map((phase) => g.reshape(phase, [rows, places / stride, 1, inner]));
    return g.reshape(g.concat(apart, 2), [rows, places, inner]);
  }
  let begin = 0;
  const begins = phases.map(({ dims }) => {
    begin += dims[1]!;
    return begin - dims[1]!;
  });
  const order = Array.from({ length: places }, (_, p) => begins[p % stride]! + Math.floor(p / stride));
  return g.gather(g.concat(phases, 1), order, 1);
}

/** The sum of shares, each read from its `first` window on. */
function sumOf(
  g: GraphWriter,
  line: Line,
  terms: readonly { readonly share: Ref; readonly first: number }[],
  count: number,
): Ref {
  const shifted = terms.map(({ share, first }) => {
    const places = Array.from({ length: count }, (_, j) => first + j);
    const whole = first === 0 && count === share.dims[1];
    return whole ? { ref: share, missing: null } : pick(g, share, places);
  });
  // A whole one first: it need not be cut.
  shifted.sort((a, b) => Number(a.missing !== null) - Number(b.missing !== null));
  let sum: Ref | undefined;
  for (const { ref, missing } of shifted) {
    if (missing) sum = atPlaces(g, line, ref, perPlace(g, line, missing, 0, 1), { sum });
    else sum = sum ? g.add(sum, ref) : ref;
  }
  return sum ?? g.zeros([line.rows, count, line.inner]);
}

/** A copy of entries of [rows, entries, inner]; those that are missing are the nearest ones instead. */
function pick(g: GraphWriter, x: Ref, places: readonly number[]): { ref: Ref; missing: boolean[] | null } {
  const last = x.dims[1]! - 1;
  const missing = places.map((place) => place < 0 || place > last);
  const nearest = places.map((place) => Math.min(Math.max(place, 0), last));
  return { ref: g.gather(x, nearest, 1), missing: missing.includes(true) ? missing : null };
}

/** One value for each place, in all lanes. */
function perPlace(g: GraphWriter, { lanes }: Line, which: readonly boolean[], yes: number, no: number): Ref {
  const values = Float32Array.from({ length: which.length * lanes }, (_, i) =>
    which[Math.floor(i / lanes)] ? yes : no,
  );
  return g.constant(values, [values.length]);
}

/** activation(factor * x + offset + sum), with a factor and an offset that may differ from place to place. */
function atPlaces(
  g: GraphWriter,
  { rows, lanes, inner }: Line,
  x: Ref,
  factor: number | Ref,
  { offset, sum, activation }: Parameters<typeof scaledChannels>[3],
): Ref {
  const entries = x.dims[1]!;
  const dims = [rows, entries * lanes, 1, inner / lanes];
  const scale =
    typeof factor === 'number' ? g.constant(new Float32Array(dims[1]!).fill(factor), [dims[1]!]) : factor;
  const addend = sum && g.reshape(sum, dims);
  const result = scaledChannels(g, g.reshape(x, dims), scale, { offset, sum: addend, activation });
  return g.reshape(result, [rows, entries, inner]);
}
