import type { DataFlow } from './data-flow.js';
import { NCHWC } from './nchwc.js';
import type { Node } from './node.js';

/** A tensor that is written where inputs of its graph lie. */
interface Overwriting {
  /** The tensor. */
  readonly next: string;
  /** The inputs. */
  readonly memory: readonly string[];
}

/** Operators that may write a value where they have just read it; a Loop does so after its last pass. */
const MAY_OVERWRITE = new Set(['Add', 'Sub', 'Mul', 'Div', 'Loop']);

/**
 * Makes sure that nothing reads an input that has been overwritten.
 * @throws an internal error that names the node that may
 */
export function requireWrittenLast(flow: DataFlow, writes: readonly Overwriting[]): void {
  const needed = flow.neededFor(writes.map(({ next }) => next));
  for (const { next, memory } of writes) {
    const before = flow.neededFor([next]);
    const node = flow.producer(next);
    for (const name of memory) {
      const late = flow.readers(name).find((at) => needed[at] && !before[at]);
      if (late !== undefined) {
        throw new Error(`internal: ${flow.node(late).name} may read ${name} when it has been replaced`);
      }
      if (node?.input.includes(name) && !mayOverwrite(node, name)) {
        throw new Error(`internal: ${node.name} reads ${name} while it replaces it`);
      }
    }
  }
}

function mayOverwrite({ opType, domain, input, captured }: Node, name: string): boolean {
  // The fourth input of a convolution in blocks is what it adds to, in place.
  if (domain === NCHWC) return opType === 'Conv' && !input.slice(0, 3).includes(name);
  return MAY_OVERWRITE.has(opType) && !captured.includes(name);
}
