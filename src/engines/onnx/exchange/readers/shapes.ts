import { sizeOf } from '../../../../base/tensor.js';
import { isView, type NodeReader, type Operand, type Reader } from '../view/node-reader.js';
import { type Constant, constantOf, madeConstant, transposedConstant } from '../view/tensors.js';
import { axesOf, reshapedView, transposedView } from '../view/views.js';

/** Leaves values as they are. */
export const passing: Reader = (n) => n.operands[0] ?? null;

/** TensorProto.DataType: float32, float16, float64. */
const FLOATS = [1, 10, 11];

/** A change between kinds of floats leaves values as they are. */
export const cast: Reader = (n) => {
  const x = n.operands[0];
  if (!x) return null;
  if (isView(x)) return FLOATS.includes(n.int('to', 1)) ? x : null;
  return x.isInteger && FLOATS.includes(n.int('to', 1)) ? null : x;
};

export const constant: Reader = (n) => {
  const name = n.node.output?.[0] ?? '';
  const tensor = n.attribute('value')?.t;
  if (tensor) return constantOf(n.path, { ...tensor, name });
  const whole = n.attribute('value_int');
  if (whole) return madeConstant(name, [], [n.int('value_int', 0)]);
  const list = n.ints('value_ints');
  if (list) return madeConstant(name, [list.length], list);
  const floats = n.attribute('value_floats')?.floats;
  const values = floats ?? (n.attribute('value_float') ? [n.float('value_float', 0)] : undefined);
  if (!values) return null;
  return { ...madeConstant(name, floats ? [values.length] : [], [...values]), isInteger: false };
};

export const reshape: Reader = (n) => {
  const target = n.list('shape', 1);
  if (!target || n.int('allowzero', 0) !== 0) return null;
  return to(n, target);
};

export const flatten: Reader = (n) => {
  const dims = n.operands[0]?.dims;
  if (!dims) return null;
  const axis = axesOf([n.int('axis', 1)], dims.length)[0]!;
  return to(n, [sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis))]);
};

export const squeeze: Reader = (n) => {
  const dims = n.operands[0]?.dims;
  if (!dims) return null;
  const axes = axesOf(n.list('axes', 1) ?? dims.flatMap((d, i) => (d === 1 ? [i] : [])), dims.length);
  return to(
    n,
    dims.filter((_, i) => !axes.includes(i)),
  );
};

/** An axis goes where its extent is 1, as PyTorch's `squeeze` asks while it runs (see `branchesToSqueeze`). */
export const squeezeIfOne: Reader = (n) => {
  const dims = n.operands[0]?.dims;
  const given = n.ints('axes');
  if (!dims || !given) return null;
  const axes = axesOf(given, dims.length).filter((axis) => dims[axis] === 1);
  return to(
    n,
    dims.filter((_, i) => !axes.includes(i)),
  );
};

export const unsqueeze: Reader = (n) => {
  const dims = n.operands[0]?.dims;
  const given = n.list('axes', 1);
  if (!dims || !given) return null;
  const axes = axesOf(given, dims.length + given.length);
  const rest = [...dims];
  return to(
    n,
    Array.from({ length: dims.length + axes.length }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!)),
  );
};

function to(n: NodeReader, target: readonly number[]): Operand | null {
  const x = n.operands[0];
  if (!x) return null;
  if (isView(x)) {
    const view = reshapedView(x, target);
    if (view || !x.dims) return view;
    const open = target.map((extent, i) => (extent === 0 ? x.dims![i]! : extent));
    const rest = sizeOf(x.dims) / -sizeOf(open);
    const dims = open.map((extent) => (extent === -1 ? rest : extent));
    return sizeOf(dims) === sizeOf(x.dims) ? n.asItStands(dims, { to: dims }) : null;
  }
  const rest = sizeOf(x.dims) / -sizeOf(target);
  const dims = target.map((extent) => (extent === -1 ? rest : extent));
  return sizeOf(dims) === sizeOf(x.dims) ? { ...x, dims } : null;
}

