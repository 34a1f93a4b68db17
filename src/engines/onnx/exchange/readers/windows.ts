import type { View } from '../view/graph.js';
import type { NodeReader, Reader } from '../view/node-reader.js';
import { axesOf, isPlain, reducedView, viewOf } from '../view/views.js';

/** Padding values so near to 0 (our own export writes the smallest normal float32) count as 0, those so low as -infinity. */
const ALMOST_ZERO = 1.2e-38;
const LOWEST = -1e30;

/** [top, left, bottom, right] */
type Pads = readonly [number, number, number, number];
const NO_PADS: Pads = [0, 0, 0, 0];

interface Windows {
  /** Comparable: strides that are never taken are 1, the end's padding is what the last window needs. */
  readonly settings: {
    readonly kernel: readonly number[];
    readonly strides: readonly number[];
    /** [top, left, bottom, right]; below 0 where the last rows or columns are dropped. */
    readonly pads: Pads;
    readonly dilations: readonly number[];
  };
  /** [height, width] */
  readonly output: readonly [number, number];
  /** Whether rounding up gave a further window. */
  readonly isRoundedUp: boolean;
}

export const conv: Reader = (n) => {
  const [given, kernel] = [n.view(0), n.view(1)];
  if (!given || !kernel?.dims || kernel.dims.length !== 4) return null;
  const { view: x, pads } = unpadded(given, (value) => Math.abs(value) <= ALMOST_ZERO);
  const windows = windowsOf(n, x, n.ints('kernel_shape') ?? kernel.dims.slice(2), pads);
  if (!windows) return null;
  const stored = n.constant(1);
  const bias = n.constant(2);
  if (n.operands[2] && !bias) return null;
  const step = n.make({
    kind: 'conv',
    settings: { ...windows.settings, groups: n.int('group', 1) },
    inputs: stored ? [x] : [x, kernel],
    constants: [...(stored ? [stored] : []), ...(bias ? [bias] : [])],
    shape: [x.dims![0]!, kernel.dims[0]!, ...windows.output],
  });
  return viewOf(step);
};

export const maxPool: Reader = (n) => {
  const given = n.view(0);
  const size = n.ints('kernel_shape');
  if (!given || !size) return null;
  const padded = unpadded(
    given,
    (value, input) => value <= LOWEST || (Math.abs(value) <= ALMOST_ZERO && input.step.isNonNegative),
  );
  // A window that lies in the padding alone would have no value.
  const isWithin = padded.pads.every((pad, i) => pad < size[i % 2]!);
  const { view, pads } = isWithin ? padded : { view: given, pads: NO_PADS };
  const windows = windowsOf(n, view, size, pads);
  return windows && pooled(n, 'maxPool', view, windows, {});
};

export const averagePool: Reader = (n) => {
  const given = n.view(0);
  const size = n.ints('kernel_shape');
  if (!given || !size) return null;
  const own = n.ints('pads') ?? [];
  const counts = n.int('count_include_pad', 0) !== 0;
  const mayJoin = counts || (own.every((pad) => pad === 0) && n.text('auto_pad', 'NOTSET') === 'NOTSET');
  const { view, pads } = mayJoin
    ? unpadded(given, (value) => Math.abs(value) <= ALMOST_ZERO)
    : { view: given, pads: NO_PADS };
  const windows = windowsOf(n, view, size, pads);
  if (!windows) return null;
  const isPadded = windows.settings.pads.some((pad) => pad > 0);
  const countsPadding = isPadded && (counts || pads.some((pad) => pad > 0));
  return pooled(n, 'averagePool', view, windows, {
    ...(countsPadding ? { countsPadding, isRoundedUp: windows.isRoundedUp } : {}),
  });
};

export const globalAveragePool: Reader = (n) => overMap(n, 'averagePool');
export const globalMaxPool: Reader = (n) => overMap(n, 'maxPool');

function overMap(n: NodeReader, kind: 'averagePool' | 'maxPool'): View | null {
  const x = n.view(0);
  return x && isPlain(x) && x.dims?.length === 4 ? wholeMap(n, kind, x) : null;
}

/** Also of maps [N, H, W, C], and with height and width as one axis. */
export const reduceMean: Reader = (n) => {
  const x = n.view(0);
  const shape = x?.step.shape;
  if (!x?.dims || shape?.length !== 4) return null;
  const axes = axesOf(n.list('axes', 1) ?? [], x.dims.length);
  const over = axes.flatMap((axis) => x.groups[axis]!).sort();
  const spatial = [2, 3].filter((axis) => shape[axis] !== 1);
  if (axes.length === 0 || over.join() !== spatial.join()) return null;
  const { step } = wholeMap(n, 'averagePool', viewOf(x.step));
  return reducedView({ step }, x, axes, n.int('keepdims', 1) !== 0);
};

function wholeMap(n: NodeReader, kind: 'averagePool' | 'maxPool', x: View): View {
  const [height, width] = x.dims!.slice(2) as [number, number];
  const settings = { kernel: [height, width], strides: [1, 1], pads: NO_PADS, dilations: [1, 1] };
  return pooled(n, kind, x, { settings, output: [1, 1], isRoundedUp: false }, {});
}

