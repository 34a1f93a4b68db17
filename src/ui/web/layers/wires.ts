import type { Graph } from '../../../models/graph/graph.js';

const SVG = 'http://www.w3.org/2000/svg';

/** Lines from each layer to those that read it, behind the cards of a flow. */
export function drawWires(flow: HTMLElement, { nodes }: Graph): void {
  flow.querySelector('svg')?.remove();
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'wires');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('width', String(flow.scrollWidth));
  svg.setAttribute('height', String(flow.scrollHeight));
  const frame = flow.getBoundingClientRect();
  const boxes = new Map(
    [...flow.querySelectorAll<HTMLElement>('.card')].map((card) => [
      card.dataset.layer!,
      card.getBoundingClientRect(),
    ]),
  );
  for (const { name, inputs } of nodes) {
    const to = boxes.get(name)!;
    for (const input of new Set(inputs)) {
      const from = boxes.get(input)!;
      const [x0, y0] = [from.right - frame.left, (from.top + from.bottom) / 2 - frame.top];
      const [x1, y1] = [to.left - frame.left, (to.top + to.bottom) / 2 - frame.top];
      const bend = (x1 - x0) / 2;
      const path = document.createElementNS(SVG, 'path');
      path.setAttribute('d', `M${x0} ${y0}C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`);
      svg.append(path);
    }
  }
  flow.prepend(svg);
}
