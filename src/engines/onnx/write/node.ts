import type { Attribute } from './messages.js';
import type { Ref } from './ref.js';

/** A node as it is written. */
export interface Node {
  readonly opType: string;
  readonly domain: string;
  readonly input: string[];
  readonly output: string[];
  readonly attribute: object[];
  readonly name: string;
  /** What the node's subgraphs read from around them. */
  readonly captured: readonly string[];
}

/** What two nodes that compute the same have in common; null for one with a subgraph. */
export function keyOf(
  opType: string,
  domain: string,
  inputs: readonly (Ref | '')[],
  attributes: Readonly<Record<string, Attribute>>,
): string | null {
  const values = Object.entries(attributes);
  if (values.some(([, value]) => typeof value === 'object' && 'graph' in value)) return null;
  const names = inputs.map((input) => (input === '' ? '' : input.name));
  return JSON.stringify([opType, domain, names, values]);
}
