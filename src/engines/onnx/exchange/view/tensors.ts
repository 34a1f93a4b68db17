import { realpathSync, statSync } from 'node:fs';
import { endianness } from 'node:os';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { codeOf, messageOf, WorkError } from '../../../../base/errors.js';
import { type Bytes, broken, bytesAt, bytesOf, windowOf } from '../../../../base/files/bytes.js';
import { halfToNumber } from '../../../../base/half.js';
import { sizeOf } from '../../../../base/tensor.js';
import { turnMatrix } from '../../../../base/turn-matrix.js';
import type { Long, TensorMessage } from '../../write/proto.js';

/** A constant of an ONNX file, its values still where they are. */
export interface Constant {
  readonly name: string;
  readonly dims: readonly number[];
  readonly isInteger: boolean;
  /** In our own graph: the weight, `layer/weight`, whose values belong here. */
  readonly slot?: string;
  /** The matrix that the file turns round to get this one. */
  readonly turned?: Constant;
  /** Values of a weight in row-major order. @throws WorkError for another type than floats, or values that are missing */
  values(): Float32Array;
  /** Fills `into` with values of a weight from the one at place `begin` on. @throws WorkError as `values` */
  read(into: Float32Array, begin: number): void;
  /** Values of any type. @throws WorkError for types that are not read */
  numbers(): ArrayLike<number>;
}

export const toNumber = (value: number | Long): number =>
  typeof value === 'number' ? value : value.toNumber();

/** A constant that was computed from shapes. */
export function madeConstant(name: string, dims: readonly number[], values: readonly number[]): Constant {
  return {
    name,
    dims,
    isInteger: true,
    values: () => Float32Array.from(values),
    read: (into, begin) => into.set(values.slice(begin, begin + into.length)),
    numbers: () => values,
  };
}

/** [rows, columns] to [columns, rows]. */
export function transposedConstant(matrix: Constant): Constant {
  const [rows, columns] = matrix.dims as [number, number];
  const turn = (read: Constant['read']) => {
    const into = new Float32Array(rows * columns);
    turnMatrix(read, [rows, columns], (column) => column, into);
    return into;
  };
  const values = () => turn((into, begin) => matrix.read(into, begin));
  return {
    ...matrix,
    dims: [columns, rows],
    turned: matrix,
    values,
    read: (into, begin) => into.set(values().subarray(begin, begin + into.length)),
    numbers() {
      const numbers = Float32Array.from(matrix.numbers());
      return turn((into, begin) => into.set(numbers.subarray(begin, begin + into.length)));
    },
  };
}

/** A tensor of a file. */
export function constantOf(path: string, tensor: TensorMessage): Constant {
  const dims = (tensor.dims ?? []).map(toNumber);
  const name = tensor.name ?? '';
  const isInteger = [...INTEGERS, BOOL].includes(tensor.dataType ?? 0);
  const checked = (): Values => {
    const values = valuesOf(path, tensor);
    if (values.count === sizeOf(dims)) return values;
    throw broken(path, `is damaged: "${name}" of shape [${dims.join(', ')}] has ${values.count} values`);
  };
  const floats = (): Values => {
    if (FLOATS.includes(tensor.dataType ?? 0)) return checked();
    throw unread(path, tensor);
  };
  const all = ({ count, read }: Values): Float32Array => {
    const values = new Float32Array(count);
    read(values, 0);
    return values;
  };
  return {
    name,
    dims,
    isInteger,
    values: () => all(floats()),
    read: (into, begin) => floats().read(into, begin),
    numbers: () => all(checked()),
  };
}

/** Values of a tensor, wherever they lie. */
interface Values {
  readonly count: number;
  readonly read: Constant['read'];
}

/** TensorProto.DataType: float32, float16, float64, bfloat16; int32, int64; bool. */
const FLOATS = [1, 10, 11, 16];
const INTEGERS = [6, 7];
const BOOL = 9;

interface RawForm {
  readonly bytes: number;
  read(view: DataView, at: number): number;
}

