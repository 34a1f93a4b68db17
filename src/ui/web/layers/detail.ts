import { formatValue } from '../../../base/text/format.js';
import type { GraphNode, Shape } from '../../../models/graph/graph.js';
import { layerDef } from '../../../models/layers/index.js';
import type { Answer, PageNetwork } from '../network/network.js';
import { button, h, labelled } from '../parts/dom.js';
import { type Place, placeOver, Sheet } from '../parts/sheet.js';
import { describe } from './columns.js';
import { explanation, short } from './explanation.js';
import { kernelOf } from './kernel.js';

/** CSS pixels of a map's longer side. */
const MAP_SIDE = 280;
/** Of a kernel's map, and of the values of a vector all together. */
const KERNEL_SIDE = 36;
const VECTOR_HEIGHT = 160;
const MOST_ACROSS = 12;

export interface DetailEvents {
  choose(layer: GraphNode, place: Place): void;
}

/** One map of a layer, large; its kernel; how one of its values comes about. */
export class Detail {
  readonly element: HTMLElement;
  readonly #network: PageNetwork;
  readonly #events: DetailEvents;
  readonly #heading = h('h2', { id: 'detail-heading', tabindex: -1 });
  readonly #body = h('div', { class: 'detail-body' });
  readonly #value = h('h3', { id: 'value-heading', 'aria-live': 'polite' });
  readonly #explained = h('div', {});
  #shown: { node: GraphNode; sheet: Sheet; mark: HTMLElement; fields: HTMLInputElement[] } | null = null;
  #place: Place = [0, 0, 0];
  readonly #kernel = h('div', {});

  constructor(network: PageNetwork, events: DetailEvents) {
    this.#network = network;
    this.#events = events;
    this.element = h(
      'section',
      { id: 'detail', 'aria-labelledby': 'detail-heading' },
      this.#heading,
      this.#body,
    );
  }

  focus(): void {
    this.#heading.focus();
  }

  show(answer: Answer, node: GraphNode, place: Place): void {
    this.#place = place;
    if (this.#shown?.node !== node) this.#build(node);
    const { sheet, mark, fields } = this.#shown!;
    const [channel, row, column] = place;
    const output = answer.outputs.get(node.name)!;
    const isMap = output.shape.length === 3;
    const channels = output.shape.at(-1)!;
    this.#heading.textContent = isMap
      ? `${node.name}: map ${channel} of ${channels}`
      : `${node.name}: value ${channel} of ${channels}`;
    if (isMap) {
      const [height, width] = output.shape as [number, number];
      const data = Float32Array.from(
        { length: height * width },
        (_, i) => output.data[i * channels + channel]!,
      );
      sheet.paint({ shape: [height, width, 1], data });
      const box = sheet.boxOf(0);
      const [cell, left, top] = [
        box.width / width,
        (column * box.width) / width,
        (row * box.height) / height,
      ];
      placeOver(mark, { left, top, width: cell, height: box.height / height });
    } else {
      sheet.paint(output);
      placeOver(mark, channel < sheet.shown ? sheet.boxOf(channel) : null);
    }
    (isMap ? [channel, row, column] : [channel]).forEach((value, i) => {
      if (document.activeElement !== fields[i]) fields[i]!.value = String(value);
    });
    this.#showKernel(node, channel);
    const at = isMap ? [row, column, channel] : [channel];
    const index = isMap ? (row * output.shape[1]! + column) * channels + channel : channel;
    const onMap = output.data[index]!;
    this.#value.textContent = `${isMap ? `Row ${row}, column ${column}` : `Value ${channel}`}: ${short(onMap)}`;
    this.#explained.replaceChildren(explanation(this.#network, answer, node, at, onMap));
  }

  #showKernel(node: GraphNode, channel: number): void {
    const kernel = kernelOf(this.#network, node, channel);
    if (kernel === null) {
      this.#kernel.replaceChildren();
      return;
    }
    const { tensor, bias, text } = kernel;
    const sheet = kernelSheet(tensor.shape);
    sheet.paint(tensor);
    const words = `${text}${bias === null ? '' : `; its bias is ${formatValue(bias, 4)}`}`;
    this.#kernel.replaceChildren(
      h('h3', {}, { rbf: 'Its centre', dense: 'Its weights' }[node.kind] ?? 'Its kernel'),
      h('div', { class: 'scroll', tabindex: 0, role: 'img', 'aria-label': words }, sheet.canvas),
      h('p', { class: 'quiet' }, `It has ${words}.`),
    );
  }

