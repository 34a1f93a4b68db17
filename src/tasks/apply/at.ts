import { UsageError } from '../../base/errors.js';
import { maxOf } from '../../base/extremes.js';
import type { Tensor } from '../../base/tensor.js';
import { formatValue } from '../../base/text/format.js';
import { setting } from '../../base/text/settings.js';
import type { GraphNode, Shape } from '../../models/graph/graph.js';
import { layerDef } from '../../models/layers/index.js';
import { type Arithmetic, factor, type LayerNumbers } from '../../models/lowering/arithmetic.js';
import { type Activation, VALUE_OF } from '../../recipe/activations.js';

/** How a value of a layer's output comes about, its activation included. */
export interface ValueArithmetic extends Arithmetic {
  readonly layer: string;
  readonly place: readonly number[];
}

/**
 * Works out one value of a layer by its formula, apart from any engine.
 * @param place [row, column, channel], or [place] of a vector
 */
export function arithmeticAt(
  node: GraphNode,
  place: readonly number[],
  numbers: LayerNumbers,
): ValueArithmetic {
  const before = (at: readonly number[]) =>
    layerDef(node.kind).arithmetic(node.params as Record<string, unknown>, at, numbers);
  const own = before(place);
  const { activation } = node;
  const found = { layer: node.name, place };
  if (activation === 'linear') return { ...found, ...own };
  if (activation !== 'softmax' && activation !== 'softmin') {
    const value = VALUE_OF[activation](own.value);
    return {
      ...found,
      ...own,
      value,
      text: `${own.text}, ${formulaOf(activation, own.value)} = ${formatValue(value)}`,
    };
  }
  const channels = node.outputShape.at(-1)!;
  const all = Array.from(
    { length: channels },
    (_, channel) => before([...place.slice(0, -1), channel]).value,
  );
  const shares = softmax(all, activation, place.at(-1)!);
  return { ...found, ...own, rule: 'formula', value: shares.value, text: `${own.text}, ${shares.text}` };
}

const FORMULAS: Readonly<Partial<Record<Activation, (x: number) => string>>> = {
  relu: (x) => `relu: max(0, ${formatValue(x)})`,
  sigmoid: (x) => `sigmoid: 1 / (1 + exp(${formatValue(-x)}))`,
  tanh: (x) => `tanh(${formatValue(x)})`,
  scaledTanh: (x) => `1.7159 * tanh(2/3 * ${factor(x)})`,
};

function formulaOf(activation: Activation, x: number): string {
  return FORMULAS[activation]?.(x) ?? `${activation}(${formatValue(x)})`;
}

/** So many powers are written out. */
const MOST_POWERS = 12;

/** exp(z_k) over the sum of all, where z of softmin is negated. */
function softmax(all: readonly number[], activation: 'softmax' | 'softmin', channel: number) {
  const logits = activation === 'softmax' ? all : all.map((z) => -z);
  const largest = maxOf(logits);
  const total = logits.reduce((sum, z) => sum + Math.exp(z - largest), 0);
  const value = Math.exp(logits[channel]! - largest) / total;
  const powers = logits.slice(0, MOST_POWERS).map((z) => `exp(${formatValue(z)})`);
  const rest = logits.length > MOST_POWERS ? ` + ... (${logits.length} terms)` : '';
  const quotient = `exp(${formatValue(logits[channel]!)}) / (${powers.join(' + ')}${rest})`;
  return { value, text: `${activation}: ${quotient} = ${formatValue(value)}` };
}

/** Of a batch, one image: the inputs of a layer as its formula reads them. */
export function imageOf({ shape, data }: Tensor, index: number): Tensor {
  const [count, ...rest] = shape;
  const size = data.length / count!;
  return { shape: rest, data: data.subarray(index * size, (index + 1) * size) };
}

/**
 * The place that `at` names in an output: ROW,COL[,CHANNEL], or one number of a vector.
 * @throws UsageError for what is no place of this output
 */
export function readPlace(text: string, layer: string, output: Shape): number[] {
  const numbers = text.split(/[,\s]+/).map((word) => (/^\d{1,9}$/.test(word) ? Number(word) : Number.NaN));
  const isMap = output.length === 3;
  const place = isMap && numbers.length === 2 ? [...numbers, 0] : numbers;
  const form = isMap ? 'ROW,COL or ROW,COL,CHANNEL, such as 0,1' : 'one number, such as 0';
  if (place.length !== output.length || place.some(Number.isNaN)) {
    throw new UsageError(
      `${setting('at')} must be ${form}, got ${JSON.stringify(text)}: ${layer} gives ${output.join('x')}.`,
    );
  }
  const names = isMap ? ['row', 'column', 'channel'] : ['value'];
  const axis = place.findIndex((at, i) => at >= output[i]!);
  if (axis < 0) return place;
  const last = output[axis]! - 1;
  throw new UsageError(
    `${setting('at', text)}: ${layer} has no ${names[axis]} ${place[axis]}: it gives ${output.join('x')}, ${last === 0 ? `whose only ${names[axis]} is 0` : `${names[axis]}s 0 to ${last}`}.`,
  );
}
