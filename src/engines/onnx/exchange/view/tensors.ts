import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { codeOf, messageOf, WorkError } from '../../../../base/errors.js';
import { halfToNumber } from '../../../../base/half.js';
import { sizeOf } from '../../../../base/tensor.js';
import type { Long, TensorMessage } from '../../write/proto.js';

/** A constant of an ONNX file, its values still where they are. */
export interface Constant {
  readonly name: string;
  readonly dims: readonly number[];
  readonly isInteger: boolean;
  /** In our own graph: the weight, `layer/weight`, whose values belong here. */
  readonly slot?: string;
  /** Values of a weight in row-major order. @throws WorkError for another type than floats, or values that are missing */
  values(): Float32Array;
  /** Values of any type. @throws WorkError for types that are not read */
  numbers(): ArrayLike<number>;
}

export const toNumber = (value: number | Long): number =>
  typeof value === 'number' ? value : value.toNumber();

/** A constant that was computed from shapes. */
export function madeConstant(name: string, dims: readonly number[], values: readonly number[]): Constant {
  return { name, dims, isInteger: true, values: () => Float32Array.from(values), numbers: () => values };
}

/** [rows, columns] to [columns, rows]. */
export function transposedConstant(matrix: Constant): Constant {
  const [rows, columns] = matrix.dims as [number, number];
  const turn = (values: ArrayLike<number>) => transposed(Float32Array.from(values), rows, columns);
  return {
    ...matrix,
    dims: [columns, rows],
    values: () => transposed(matrix.values(), rows, columns),
    numbers: () => turn(matrix.numbers()),
  };
}

/** A matrix of [rows, columns] as one of [columns, rows]. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = values[row * columns + column]!;
  }
  return turned;
}

/** A tensor of a file. */
export function constantOf(path: string, tensor: TensorMessage): Constant {
  const dims = (tensor.dims ?? []).map(toNumber);
  const name = tensor.name ?? '';
  const isInteger = [...INTEGERS, BOOL].includes(tensor.dataType ?? 0);
  const numbers = () => checked(path, name, dims, valuesOf(path, tensor));
  const values = () => {
    if (FLOATS.includes(tensor.dataType ?? 0)) return numbers();
    throw unread(path, tensor);
  };
  return { name, dims, isInteger, values, numbers };
}

function checked(path: string, name: string, dims: readonly number[], values: Float32Array): Float32Array {
  if (values.length === sizeOf(dims)) return values;
  throw new WorkError(
    `${path} is damaged: "${name}" of shape [${dims.join(', ')}] has ${values.length} values.`,
  );
}

/** TensorProto.DataType: float32, float16, float64, bfloat16; int32, int64; bool. */
const FLOATS = [1, 10, 11, 16];
const INTEGERS = [6, 7];
const BOOL = 9;

/** How values of a TensorProto.DataType lie in raw bytes. */
const RAW: Readonly<Record<number, { bytes: number; read(view: DataView, at: number): number }>> = {
  1: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  6: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  7: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  9: { bytes: 1, read: (view, at) => view.getUint8(at) },
  10: { bytes: 2, read: (view, at) => halfToNumber(view.getUint16(at, true)) },
  11: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  16: { bytes: 2, read: (view, at) => bfloatToNumber(view.getUint16(at, true)) },
};

function valuesOf(path: string, tensor: TensorMessage): Float32Array {
  const form = RAW[tensor.dataType ?? 0];
  if (!form) throw unread(path, tensor);
  const raw = tensor.dataLocation === 1 ? externalBytes(path, tensor) : tensor.rawData;
  if (raw === undefined || raw.length === 0) return listed(tensor);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const count = Math.floor(raw.length / form.bytes);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = form.read(view, i * form.bytes);
  return values;
}

function unread(path: string, { name, dataType }: TensorMessage): WorkError {
  return new WorkError(
    `${path} holds "${name}" as data type ${dataType}: float32, float64, float16 and bfloat16 can be read.`,
  );
}

/** Values that stand in a field of their type; float16, bfloat16 and bool lie in that of int32, the halves by their bits. */
function listed({ dataType, floatData, doubleData, int32Data, int64Data }: TensorMessage): Float32Array {
  const small = int32Data ?? [];
  if (dataType === 10) return Float32Array.from(small, halfToNumber);
  if (dataType === 16) return Float32Array.from(small, bfloatToNumber);
  const lists = [floatData, doubleData, int64Data?.map(toNumber), small];
  return Float32Array.from(lists.find((list) => list?.length) ?? []);
}

/** The upper half of a float32. */
function bfloatToNumber(bits: number): number {
  const float = new Float32Array(1);
  new Uint32Array(float.buffer)[0] = bits << 16;
  return float[0]!;
}

const files = new Map<string, Buffer>();

/** Values that lie in a file of their own beside the model. */
function externalBytes(path: string, { name, externalData }: TensorMessage): Uint8Array {
  const entry = (key: string) => externalData?.find((data) => data.key === key)?.value;
  const folder = resolve(dirname(path));
  const file = resolve(folder, entry('location') ?? '');
  const outside = () =>
    new WorkError(`${path} keeps "${name}" outside its folder, in ${entry('location')}: that is not read.`);
  if (!isInside(folder, file)) throw outside();
  const bytes = readOnce(path, file, outside);
  const offset = Number(entry('offset') ?? 0);
  const length = Number(entry('length') ?? bytes.length - offset);
  const isThere = [offset, length].every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!isThere || offset + length > bytes.length) {
    throw new WorkError(`${path} is damaged: "${name}" lies beyond the ${bytes.length} bytes of ${file}.`);
  }
  return bytes.subarray(offset, offset + length);
}

function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** A file beside the model, which may be a link, but not to something elsewhere. */
function readOnce(path: string, file: string, outside: () => WorkError): Buffer {
  const known = files.get(file);
  if (known) return known;
  try {
    if (!isInside(realpathSync(dirname(path)), realpathSync(file)) || !statSync(file).isFile())
      throw outside();
    const bytes = readFileSync(file);
    // Several tensors lie in one file; another model brings another.
    files.clear();
    files.set(file, bytes);
    return bytes;
  } catch (error) {
    if (error instanceof WorkError) throw error;
    throw new WorkError(
      `${path} keeps its values in ${file}, which cannot be read: ${codeOf(error) ?? messageOf(error)}.`,
    );
  }
}
