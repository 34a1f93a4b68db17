import { sizeOf } from '../../../base/tensor.js';
import { counted } from '../../../base/text/words.js';
import { type Graph, type GraphNode, INPUT, type Shape } from '../../../models/graph/graph.js';
import type { Answer } from '../network/network.js';
import { paintPicture } from '../parts/colours.js';
import { contextOf, h } from '../parts/dom.js';
import { type Place, placeOver, Sheet } from '../parts/sheet.js';
import { drawWires } from './wires.js';

/** CSS pixels of the input's longer side; the other maps are to the same scale. */
const INPUT_SIDE = 64;
/** Smaller maps are made as large as this, so that they can be seen and tapped. */
const LEAST_SIDE = 14;
/** Of all maps of a column, where branches share it. */
const COLUMN_HEIGHT = 440;
const LEAST_HEIGHT = 80;
const MOST_MAPS = 512;
const MOST_VALUES = 4096;

export interface ColumnsEvents {
  /** A value was tapped, or a map chosen by keys. */
  choose(layer: GraphNode, place: Place): void;
  /** The pointer is over a map, or over none. */
  hover(layer: GraphNode, channel: number | null, event: MouseEvent): void;
  /** Enter on a layer: on to its details. */
  enter(): void;
}

interface Card {
  readonly node: GraphNode;
  readonly element: HTMLButtonElement;
  readonly sheet: Sheet;
  readonly mark: HTMLElement;
}

/** The network as columns of feature maps, a column a step on the way from the image to the answer. */
export class Columns {
  readonly element: HTMLElement;
  readonly #graph: Graph;
  readonly #events: ColumnsEvents;
  readonly #input: HTMLCanvasElement;
  readonly #cards = new Map<string, Card>();
  readonly #flow: HTMLElement;
  #chosen: { readonly name: string; readonly channel: number } | null = null;

