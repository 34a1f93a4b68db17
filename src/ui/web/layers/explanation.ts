import { formatValue } from '../../../base/text/format.js';
import { counted } from '../../../base/text/words.js';
import type { GraphNode } from '../../../models/graph/graph.js';
import { layerDef } from '../../../models/layers/index.js';
import type { Term } from '../../../models/lowering/arithmetic.js';
import type { ValueArithmetic } from '../../../tasks/apply/at.js';
import { type Answer, explain, type PageNetwork } from '../network/network.js';
import { button, h } from '../parts/dom.js';
import { matrix } from './matrix.js';

/** So many channels, or products where there are no windows, have a line of their own. */
const MOST_LINES = 8;

export const short = (value: number): string => formatValue(value, 5);

/** Terms that are added up together: of one channel of a window, or each by itself. */
interface Part {
  readonly name: string;
  readonly terms: readonly Term[];
  readonly sum: number;
}

/**
 * How one value comes about: the window in the layer before, the products, the sum, the activation, with the numbers.
 * @param place [row, column, channel], or [place] of a vector
 * @param onMap the value that TensorFlow.js has there
 */
export function explanation(
  network: PageNetwork,
  answer: Answer,
  node: GraphNode,
  place: readonly number[],
  onMap: number,
): HTMLElement {
  const before = explain(network, answer, { ...node, activation: 'linear' }, place);
  const whole = explain(network, answer, node, place);
  const facts = {
    id: 'explanation',
    'data-sum': before.value,
    'data-value': whole.value,
    'data-map': onMap,
    'data-kind': node.kind,
    'data-rule': before.rule,
  };
  const activation = whole.text.slice(before.text.length + 2);
  const lines = [...bodyOf(node, before), ...(activation === '' ? [] : [formula(activation)])];
  const found = h(
    'p',
    { class: 'result' },
    `= ${short(whole.value)}`,
    h('small', {}, ` on the map: ${short(onMap)}`),
  );
  return h('div', facts, ...lines, found);
}

function bodyOf(node: GraphNode, arithmetic: ValueArithmetic): HTMLElement[] {
  if (arithmetic.rule === 'max') return [...windowOf(arithmetic.terms, 'max'), formula(arithmetic.text)];
  if (arithmetic.rule === 'formula') return [formula(arithmetic.text)];
  // A normalization's formula says more than its products.
  if (arithmetic.terms.length <= 2) return [formula(arithmetic.text)];
  return sumOf(node, arithmetic);
}

const formula = (text: string): HTMLElement => h('p', { class: 'formula' }, text);

function windowOf(terms: readonly Term[], kind: 'max' | 'sum'): HTMLElement[] {
  if (kind === 'max') {
    const most = terms.reduce((largest, { input }) => Math.max(largest, input), Number.NEGATIVE_INFINITY);
    const first = terms.findIndex(({ input }) => input === most);
    return [
      h(
        'div',
        { class: 'matrices' },
        matrix('what it sees; the largest wins', terms, ({ input }) => input, first),
      ),
    ];
  }
  return [
    h(
      'div',
      { class: 'matrices' },
      matrix('what it sees', terms, ({ input }) => input),
      h('span', { class: 'sign' }, '×'),
      matrix('weights', terms, ({ weight }) => weight),
      h('span', { class: 'sign' }, '='),
      matrix('products', terms, ({ input, weight }) => input * weight),
    ),
  ];
}

/** The parts of a sum, one of them laid open as its window; then the bias and what they make. */
function sumOf(node: GraphNode, { terms, value }: ValueArithmetic): HTMLElement[] {
  const own = terms.filter(({ place }) => place !== null);
  const isWindow = layerDef(node.kind).geometry !== undefined && own[0]?.place?.length === 3;
  const parts = isWindow ? channelsOf(own) : own.map((term) => single(term, node));
  const sorted =
    parts.length > MOST_LINES ? parts.toSorted((a, b) => Math.abs(b.sum) - Math.abs(a.sum)) : parts;
  const [shown, rest] = [sorted.slice(0, MOST_LINES), sorted.slice(MOST_LINES)];
  const open = h('div', {});
  const lay = (part: Part) => {
    const names = parts.length > 1 ? [h('h4', {}, `Of ${part.name}`)] : [];
    open.replaceChildren(...(isWindow ? [...names, ...windowOf(part.terms, 'sum')] : []));
  };
  const largest = shown.reduce(
    (most, part) => (Math.abs(part.sum) > Math.abs(most.sum) ? part : most),
    shown[0]!,
  );
  lay(largest);
  const rows = shown.map((part) => line(part, isWindow && parts.length > 1 ? () => lay(part) : null));
  const others = rest.reduce((sum, part) => sum + part.sum, 0);
  if (rest.length > 0) rows.push(row(`the other ${rest.length}, which count for less`, others));
  const biases = terms.filter(({ place }) => place === null);
  for (const { input, weight } of biases) rows.push(row('bias', input * weight));
  const count = isWindow ? counted(own.length, 'product') : counted(parts.length, 'product');
  const total = h('tr', { class: 'total' }, h('th', { scope: 'row' }, 'sum'), h('td', {}, short(value)));
  const table = h(
    'table',
    { class: 'sum' },
    h('caption', {}, `The sum of ${count}${biases.length > 0 ? ' and a bias' : ''}`),
    h('tbody', {}, ...rows, total),
  );
  return [open, table];
}

function channelsOf(terms: readonly Term[]): Part[] {
  const groups = new Map<number, Term[]>();
  for (const term of terms) {
    const channel = term.place![2]!;
    const group = groups.get(channel);
    if (group) group.push(term);
    else groups.set(channel, [term]);
  }
  return [...groups].map(([channel, group]) => ({
    name: `map ${channel}`,
    terms: group,
    sum: group.reduce((sum, { input, weight }) => sum + input * weight, 0),
  }));
}

function single(term: Term, { inputs }: GraphNode): Part {
  const from = inputs.length > 1 ? `${inputs[term.source]} ` : '';
  const where = term.place!.length === 3 ? `[${term.place!.join(', ')}]` : `value ${term.place![0]}`;
  const name = `${from}${where}: ${short(term.input)} × ${short(term.weight)}`;
  return { name, terms: [term], sum: term.input * term.weight };
}

function line({ name, sum }: Part, press: (() => void) | null): HTMLTableRowElement {
  const element = row(name, sum);
  if (press !== null) element.firstElementChild!.replaceChildren(button(name, press, { class: 'link' }));
  return element;
}

function row(name: string, value: number): HTMLTableRowElement {
  return h('tr', { 'data-part': value }, h('th', { scope: 'row' }, name), h('td', {}, short(value)));
}