/** How values of a TensorProto.DataType lie in raw bytes. */
const RAW: Readonly<Record<number, RawForm>> = {
  1: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  6: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  7: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  9: { bytes: 1, read: (view, at) => view.getUint8(at) },
  10: { bytes: 2, read: (view, at) => halfToNumber(view.getUint16(at, true)) },
  11: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  16: { bytes: 2, read: (view, at) => bfloatToNumber(view.getUint16(at, true)) },
};

function valuesOf(path: string, tensor: TensorMessage): Values {
  const form = RAW[tensor.dataType ?? 0];
  if (!form) throw unread(path, tensor);
  const bytes = bytesOfTensor(path, tensor);
  if (bytes === null) {
    const values = listed(tensor);
    const read: Constant['read'] = (into, begin) => into.set(values.subarray(begin, begin + into.length));
    return { count: values.length, read };
  }
  const read: Constant['read'] = (into, begin) => readRaw(bytes, form, begin, into);
  return { count: Math.floor(bytes.size / form.bytes), read };
}

/** null where the values do not lie as raw bytes. */
function bytesOfTensor(path: string, tensor: TensorMessage): Bytes | null {
  if (tensor.dataLocation === 1) return externalBytes(path, tensor);
  if (tensor.values) return tensor.values;
  return tensor.rawData?.length ? bytesOf(path, tensor.rawData) : null;
}

const IS_LITTLE_ENDIAN = endianness() === 'LE';
/** So many values are read at a time. */
const PART = 1 << 20;

function readRaw(bytes: Bytes, form: RawForm, begin: number, into: Float32Array): void {
  if (form === RAW[1] && IS_LITTLE_ENDIAN) {
    bytes.read(new Uint8Array(into.buffer, into.byteOffset, into.byteLength), begin * form.bytes);
    return;
  }
  const part = Buffer.alloc(Math.min(PART, into.length) * form.bytes);
  const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
  for (let done = 0; done < into.length; done += PART) {
    const count = Math.min(PART, into.length - done);
    bytes.read(part.subarray(0, count * form.bytes), (begin + done) * form.bytes);
    for (let i = 0; i < count; i++) into[done + i] = form.read(view, i * form.bytes);
  }
}

function unread(path: string, { name, dataType }: TensorMessage): WorkError {
  return new WorkError(
    `${path} holds "${name}" as data type ${dataType}: float32, float64, float16 and bfloat16 can be read. Save the model with one of these.`,
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

/** Values that lie in a file of their own beside the model. */
function externalBytes(path: string, { name, externalData }: TensorMessage): Bytes {
  const entry = (key: string) => externalData?.find((data) => data.key === key)?.value;
  const folder = resolve(dirname(path));
  const file = resolve(folder, entry('location') ?? '');
  const outside = () =>
    new WorkError(
      `${path} keeps "${name}" outside its folder, in ${entry('location')}: that is not read. Put that file beside it and save the model anew.`,
    );
  if (!isInside(folder, file)) throw outside();
  const bytes = besideModel(path, file, outside);
  const offset = Number(entry('offset') ?? 0);
  const length = Number(entry('length') ?? bytes.size - offset);
  const isThere = [offset, length].every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!isThere || offset + length > bytes.size) {
    throw broken(path, `is damaged: "${name}" lies beyond the ${bytes.size} bytes of ${file}`);
  }
  return windowOf(path, bytes, offset, length);
}

function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** A file beside the model, which may be a link, but not to something elsewhere. */
function besideModel(path: string, file: string, outside: () => WorkError): Bytes {
  try {
    const stat = statSync(file);
    if (!isInside(realpathSync(dirname(path)), realpathSync(file)) || !stat.isFile()) throw outside();
    return bytesAt(file, stat.size);
  } catch (error) {
    if (error instanceof WorkError) throw error;
    throw new WorkError(
      `${path} keeps its values in ${file}, which cannot be read: ${codeOf(error) ?? messageOf(error)}. Put that file beside it.`,
    );
  }
}