function pooled(n: NodeReader, kind: string, x: View, windows: Windows, further: object): View {
  const { kernel, strides, pads } = windows.settings;
  const isNothing = [...kernel, ...strides].every((k) => k === 1) && pads.every((pad) => pad === 0);
  if (isNothing) return x;
  const step = n.make({
    kind,
    settings: { ...windows.settings, ...further },
    inputs: [x],
    constants: [],
    shape: [...x.dims!.slice(0, 2), ...windows.output],
    isNonNegative: x.step.isNonNegative,
  });
  return viewOf(step);
}

/** Rows and columns of one value; a sequence of such is one. */
export const pad: Reader = (n) => {
  const given = n.view(0);
  const amounts = n.list('pads', 1);
  const isUsual =
    given && isPlain(given) && given.dims?.length === 4 && n.text('mode', 'constant') === 'constant';
  if (!isUsual || amounts?.length !== 8 || n.operands[3]) return null;
  const [batch, channels, top, left, batchEnd, channelsEnd, bottom, right] = amounts as [number, ...number[]];
  if ([batch, channels, batchEnd, channelsEnd].some((amount) => amount !== 0)) return null;
  const value = n.constant(2)?.numbers()[0] ?? n.float('value', 0);
  if (n.operands[2] && !n.constant(2)) return null;
  const { view: x, pads } = unpadded(given, (other) => other === value);
  const all = pads.map((before, i) => before + [top, left, bottom, right][i]!) as unknown as Pads;
  if (all.every((amount) => amount === 0)) return x;
  const [count, c, height, width] = x.dims as readonly [number, number, number, number];
  const step = n.make({
    kind: 'pad',
    settings: { pads: all, value: Math.abs(value) <= ALMOST_ZERO ? 0 : Math.max(value, LOWEST) },
    inputs: [x],
    constants: [],
    shape: [count, c, all[0] + height + all[2], all[1] + width + all[3]],
    isNonNegative: value >= 0 && x.step.isNonNegative,
  });
  return viewOf(step);
};

/** What a padding in front surrounds, and how far, where its value does. */
function unpadded(view: View, does: (value: number, input: View) => boolean): { view: View; pads: Pads } {
  const { kind, settings, inputs } = view.step;
  const own = settings as { pads: Pads; value: number };
  const joins =
    kind === 'pad' && isPlain(view) && does(own.value, inputs[0]!) && own.pads.every((p) => p >= 0);
  return joins ? { view: inputs[0]!, pads: own.pads } : { view, pads: NO_PADS };
}

/** Where the windows of a node go over [N, C, H, W]; null where that is not known or none fits. */
function windowsOf(n: NodeReader, x: View, kernel: readonly number[], further: Pads): Windows | null {
  if (!isPlain(x) || x.dims?.length !== 4 || kernel.length !== 2) return null;
  const own = n.ints('pads');
  const given = own?.length === 4 ? own : NO_PADS;
  const strides = listOf(n.ints('strides'));
  const dilations = listOf(n.ints('dilations'));
  const [vertical, horizontal] = [0, 1].map((i) =>
    slide({
      extent: x.dims![2 + i]!,
      size: kernel[i]!,
      stride: strides[i]!,
      dilation: kernel[i] === 1 ? 1 : dilations[i]!,
      before: given[i]!,
      after: given[2 + i]!,
      further: [further[i]!, further[2 + i]!],
      auto: n.text('auto_pad', 'NOTSET'),
      roundsUp: n.int('ceil_mode', 0) !== 0,
    }),
  ) as [Slide, Slide];
  if (vertical.count < 1 || horizontal.count < 1) return null;
  return {
    settings: {
      kernel,
      strides: [vertical.stride, horizontal.stride],
      pads: [vertical.before, horizontal.before, vertical.after, horizontal.after],
      dilations: [vertical.dilation, horizontal.dilation],
    },
    output: [vertical.count, horizontal.count],
    isRoundedUp: vertical.isRoundedUp || horizontal.isRoundedUp,
  };
}

const listOf = (values: readonly number[] | undefined): readonly number[] =>
  values?.length === 2 ? values : [1, 1];

interface SlideParams {
  readonly extent: number;
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  /** Of a padding in front. */
  readonly further: readonly [number, number];
  readonly auto: string;
  readonly roundsUp: boolean;
}

interface Slide {
  readonly before: number;
  readonly after: number;
  readonly count: number;
  readonly stride: number;
  readonly dilation: number;
  readonly isRoundedUp: boolean;
}

/** One direction of windows, as ONNX's Conv and MaxPool say. */
function slide({ extent, size, stride, dilation, further, auto, roundsUp, ...pads }: SlideParams): Slide {
  const reach = (size - 1) * dilation + 1;
  const n = extent + further[0] + further[1];
  let { before, after } = pads;
  if (auto === 'VALID') [before, after] = [0, 0];
  if (auto.startsWith('SAME')) {
    const total = Math.max(0, (Math.ceil(n / stride) - 1) * stride + reach - n);
    before = auto === 'SAME_LOWER' ? Math.ceil(total / 2) : Math.floor(total / 2);
    after = total - before;
  }
  const room = (n + before + after - reach) / stride;
  let count = Math.floor(room) + 1;
  // A further window has to begin before the padding at the end.
  const isRoundedUp = roundsUp && !Number.isInteger(room) && count * stride < n + before;
  if (isRoundedUp) count++;
  const first = before + further[0];
  return {
    before: first,
    after: (count - 1) * stride + reach - extent - first,
    count,
    stride: count === 1 ? 1 : stride,
    dilation,
    isRoundedUp,
  };
}
