import { visible } from '../../base/text/visible.js';
import type { Block } from '../../tasks/visualize/networks/architecture.js';
import { COLORS } from './architecture-colors.js';

/** Names of any kind become numbers, which both languages take. */
function numbersOf(blocks: readonly Block[]): ReadonlyMap<string, string> {
  return new Map(blocks.map(({ name }, i) => [name, `n${i}`]));
}

/** Each way from a block to one that reads it, by their numbers. */
function waysOf(blocks: readonly Block[]): (readonly [from: string, to: string])[] {
  const numbers = numbersOf(blocks);
  return blocks.flatMap(({ name, inputs }) =>
    inputs.map((input) => [numbers.get(input)!, numbers.get(name)!] as const),
  );
}

/** A network in Graphviz's language: `dot -Tsvg net.dot` draws it. */
export function architectureDot(blocks: readonly Block[], title: string): string {
  const quoted = (text: string): string =>
    `"${visible(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const nodes = blocks.map(({ label, shape, category }, i) => {
    const words = `${quoted(label).slice(0, -1)}\\n${shape.join('x')}"`;
    return `  n${i} [label=${words}, fillcolor="${COLORS[category]}"];`;
  });
  const ways = waysOf(blocks).map(([from, to]) => `  ${from} -> ${to};`);
  const head = [
    'digraph network {',
    `  label=${quoted(title)};`,
    '  labelloc=t;',
    '  node [shape=box, style="filled,rounded", fontname="Helvetica", fontsize=11];',
  ];
  return `${[...head, ...nodes, ...ways, '}'].join('\n')}\n`;
}

/** A network in Mermaid's language, which pages of GitHub draw. */
export function architectureMermaid(blocks: readonly Block[], title: string): string {
  const quoted = (text: string): string =>
    `"${visible(text)
      .replaceAll('&', '&amp;')
      .replaceAll('"', '#quot;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')}"`;
  const nodes = blocks.map(({ label, shape, category }, i) => {
    const words = `${quoted(label).slice(0, -1)}<br/>${shape.join('x')}"`;
    return `  n${i}[${words}]:::${category}`;
  });
  const ways = waysOf(blocks).map(([from, to]) => `  ${from} --> ${to}`);
  const categories = [...new Set(blocks.map(({ category }) => category))];
  const classes = categories.map(
    (category) => `  classDef ${category} fill:${COLORS[category]},color:#1f2328`,
  );
  const head = ['---', `title: ${quoted(title)}`, '---', 'flowchart TB'];
  return `${[...head, ...nodes, ...ways, ...classes].join('\n')}\n`;
}
