import { type Document, isAlias, isCollection, isMap, isPair, isScalar, type Node } from 'yaml';
import { cut } from '../text/visible.js';

/** What is wrong with a text. */
export interface Fault {
  /** Where in the text; absent where it is the whole of it. */
  readonly offset?: number;
  readonly message: string;
}

/** Lists and mappings inside each other: more than any config has, and few enough to read one inside the other. */
const MAX_DEPTH = 500;

export const TOO_DEEP = `here are more than ${MAX_DEPTH} lists and mappings inside each other.`;

/** Characters once aliases are filled in: ten times what the largest file has without them. */
const MAX_CHARACTERS = 10_000_000;

const MAX_ALIASES = 10_000;

/** What is wrong with how a well-formed text is put together, or undefined. Takes as long as the text is, however much that stands for. */
export function structureFault(document: Document.Parsed): Fault | undefined {
  try {
    new Walker().walk(document.contents);
    return undefined;
  } catch (error) {
    if (error instanceof Found) return error.fault;
    throw error;
  }
}

class Found extends Error {
  constructor(readonly fault: Fault) {
    super(fault.message);
  }
}

class Walker {
  readonly #anchors = new Map<string, Node>();
  /** How many characters a node with an anchor stands for. */
  readonly #sizes = new Map<Node, number>();
  /** The nodes that the walk is inside of. */
  readonly #inside = new Set<Node>();
  #aliases = 0;

  /** About how many characters a node stands for, its aliases filled in. */
  walk(node: unknown): number {
    if (isAlias(node)) return this.#sizeOfAlias(node.source, offsetOf(node));
    if (isPair(node)) return this.walk(node.key) + this.walk(node.value);
    if (!isScalar(node) && !isCollection(node)) return 0;
    if (node.anchor) this.#anchors.set(node.anchor, node);
    const size = isCollection(node) ? this.#sizeOfItems(node, node.items) : lengthOf(node);
    if (node.anchor) this.#sizes.set(node, size);
    if (size > MAX_CHARACTERS)
      throw new Found({ message: 'is too large once its aliases (*name) are filled in.' });
    return size;
  }

  #sizeOfItems(node: Node, items: readonly unknown[]): number {
    if (this.#inside.size >= MAX_DEPTH) {
      throw new Found({ offset: offsetOf(node), message: TOO_DEEP });
    }
    if (isMap(node)) requireUniqueKeys(items);
    this.#inside.add(node);
    const size = items.reduce<number>((sum, item) => sum + this.walk(item), 1);
    this.#inside.delete(node);
    return size;
  }

  #sizeOfAlias(name: string, offset: number): number {
    const target = this.#anchors.get(name);
    if (target === undefined) {
      throw new Found({ offset, message: `there is no anchor &${cut(name)} before this.` });
    }
    if (this.#inside.has(target)) throw new Found({ offset, message: `*${cut(name)} stands inside itself.` });
    this.#aliases++;
    if (this.#aliases > MAX_ALIASES) {
      throw new Found({ offset, message: `there are more than ${MAX_ALIASES} aliases (*name).` });
    }
    return this.#sizes.get(target) ?? 1;
  }
}

/** Instead of the parser's own check, which compares every key with every other. */
function requireUniqueKeys(items: readonly unknown[]): void {
  const seen = new Set<unknown>();
  for (const item of items) {
    const key = isPair(item) && isScalar(item.key) ? item.key : undefined;
    if (key === undefined) continue;
    if (seen.has(key.value)) {
      const message = `not well-formed YAML: ${JSON.stringify(cut(String(key.value)))} stands here a second time.`;
      throw new Found({ offset: offsetOf(key), message });
    }
    seen.add(key.value);
  }
}

function lengthOf({ range }: Node): number {
  return range ? 1 + range[1] - range[0] : 1;
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
