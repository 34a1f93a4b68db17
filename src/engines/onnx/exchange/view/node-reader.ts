import type { AttributeFields, NodeFields } from '../../write/proto.js';
import type { NewStep, Step, StepMaker, View } from './graph.js';
import { type Constant, toNumber } from './tensors.js';
import { isPlain, viewOf } from './views.js';

/** What a node reads and gives. */
export type Operand = View | Constant;

export const isView = (operand: Operand | undefined): operand is View =>
  operand !== undefined && 'step' in operand;

/** A node of a file with what it reads, and how steps are made of it. */
export class NodeReader {
  readonly opType: string;
  /** For messages: `Conv "features.0"`. */
  readonly title: string;
  readonly #maker: StepMaker;

  /**
   * @param operands undefined for one that is left out
   * @param isReadOnce whether nothing but this node reads its input of that number
   */
  constructor(
    readonly path: string,
    readonly node: NodeFields,
    readonly operands: readonly (Operand | undefined)[],
    maker: StepMaker,
    readonly isReadOnce: (input: number) => boolean,
    /** The version of ONNX's operators that the file is written in. */
    readonly opset: number,
  ) {
    this.#maker = maker;
    this.opType = node.opType ?? '';
    this.title = titleOf(node);
  }

  make(step: NewStep): Step {
    return this.#maker.make(step);
  }

  /** Input `i`; a constant as the tensor that it is. undefined where it is left out. */
  view(i: number): View | undefined {
    const operand = this.operands[i];
    return operand && !isView(operand) ? this.#leaf(operand) : operand;
  }

  /** Input `i` where it is a constant. */
  constant(i: number): Constant | undefined {
    const operand = this.operands[i];
    return isView(operand) ? undefined : operand;
  }

  /** A list of whole numbers that stands in an attribute, or since a later opset in an input. */
  list(name: string, input: number): number[] | undefined {
    const numbers = this.constant(input)?.numbers();
    return numbers ? Array.from(numbers) : this.ints(name);
  }

  int(name: string, otherwise: number): number {
    const value = this.attribute(name)?.i;
    return value === undefined || value === null ? otherwise : toNumber(value);
  }

  float(name: string, otherwise: number): number {
    return this.attribute(name)?.f ?? otherwise;
  }

  ints(name: string): number[] | undefined {
    return this.attribute(name)?.ints?.map(toNumber);
  }

  text(name: string, otherwise: string): string {
    const bytes = this.attribute(name)?.s;
    return bytes ? Buffer.from(bytes).toString() : otherwise;
  }

  attribute(name: string): AttributeFields | undefined {
    return this.node.attribute?.find((a) => a.name === name);
  }

  /** Every attribute as it stands, for operators that have no reader of their own. */
  attributes(): Record<string, unknown> {
    const entries = (this.node.attribute ?? []).map(({ name = '', i = 0, f = 0, s, ints, floats }) => [
      name,
      [
        toNumber(i ?? 0),
        f,
        s ? Buffer.from(s).toString() : '',
        (ints ?? []).map(toNumber),
        [...(floats ?? [])],
      ],
    ]);
    return Object.fromEntries(entries);
  }

  /**
   * A step that is compared as it stands: operator, settings, what it reads.
   * @param shape the extents of its output; null where nobody knows
   */
  asItStands(shape: readonly number[] | null, settings: Record<string, unknown> = this.attributes()): View {
    const inputs = this.operands.flatMap((_, i) => this.view(i) ?? []);
    const all = inputs.every(isPlain)
      ? settings
      : { ...settings, groups: inputs.map(({ groups }) => groups) };
    return viewOf(this.make({ kind: this.opType, settings: all, inputs, constants: [], shape }));
  }

  #leaf(constant: Constant): View {
    return viewOf(
      this.make({ kind: 'constant', settings: {}, inputs: [], constants: [constant], shape: constant.dims }),
    );
  }
}

export function titleOf({ opType, name, output }: NodeFields): string {
  return `${opType} "${name || output?.[0]}"`;
}

/** Reads one node; null where it has a form that it does not know: then the node is compared as it stands. */
export type Reader = (n: NodeReader) => Operand | null;