  constructor(graph: Graph, events: ColumnsEvents) {
    this.#graph = graph;
    this.#events = events;
    const [height, width] = graph.input;
    this.#input = h('canvas', {
      height,
      width,
      class: 'sheet',
      role: 'img',
      'aria-label': 'What the network sees',
    });
    this.#input.style.width = `${width * scaleOf(graph.input, graph)}px`;
    const input = h(
      'div',
      { class: 'card input', 'data-layer': INPUT },
      this.#input,
      caption('input', graph.input),
    );
    const levels = levelsOf(graph).map((nodes) =>
      h(
        'div',
        { class: 'level' },
        ...nodes.map(
          (node) => this.#addCard(node, Math.max(LEAST_HEIGHT, COLUMN_HEIGHT / nodes.length)).element,
        ),
      ),
    );
    this.#flow = h('div', { class: 'flow' }, h('div', { class: 'level' }, input), ...levels);
    this.element = h(
      'div',
      { class: 'scroll', role: 'toolbar', 'aria-label': 'Layers', id: 'layers' },
      this.#flow,
    );
    this.element.addEventListener('keydown', (event) => this.#key(event));
    new ResizeObserver(() => drawWires(this.#flow, graph)).observe(this.#flow);
  }

  #addCard(node: GraphNode, mostHeight: number): Card {
    const scale = scaleOf(node.outputShape, this.#graph);
    const isMap = node.outputShape.length === 3;
    const most = isMap ? MOST_MAPS : MOST_VALUES;
    const sheet = new Sheet(node.outputShape, { scale, mostHeight, most });
    const mark = h('span', { class: 'mark', hidden: true });
    const isFirst = this.#cards.size === 0;
    const element = h(
      'button',
      {
        type: 'button',
        class: 'card',
        'data-layer': node.name,
        tabindex: isFirst ? 0 : -1,
        'aria-pressed': 'false',
      },
      h('span', { class: 'maps' }, sheet.canvas, mark),
      caption(node.name, node.outputShape, sheet.shown),
    );
    element.addEventListener('click', (event) => this.#click(node, event));
    element.addEventListener('pointermove', (event) => {
      if (event.pointerType === 'mouse') this.#events.hover(node, sheet.at(event)?.[0] ?? null, event);
    });
    element.addEventListener('pointerleave', (event) => this.#events.hover(node, null, event));
    const card = { node, element, sheet, mark };
    this.#cards.set(node.name, card);
    return card;
  }

  #click(node: GraphNode, event: MouseEvent): void {
    // A key has no place.
    const isKey = event.detail === 0;
    const before = this.#chosen?.name === node.name ? this.#chosen.channel : 0;
    const place = isKey ? null : this.#cards.get(node.name)!.sheet.at(event);
    this.#events.choose(node, place ?? middleOf(node.outputShape, before));
    if (isKey) this.#events.enter();
  }

  /** Left and right go from layer to layer, up and down from map to map. */
  #key(event: KeyboardEvent): void {
    const cards = [...this.#cards.values()];
    const at = cards.findIndex(({ element }) => element === document.activeElement);
    if (at < 0) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const up = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const end = { Home: 0, End: cards.length - 1 }[event.key];
    const next = step === undefined ? end : Math.max(0, Math.min(cards.length - 1, at + step));
    if (next !== undefined) this.#focus(cards[next]!);
    else if (up !== undefined) this.#turn(cards[at]!, up);
    else return;
    event.preventDefault();
  }

  #focus(card: Card): void {
    card.element.focus();
    card.element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    this.#turn(card, 0);
  }

  #turn({ node }: Card, by: number): void {
    const channels = node.outputShape.at(-1)!;
    const channel = this.#chosen?.name === node.name ? this.#chosen.channel + by : 0;
    this.#events.choose(node, middleOf(node.outputShape, Math.max(0, Math.min(channels - 1, channel))));
  }

  /** Marks the map that is looked at, and the layers that it reads. */
  mark(node: GraphNode, channel: number): void {
    this.#chosen = { name: node.name, channel };
    for (const card of this.#cards.values()) {
      const isChosen = card.node === node;
      card.element.setAttribute('aria-pressed', String(isChosen));
      card.element.tabIndex = isChosen ? 0 : -1;
      card.element.classList.toggle('source', node.inputs.includes(card.node.name));
      placeOver(card.mark, isChosen && channel < card.sheet.shown ? card.sheet.boxOf(channel) : null);
    }
  }

  show({ bytes, outputs }: Answer): void {
    contextOf(this.#input).putImageData(paintPicture(bytes, this.#graph.input), 0, 0);
    for (const { node, sheet } of this.#cards.values()) sheet.paint(outputs.get(node.name)!);
  }
}

/** The value in the middle of a map. */
function middleOf(shape: Shape, channel: number): Place {
  if (shape.length < 3) return [channel, 0, 0];
  return [channel, Math.floor(shape[0]! / 2), Math.floor(shape[1]! / 2)];
}

function scaleOf(shape: Shape, { input }: Graph): number {
  if (shape.length < 3) return shape[0]! <= 200 ? 12 : shape[0]! <= 1000 ? 7 : 4;
  const scale = INPUT_SIDE / Math.max(input[0], input[1]);
  return Math.max(scale > 1 ? Math.floor(scale) : scale, LEAST_SIDE / Math.max(shape[0]!, shape[1]!));
}

/** "32 maps of 26x26", "128 values" */
export function describe(shape: Shape): string {
  if (shape.length < 3) return counted(sizeOf(shape), 'value');
  return `${counted(shape[2]!, 'map')} of ${shape[0]}x${shape[1]}`;
}

function caption(name: string, shape: Shape, shown = shape.at(-1)!): HTMLElement {
  const rest = shape.at(-1)! > shown ? `, the first ${shown} here` : '';
  return h('span', { class: 'caption' }, h('b', {}, name), ' ', h('span', {}, `${describe(shape)}${rest}`));
}

/** The layers by how many come before them on the longest way from the image. */
function levelsOf({ nodes }: Graph): GraphNode[][] {
  const depths = new Map<string, number>([[INPUT, 0]]);
  const levels: GraphNode[][] = [];
  for (const node of nodes) {
    const depth = node.inputs.reduce((most, name) => Math.max(most, depths.get(name)! + 1), 1);
    depths.set(node.name, depth);
    levels[depth - 1] = [...(levels[depth - 1] ?? []), node];
  }
  return levels;
}
