import { buildGraph } from '../../../src/models/build.js';
import { readSpec } from '../../../src/models/config/read-spec.js';
import { parseSource } from '../../../src/models/config/source.js';
import type { Graph } from '../../../src/models/graph/graph.js';

/** The six lines before `layers:` of every config in tests; a layer that follows is on line 8 or below. */
const HEAD = `title: A test
input: [28, 28, 1]
classes: 10
dataset: mnist
training:
  optimizer: adam
`;

/** A config with these layers, one a line from line 8 on, and a classifier unless it is left out. */
export function configOf(
  layers: readonly string[],
  options: { head?: string; classifier?: boolean } = {},
): string {
  const all = options.classifier === false ? layers : [...layers, ...CLASSIFIER];
  return `${options.head ?? HEAD}layers:\n${all.map((layer) => `  - ${layer}\n`).join('')}`;
}

export const CLASSIFIER = ['flatten', 'dense: { units: classes, activation: softmax }'];

/** The head of `configOf` with one line in place of another. */
export function headWith(line: string, instead: string): string {
  return HEAD.replace(line, instead);
}

/** The graph of a text as if it were in `name`.yaml. */
export function graphOf(text: string, name = 'my'): Graph {
  return buildGraph(readSpec(name, parseSource(`${name}.yaml`, text)));
}