  /** What stays as long as the layer does. */
  #build(node: GraphNode): void {
    const isMap = node.outputShape.length === 3;
    const [height, width, channels] = isMap
      ? (node.outputShape as [number, number, number])
      : [1, 1, node.outputShape[0]!];
    const scale = isMap
      ? Math.max(1, Math.floor(MAP_SIDE / Math.max(height, width)))
      : channels <= 200
        ? 14
        : 6;
    const sheet = new Sheet(isMap ? [height, width, 1] : [channels], {
      scale,
      mostHeight: MAP_SIDE,
      most: 4096,
    });
    const mark = h('span', { class: 'mark' });
    const label = isMap
      ? 'Map. Arrow keys go from value to value, Page Up and Page Down from map to map.'
      : 'Values. Arrow keys go from one to the next.';
    const map = h(
      'div',
      { class: 'maps large', tabindex: 0, role: 'application', 'aria-label': label, id: 'map' },
      sheet.canvas,
      mark,
    );
    map.addEventListener('click', (event) => {
      const found = sheet.at(event);
      if (found === null) return;
      this.#events.choose(node, isMap ? [this.#place[0], found[1], found[2]] : found);
    });
    map.addEventListener('keydown', (event) => this.#key(event, node));
    const names = isMap ? ['Map', 'Row', 'Column'] : ['Value'];
    const most = isMap ? [channels, height, width] : [channels];
    const fields = names.map((name, i) => numberField(name, most[i]! - 1, () => this.#typed(node)));
    this.#shown = { node, sheet, mark, fields };
    const labels = fields.map((field, i) => labelled(names[i]!, field));
    this.#body.replaceChildren(
      h(
        'div',
        { class: 'detail-map' },
        h('div', { class: 'fields' }, ...labels),
        h('div', { class: 'scroll' }, map),
        this.#about(node),
      ),
      h('div', { class: 'detail-kernel' }, this.#kernel),
      h('div', { class: 'detail-value' }, this.#value, this.#explained),
    );
  }

  #about(node: GraphNode): HTMLElement {
    const def = layerDef(node.kind);
    const lines =
      def.explain?.(node.params as Record<string, unknown>, node.inputShapes, node.outputShape) ?? [];
    const sources = node.inputs.map((name) => this.#sourceButton(name));
    return h(
      'div',
      { class: 'about-layer' },
      h(
        'p',
        {},
        `${def.description} It gives ${describe(node.outputShape)} and reads `,
        ...sources.flatMap((each, i) => (i > 0 ? [', ', each] : [each])),
        '.',
      ),
      ...(lines.length > 0
        ? [
            h(
              'details',
              {},
              h('summary', {}, 'The figures'),
              h('ul', {}, ...lines.map((line) => h('li', {}, line))),
            ),
          ]
        : []),
    );
  }

  #sourceButton(name: string): HTMLElement {
    const source = this.#network.graph.nodes.find((node) => node.name === name);
    if (source === undefined) return h('span', {}, 'the image');
    return button(name, () => this.#events.choose(source, [0, 0, 0]), { class: 'link' });
  }

  #typed(node: GraphNode): void {
    const values = this.#shown!.fields.map((field) =>
      Math.max(0, Math.min(Number(field.max), Math.trunc(Number(field.value)) || 0)),
    );
    this.#events.choose(node, [values[0]!, values[1] ?? 0, values[2] ?? 0]);
  }

  #key(event: KeyboardEvent, node: GraphNode): void {
    const moves: Record<string, Place> = {
      ArrowUp: [0, -1, 0],
      ArrowDown: [0, 1, 0],
      ArrowLeft: [0, 0, -1],
      ArrowRight: [0, 0, 1],
      PageUp: [-1, 0, 0],
      PageDown: [1, 0, 0],
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const isMap = node.outputShape.length === 3;
    const by = isMap ? move : ([move[0] + move[1] + move[2], 0, 0] as const);
    const most = isMap
      ? [node.outputShape[2]!, node.outputShape[0]!, node.outputShape[1]!]
      : [node.outputShape[0]!, 1, 1];
    const next = this.#place.map((value, i) => Math.max(0, Math.min(most[i]! - 1, value + by[i]!)));
    this.#events.choose(node, next as unknown as Place);
  }
}

function numberField(name: string, max: number, changed: () => void): HTMLInputElement {
  const field = h('input', {
    type: 'number',
    min: 0,
    max,
    step: 1,
    id: `field-${name.toLowerCase()}`,
    inputmode: 'numeric',
  });
  field.addEventListener('input', changed);
  return field;
}

/** Few maps side by side, more of them in rows. */
function kernelSheet(shape: Shape): Sheet {
  if (shape.length < 3)
    return new Sheet(shape, { scale: shape[0]! > 1000 ? 4 : 8, mostHeight: VECTOR_HEIGHT, most: 4096 });
  const [height, width, channels] = shape as [number, number, number];
  const scale = Math.max(2, Math.min(12, Math.floor(KERNEL_SIDE / Math.max(height, width))));
  const rows = Math.ceil(Math.min(channels, 1024) / MOST_ACROSS);
  return new Sheet(shape, { scale, mostHeight: rows * (height + 1) * scale + scale, most: 1024 });
}
