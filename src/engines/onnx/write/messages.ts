import { ATTRIBUTE_TYPES, DATA_TYPES, type DataType } from './proto.js';

/** An extent of an input or output: a number, or a word for one that may differ from run to run. */
export type Extent = number | string;

/** An attribute: integers and lists of them as they are, floats through `float()` and `floats()`. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly graph: Subgraph };

/** A graph inside an attribute: the body of a Loop. */
interface Subgraph {
  message(): object;
  /** The names that it reads from around it. */
  outerNames(): string[];
}

export const float = (value: number): Attribute => ({ float: value });
export const floats = (...values: readonly number[]): Attribute => ({ floats: values });

/** The type of an input or output. */
export function valueInfo(name: string, type: DataType, dims: readonly Extent[]): object {
  const dim = dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: DATA_TYPES[type], shape: { dim } } } };
}

/** The type of an output that is a sequence of tensors. */
export function sequenceInfo(name: string, type: DataType): object {
  return { name, type: { sequenceType: { elemType: { tensorType: { elemType: DATA_TYPES[type] } } } } };
}

export function attributeMessage(name: string, value: Attribute): object {
  if (typeof value === 'number') return { name, type: ATTRIBUTE_TYPES.int, i: value };
  if (typeof value === 'string') return { name, type: ATTRIBUTE_TYPES.string, s: Buffer.from(value) };
  if ('float' in value) return { name, type: ATTRIBUTE_TYPES.float, f: value.float };
  if ('floats' in value) return { name, type: ATTRIBUTE_TYPES.floats, floats: value.floats };
  if ('graph' in value) return { name, type: ATTRIBUTE_TYPES.graph, g: value.graph.message() };
  return { name, type: ATTRIBUTE_TYPES.ints, ints: value };
}
