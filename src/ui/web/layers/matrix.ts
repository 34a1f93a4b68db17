import { formatValue } from '../../../base/text/format.js';
import type { Term } from '../../../models/lowering/arithmetic.js';
import { colourOf, css, inkOn, largestSize } from '../parts/colours.js';
import { h } from '../parts/dom.js';

/**
 * A figure for each place of a window, as a table with its name above.
 * @param winner the number of the term that stands out
 */
export function matrix(
  caption: string,
  terms: readonly Term[],
  figureOf: (term: Term) => number,
  winner?: number,
): HTMLElement {
  const ordered = (axis: number) =>
    [...new Set(terms.map(({ place }) => place![axis]!))].sort((a, b) => a - b);
  const [rows, columns] = [ordered(0), ordered(1)];
  const most = largestSize(terms.map(figureOf));
  const at = new Map(terms.map((term, i) => [term.place!.slice(0, 2).join(), i]));
  const body = rows.map((row) =>
    h('tr', {}, ...columns.map((column) => cell(terms, figureOf, at.get(`${row},${column}`), most, winner))),
  );
  const table = h('table', { class: 'matrix', 'aria-label': caption }, h('tbody', {}, ...body));
  return h('div', {}, h('p', { class: 'quiet' }, caption), table);
}

function cell(
  terms: readonly Term[],
  figureOf: (term: Term) => number,
  index: number | undefined,
  most: number,
  winner: number | undefined,
): HTMLElement {
  if (index === undefined) return h('td', {});
  const value = figureOf(terms[index]!);
  const element = h('td', index === winner ? { class: 'winner' } : {}, formatValue(value, 3));
  const colour = colourOf(value, most);
  element.style.background = css(colour);
  element.style.color = inkOn(colour);
  return element;
}