export const transpose: Reader = (n) => {
  const x = n.operands[0];
  if (!x?.dims) return null;
  const perm = n.ints('perm') ?? x.dims.map((_, i) => x.dims!.length - 1 - i);
  if (isView(x)) return transposedView(x, perm);
  // Values for a weight of ours come in its own order.
  return x.dims.length === 2 && perm.join() === '1,0' && !x.slot ? transposedConstant(x) : null;
};

export const shape: Reader = (n) => {
  const dims = n.operands[0]?.dims;
  if (!dims) return null;
  const part = dims.slice(n.int('start', 0), n.attribute('end') ? n.int('end', 0) : undefined);
  return madeConstant(n.title, [part.length], part);
};

type Numbers = readonly number[];

/** What an operator makes of whole numbers, extents and values. */
type OfIntegers = (n: NodeReader, inputs: readonly Constant[]) => { dims: Numbers; values: Numbers } | null;

const listed =
  (of: (inputs: readonly Numbers[]) => Numbers): OfIntegers =>
  (_n, inputs) => {
    const values = of(inputs.map((input) => Array.from(input.numbers())));
    const isScalar = inputs.every(({ dims }) => dims.length === 0);
    return { dims: isScalar ? [] : [values.length], values };
  };

const pairwise = (of: (p: number, q: number) => number): OfIntegers =>
  listed(([a, b]) =>
    Array.from({ length: Math.max(a!.length, b!.length) }, (_, i) =>
      of(a![i % a!.length]!, b![i % b!.length]!),
    ),
  );

/** Arithmetic of shapes. */
const OF_INTEGERS: Readonly<Record<string, OfIntegers>> = {
  Gather: (_n, [from, at]) => {
    const list = Array.from(from!.numbers());
    return { dims: at!.dims, values: Array.from(at!.numbers(), (i) => list.at(i) ?? 0) };
  },
  Concat: listed((inputs) => inputs.flat()),
  Slice: (n, [x]) => slicedRows(n, x!),
  Add: pairwise((p, q) => p + q),
  Sub: pairwise((p, q) => p - q),
  Mul: pairwise((p, q) => p * q),
  Div: pairwise((p, q) => Math.trunc(p / q)),
  ReduceProd: listed(([values]) => [sizeOf(values!)]),
  ConstantOfShape: (n, [extents]) => {
    const dims = Array.from(extents!.numbers());
    const value = n.attribute('value')?.t;
    const filling = value ? constantOf(n.path, value).numbers()[0]! : 0;
    return sizeOf(dims) <= MOST ? { dims, values: new Array(sizeOf(dims)).fill(filling) } : null;
  },
};

/** Some rows of a list or matrix, also in reverse. */
function slicedRows(n: NodeReader, x: Constant): { dims: Numbers; values: Numbers } | null {
  const [begin, end] = [n.list('starts', 1)?.[0], n.list('ends', 2)?.[0]];
  const [axis, step] = [n.list('axes', 3)?.[0] ?? 0, n.list('steps', 4)?.[0] ?? 1];
  if (axis !== 0 || Math.abs(step) !== 1 || begin === undefined || end === undefined) return null;
  const values = Array.from(x.numbers());
  const width = sizeOf(x.dims.slice(1));
  const rows = Array.from({ length: x.dims[0] ?? 0 }, (_, i) => values.slice(i * width, (i + 1) * width));
  const at = (place: number) => Math.max(-1, place < 0 ? place + rows.length : place);
  const picked = step === 1 ? rows.slice(begin, end) : rows.slice(at(end) + 1, at(begin) + 1).reverse();
  return { dims: [picked.length, ...x.dims.slice(1)], values: picked.flat() };
}

/** Shapes are small. */
const MOST = 64;

/** The constant that a node makes of small constants of whole numbers, such as the target of a reshape. */
export function ofIntegers(n: NodeReader): Constant | null {
  const inputs = n.operands.filter(
    (operand): operand is Constant => operand !== undefined && !isView(operand),
  );
  const areSmall = inputs.every(
    ({ isInteger, dims }) => isInteger && dims.length <= 2 && sizeOf(dims) <= MOST,
  );
  if (inputs.length === 0 || inputs.length < n.operands.length || !areSmall) return null;
  const made = OF_INTEGERS[n.opType]?.(n, inputs);
  return made ? madeConstant(n.node.output?.[0] ?? '', made.dims, made.values) : null;
}
