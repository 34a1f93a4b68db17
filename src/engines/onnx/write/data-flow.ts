import type { Node } from './node.js';

/** Operators that only move values, which ONNX Runtime may join to what reads their results. */
const MOVES = new Set(['Reshape', 'Transpose', 'Split', 'Gather', 'Slice', 'Concat', 'Pad', 'ReorderInput']);

/** Which node of a graph needs which. Nodes go by their places in the list, each behind all whose results it reads. */
export class DataFlow {
  readonly #nodes: readonly Node[];
  /** By the name of a tensor: the node that makes it. */
  readonly #producers = new Map<string, number>();
  /** By the name of a tensor that no node makes. */
  readonly #readersOfGiven = new Map<string, number[]>();
  /** The nodes whose results each node reads, and those that read its results. */
  readonly #sources: number[][] = [];
  readonly #readers: number[][] = [];

  /** @param nodes may grow at its end */
  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
  }

  node(at: number): Node {
    return this.#nodes[at]!;
  }

  /** The node that makes a tensor; undefined for an input. */
  producer(name: string): Node | undefined {
    this.#catchUp();
    const at = this.#producers.get(name);
    return at === undefined ? undefined : this.#nodes[at];
  }

  /** For each node 1 where these tensors are computed by it, or from what it computes. */
  neededFor(names: readonly string[]): Uint8Array {
    this.#catchUp();
    const needed = new Uint8Array(this.#nodes.length);
    for (const name of names) {
      const at = this.#producers.get(name);
      if (at !== undefined) needed[at] = 1;
    }
    // What a node reads was written before it: once from the last to the first is enough.
    for (let at = needed.length - 1; at >= 0; at--) {
      if (needed[at] === 1) for (const source of this.#sources[at]!) needed[source] = 1;
    }
    return needed;
  }

  /** The nodes that compute something of an input, however its values are moved before. */
  readers(name: string): number[] {
    this.#catchUp();
    return this.#behindMoves(this.#readersOfGiven.get(name) ?? []);
  }

  #behindMoves(readers: readonly number[]): number[] {
    return readers.flatMap((at) =>
      MOVES.has(this.#nodes[at]!.opType) ? this.#behindMoves(this.#readers[at]!) : [at],
    );
  }

  /** Takes in the nodes that have been written since. */
  #catchUp(): void {
    for (let at = this.#sources.length; at < this.#nodes.length; at++) {
      const { input, captured, output } = this.#nodes[at]!;
      const sources: number[] = [];
      this.#sources.push(sources);
      this.#readers.push([]);
      for (const name of input) this.#read(name, at, sources);
      for (const name of captured) this.#read(name, at, sources);
      for (const name of output) this.#producers.set(name, at);
    }
  }

  #read(name: string, at: number, sources: number[]): void {
    const from = this.#producers.get(name);
    if (from !== undefined) {
      sources.push(from);
      this.#readers[from]!.push(at);
      return;
    }
    const known = this.#readersOfGiven.get(name);
    if (known) known.push(at);
    else this.#readersOfGiven.set(name, [at]);
  }
}
