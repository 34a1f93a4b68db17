import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { codeOf, messageOf, WorkError } from '../../../errors.js';
import { sizeOf } from '../../../tensor.js';
import type { Long, NodeFields, ReadModel, TensorMessage } from '../proto.js';

/** A constant of an ONNX file, its values still where they are. */
export interface Constant {
  readonly name: string;
  readonly dims: readonly number[];
  /** Float32 values in row-major order. @throws WorkError for another type, or values that are missing */
  values(): Float32Array;
}

export const toNumber = (value: number | Long): number =>
  typeof value === 'number' ? value : value.toNumber();

/** The constants of a model: initializers, and what only renames or transposes one. */
export function constantsOf(path: string, { graph }: ReadModel): Map<string, Constant> {
  const constants = new Map<string, Constant>();
  for (const tensor of graph?.initializer ?? []) constants.set(tensor.name ?? '', constantOf(path, tensor));
  for (const node of graph?.node ?? []) {
    const made = madeBy(path, node, constants);
    if (made) constants.set(node.output?.[0] ?? '', made);
  }
  return constants;
}

function madeBy(path: string, node: NodeFields, known: ReadonlyMap<string, Constant>): Constant | undefined {
  const input = known.get(node.input?.[0] ?? '');
  const attribute = (name: string) => node.attribute?.find((a) => a.name === name);
  if (node.opType === 'Constant') {
    const value = attribute('value')?.t;
    return value && constantOf(path, { ...value, name: node.output?.[0] });
  }
  if (node.opType === 'Identity') return input;
  if (node.opType !== 'Transpose' || input?.dims.length !== 2) return undefined;
  const [rows, columns] = input.dims as [number, number];
  return { ...input, dims: [columns, rows], values: () => transposed(input.values(), rows, columns) };
}

/** A matrix of [rows, columns] as one of [columns, rows]. */
export function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = values[row * columns + column]!;
  }
  return turned;
}

function constantOf(path: string, tensor: TensorMessage): Constant {
  const dims = (tensor.dims ?? []).map(toNumber);
  const name = tensor.name ?? '';
  return { name, dims, values: () => checked(path, name, dims, valuesOf(path, tensor)) };
}

function checked(path: string, name: string, dims: readonly number[], values: Float32Array): Float32Array {
  if (values.length === sizeOf(dims)) return values;
  throw new WorkError(
    `${path} is damaged: "${name}" of shape [${dims.join(', ')}] has ${values.length} values.`,
  );
}

/** How values of a TensorProto.DataType lie in raw bytes. */
const RAW: Readonly<Record<number, { bytes: number; read(view: DataView, at: number): number }>> = {
  1: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  10: { bytes: 2, read: (view, at) => halfToNumber(view.getUint16(at, true)) },
  11: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

function valuesOf(path: string, tensor: TensorMessage): Float32Array {
  const form = RAW[tensor.dataType ?? 0];
  if (!form) {
    throw new WorkError(
      `${path} holds "${tensor.name}" as data type ${tensor.dataType}: float32, float64 and float16 can be read.`,
    );
  }
  const raw = tensor.dataLocation === 1 ? externalBytes(path, tensor) : tensor.rawData;
  if (raw === undefined || raw.length === 0)
    return Float32Array.from(tensor.floatData?.length ? tensor.floatData : (tensor.doubleData ?? []));
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const count = Math.floor(raw.length / form.bytes);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = form.read(view, i * form.bytes);
  return values;
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const files = new Map<string, Buffer>();

/** Values that lie in a file of their own beside the model. */
function externalBytes(path: string, { name, externalData }: TensorMessage): Uint8Array {
  const entry = (key: string) => externalData?.find((data) => data.key === key)?.value;
  const folder = resolve(dirname(path));
  const file = resolve(folder, entry('location') ?? '');
  if (relative(folder, file).startsWith('..')) {
    throw new WorkError(
      `${path} keeps "${name}" outside its folder, in ${entry('location')}: that is not read.`,
    );
  }
  const offset = Number(entry('offset') ?? 0);
  const bytes = readOnce(path, file);
  const length = Number(entry('length') ?? bytes.length - offset);
  return bytes.subarray(offset, offset + length);
}

function readOnce(path: string, file: string): Buffer {
  const known = files.get(file);
  if (known) return known;
  try {
    const bytes = readFileSync(file);
    // Several tensors lie in one file; another model brings another.
    files.clear();
    files.set(file, bytes);
    return bytes;
  } catch (error) {
    throw new WorkError(
      `${path} keeps its values in ${file}, which cannot be read: ${codeOf(error) ?? messageOf(error)}.`,
    );
  }
}
