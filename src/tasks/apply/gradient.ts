import { placeOf, sizeOf, type Tensor } from '../../base/tensor.js';
import { formatValue } from '../../base/text/format.js';
import { setting } from '../../base/text/settings.js';
import { layerDef } from '../../models/layers/index.js';
import {
  factor,
  isWithin,
  type LayerNumbers,
  type Term,
  writeTerms,
} from '../../models/lowering/arithmetic.js';
import { SLOPE_OF } from '../../recipe/activations.js';
import { type Applied, type AppliedLayer, numbersOf } from './applied.js';
import { imageOf } from './at.js';
import type { ComputedGradient } from './compute.js';

/** How the gradient of one value of the input comes about. */
export interface WayBack {
  readonly place: readonly number[];
  readonly value: number;
  /** `1*2 + 1*0 = 2`: gradients times what the value counted for. */
  readonly text: string;
}

export interface Gradient extends ComputedGradient {
  /** In words, what goes back from the output: through the activation, and by which rule. */
  readonly rule: readonly string[];
  /** Of the first image: each value of the input; none where several layers lie between. */
  readonly ways: readonly WayBack[];
}

/** More values than this are not explained one by one. */
const MOST_WAYS = 64;
const MOST_WORK = 2_000_000;

/** Says of one layer how its gradients go back: the sums of col2im, or the way of the maximum. */
export function explainGradient(applied: Applied, gradient: ComputedGradient): Gradient {
  const [layer] = applied.layers as [AppliedLayer, ...AppliedLayer[]];
  if (applied.layers.length > 1) {
    const rule = [
      `through several layers, one after the other: ${setting('from')} and ${setting('layer')} show the way through one of them`,
    ];
    return { ...gradient, rule, ways: [] };
  }
  const { node } = layer;
  const before = throughActivation(layer, gradient);
  const { wayBack } = layerDef(node.kind);
  if (wayBack !== undefined)
    return { ...gradient, rule: [...before.rule, `of each input: ${wayBack}`], ways: [] };
  const numbers = numbersOf(applied, layer, 0);
  const { isMax, ways } = waysBack(layer, numbers, before.gradient);
  const rule = isMax ? MAX_RULE : SUM_RULE + (layerDef(node.kind).geometry ? ' (col2im)' : '');
  return {
    ...gradient,
    rule: [...before.rule, rule, ...(layer.weights.has('kernel') ? [KERNEL_RULE] : [])],
    ways,
  };
}

/** The first image's gradient of what the activation read, from that of what it gave. */
function throughActivation(
  { node, output }: AppliedLayer,
  { given, ofClass }: ComputedGradient,
): { readonly gradient: Tensor; readonly rule: readonly string[] } {
  const [y, g] = [imageOf(output, 0), imageOf(given, 0)];
  const { activation } = node;
  if (activation === 'linear') {
    const rule = ofClass === null ? [] : ['cross-entropy of logits: the probability, less 1 for the class'];
    return { gradient: g, rule };
  }
  if (activation !== 'softmax' && activation !== 'softmin') {
    const data = g.data.map((value, i) => value * SLOPE_OF[activation](y.data[i]!));
    const rule = [`through ${activation}: ${SLOPES[activation]}`];
    return { gradient: { shape: g.shape, data }, rule };
  }
  const gradient = throughSoftmax(y, g, activation === 'softmax' ? 1 : -1);
  const rule =
    ofClass === null
      ? `through ${activation}: p_k * (g_k - sum of g*p)`
      : `through ${activation} and cross-entropy together: the probability, less 1 for the class${activation === 'softmin' ? ', negated' : ''}`;
  const written =
    gradient.data.length <= 12
      ? `: ${Array.from(gradient.data, (value) => formatValue(value)).join(', ')}`
      : '';
  return { gradient, rule: [rule + written] };
}

const SLOPES: Readonly<Record<keyof typeof SLOPE_OF, string>> = {
  linear: 'g',
  negative: '-g',
  relu: 'g where the output is above 0, else 0',
  tanh: 'g * (1 - y^2)',
  scaledTanh: 'g * 2/3 * 1.7159 * (1 - (y / 1.7159)^2)',
  sigmoid: 'g * y * (1 - y)',
};

function throughSoftmax({ shape, data }: Tensor, g: Tensor, sign: number): Tensor {
  const channels = shape.at(-1)!;
  const back = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += channels) {
    let sum = 0;
    for (let k = at; k < at + channels; k++) sum += data[k]! * g.data[k]!;
    for (let k = at; k < at + channels; k++) back[k] = sign * data[k]! * (g.data[k]! - sum);
  }
  return { shape, data: back };
}

/** Every value of the first input gathers the gradients of the outputs that it had a part in. */
function waysBack(
  { node }: AppliedLayer,
  numbers: LayerNumbers,
  gradient: Tensor,
): { readonly isMax: boolean; readonly ways: readonly WayBack[] } {
  const [input] = numbers.inputs;
  const shares = new Map<number, Term[]>();
  const size = sizeOf(node.outputShape);
  const { arithmetic } = layerDef(node.kind);
  let work = 0;
  let isMax = false;
  for (let index = 0; index < size && work < MOST_WORK; index++) {
    const found = arithmetic(
      node.params as Record<string, unknown>,
      placeOf(index, node.outputShape),
      numbers,
    );
    isMax = found.rule === 'max';
    const terms = isMax ? [found.terms.find((term) => term.input === found.value)!] : found.terms;
    work += found.terms.length;
    for (const { place, weight, source } of terms) {
      if (place === null || source > 0 || !isWithin(input!.shape, place)) continue;
      const at = place.reduce((sum, one, axis) => sum * input!.shape[axis]! + one, 0);
      const share = { input: gradient.data[index]!, weight: isMax ? 1 : weight, place, source };
      shares.set(at, [...(shares.get(at) ?? []), share]);
    }
  }
  if (work >= MOST_WORK) return { isMax, ways: [] };
  const count = Math.min(input!.data.length, MOST_WAYS);
  const ways = Array.from({ length: count }, (_, at) =>
    wayOf(placeOf(at, input!.shape), shares.get(at) ?? [], isMax),
  );
  return { isMax, ways };
}

const MAX_RULE =
  'the gradient of each output goes back to the largest value of its window alone; an input gets the sum of what comes to it';
const SUM_RULE =
  'each input gets the sum, over all outputs that it had a part in, of their gradients times what it counted for';
const KERNEL_RULE =
  'each value of the kernel gets the sum, over all positions, of the gradient times the input under it; a bias the sum of the gradients';

function wayOf(place: readonly number[], shares: readonly Term[], isMax: boolean): WayBack {
  const value = shares.reduce((sum, { input, weight }) => sum + input * weight, 0);
  const written = writeTerms(shares, ({ input, weight }) =>
    isMax ? factor(input) : `${factor(input)}*${factor(weight)}`,
  );
  const nothing = isMax ? 'the largest of no window' : 'in no window';
  const text = shares.length === 0 ? `${nothing}: 0` : `${written} = ${formatValue(value)}`;
  return { place, value, text };
}
