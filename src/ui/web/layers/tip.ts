import type { GraphNode } from '../../../models/graph/graph.js';
import type { PageNetwork } from '../network/network.js';
import { h } from '../parts/dom.js';
import { Sheet } from '../parts/sheet.js';
import { kernelOf } from './kernel.js';

/** What is shown beside the pointer while it is over a map: which one, its kernel, what it came from. */
export class Tip {
  readonly element = h('div', { class: 'tip', 'aria-hidden': 'true', hidden: true });
  readonly #network: PageNetwork;
  #shown = '';

  constructor(network: PageNetwork) {
    this.#network = network;
  }

  show(node: GraphNode, channel: number | null, event: MouseEvent): void {
    this.element.hidden = channel === null;
    if (channel === null) return;
    const key = `${node.name}/${channel}`;
    if (key !== this.#shown) this.#fill(node, channel);
    this.#shown = key;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const left = Math.min(event.clientX + 16, innerWidth - width - 8);
    const above = event.clientY - height - 16;
    this.element.style.left = `${Math.max(8, left)}px`;
    this.element.style.top = `${above > 8 ? above : event.clientY + 20}px`;
  }

  #fill(node: GraphNode, channel: number): void {
    const kernel = kernelOf(this.#network, node, channel);
    const what = node.outputShape.length === 3 ? 'map' : 'value';
    const lines: HTMLElement[] = [
      h('p', {}, h('b', {}, `${node.name}, ${what} ${channel}`), ` from ${node.inputs.join(', ')}`),
    ];
    if (kernel !== null) {
      const { tensor } = kernel;
      const longer = tensor.shape.length === 3 ? Math.max(tensor.shape[0]!, tensor.shape[1]!) : 1;
      const scale = longer === 1 ? 3 : Math.max(1, Math.min(8, Math.floor(36 / longer)));
      const sheet = new Sheet(tensor.shape, { scale, mostHeight: 110, most: 256 });
      sheet.paint(tensor);
      lines.push(sheet.canvas);
    }
    this.element.replaceChildren(...lines);
  }
}
