import type { Node } from './node.js';

/** Operators that only move values, which ONNX Runtime may join to what reads their results. */
const MOVES = new Set(['Reshape', 'Transpose', 'Split', 'Gather', 'Slice', 'Concat', 'Pad', 'ReorderInput']);

/** Which node of a graph needs which. Nodes go by their places in the list. */
export class DataFlow {
  readonly #nodes: readonly Node[];
  /** By the name of a tensor. */
  readonly #producers = new Map<string, number>();
  readonly #consumers = new Map<string, number[]>();
  readonly #sources: readonly number[][];

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
    this.#sources = nodes.map(({ input, captured, output }, at) => {
      const names = [...input, ...captured];
      for (const name of names) {
        const known = this.#consumers.get(name);
        if (known) known.push(at);
        else this.#consumers.set(name, [at]);
      }
      for (const name of output) this.#producers.set(name, at);
      return this.#producersOf(names);
    });
  }

  /** The node that makes a tensor; undefined for an input. */
  producer(name: string): Node | undefined {
    const at = this.#producers.get(name);
    return at === undefined ? undefined : this.#nodes[at];
  }

  /** For each node 1 where these tensors are computed by it, or from what it computes. */
  neededFor(names: readonly string[]): Uint8Array {
    const needed = new Uint8Array(this.#nodes.length);
    const open = this.#producersOf(names);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (needed[at]) continue;
      needed[at] = 1;
      open.push(...this.#sources[at]!);
    }
    return needed;
  }

  /** The nodes that compute something of a tensor, however its values are moved before. */
  readers(name: string): number[] {
    return (this.#consumers.get(name) ?? []).flatMap((at) => {
      const { opType, output } = this.#nodes[at]!;
      return MOVES.has(opType) ? output.flatMap((moved) => this.readers(moved)) : [at];
    });
  }

  #producersOf(names: readonly string[]): number[] {
    return names.flatMap((name) => this.#producers.get(name) ?? []);
  }
}
