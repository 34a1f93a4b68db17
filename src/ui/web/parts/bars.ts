import { formatPercent } from '../../../base/text/format.js';
import { h } from './dom.js';

/** With more classes only the most probable are shown. */
const MOST_FIXED = 20;
const SHOWN = 10;
/** Longer names are cut. */
const MOST_LETTERS = 16;

interface Row {
  readonly element: HTMLElement;
  readonly name: HTMLElement;
  readonly fill: HTMLElement;
  readonly figure: HTMLElement;
}

/** Class probabilities as bars: of few classes all in their order, of many the most probable first. */
export class Bars {
  readonly element: HTMLElement;
  readonly #labels: readonly string[];
  readonly #rows: readonly Row[];
  readonly #best = h('p', { class: 'best', id: 'best' });

  /** @param seen a picture of what the network sees, which stands beside the answer */
  constructor(labels: readonly string[], seen: HTMLElement) {
    this.#labels = labels;
    this.#rows = labels.slice(0, labels.length > MOST_FIXED ? SHOWN : labels.length).map(makeRow);
    const list = h('ol', { class: 'bars', id: 'bars' }, ...this.#rows.map(({ element }) => element));
    const longest = labels.reduce((most, label) => Math.max(most, label.length), 0);
    list.style.setProperty('--names', `${Math.min(longest, MOST_LETTERS) + 2.5}ch`);
    this.element = h('div', {}, h('div', { class: 'seen' }, seen, this.#best), list);
  }

  /** @param truth the number of the true class, where it is known */
  show(probabilities: Float32Array, truth: number | null): string {
    const order = [...probabilities.keys()].sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
    const isFixed = this.#labels.length <= MOST_FIXED;
    for (const [i, row] of this.#rows.entries())
      this.#fill(row, isFixed ? i : order[i]!, probabilities, truth, order[0]!);
    const best = `${this.#labels[order[0]!]}, ${formatPercent(probabilities[order[0]!]!, 1)}`;
    this.#best.textContent = best;
    return best;
  }

  #fill(row: Row, label: number, probabilities: Float32Array, truth: number | null, best: number): void {
    const value = probabilities[label]!;
    row.name.textContent = `${this.#labels[label]}${label === truth ? ' ✓' : ''}`;
    row.name.title = label === truth ? `${this.#labels[label]}: what it is` : this.#labels[label]!;
    row.fill.style.width = `${100 * value}%`;
    row.figure.textContent = formatPercent(value, 1);
    row.element.classList.toggle('most', label === best);
    row.element.dataset.class = String(label);
    row.element.dataset.probability = String(value);
  }
}

function makeRow(): Row {
  const name = h('span', { class: 'bar-name' });
  const fill = h('span', { class: 'bar-fill' });
  const figure = h('span', { class: 'bar-figure' });
  const element = h('li', {}, name, h('span', { class: 'bar' }, fill), figure);
  return { element, name, fill, figure };
}
