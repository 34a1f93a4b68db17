import { endianness } from 'node:os';
import { WorkError } from '../../base/errors.js';
import type { Bytes } from '../../base/files/bytes.js';
import { halfToNumber } from '../../base/half.js';
import { sizeOf } from '../../base/tensor.js';
import { type Dtype, type FileTensor, isFloat } from './tensor-file.js';

/** Bytes of a value. */
export const BYTES_OF: Readonly<Record<Dtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  other: 1,
};

const IS_LITTLE_ENDIAN = endianness() === 'LE';

/** So many values are turned into float32 at a time. */
const PART = 1 << 20;

/** A tensor whose values lie one behind the other, little-endian. */
export function plainTensor(
  path: string,
  name: string,
  dtype: Dtype,
  shape: readonly number[],
  bytes: Bytes,
): FileTensor {
  return {
    name,
    dtype,
    shape,
    read(into, begin) {
      requireFloats(path, name, dtype);
      readFloats(bytes, dtype, begin, into);
    },
  };
}

/**
 * All values of a tensor.
 * @throws WorkError where they cannot be read, or memory does not suffice
 */
export function valuesOf(path: string, tensor: FileTensor): Float32Array {
  requireFloats(path, tensor.name, tensor.dtype);
  const values = allocate(path, sizeOf(tensor.shape));
  tensor.read(values, 0);
  return values;
}

/** @throws WorkError naming the tensor whose values are no floats */
export function requireFloats(path: string, name: string, dtype: Dtype): void {
  if (isFloat(dtype)) return;
  throw new WorkError(
    `${path} holds "${name}" as ${dtype}: weights are read as F32, F16, BF16 and F64. Save it as one of these.`,
  );
}

/** @throws WorkError where memory does not suffice */
export function allocate(path: string, count: number): Float32Array {
  try {
    return new Float32Array(count);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new WorkError(
      `${path} cannot be read: it is too large for this machine's memory: take one with more.`,
    );
  }
}

/** Fills `into` with values from the one at place `begin` on. */
function readFloats(bytes: Bytes, dtype: Dtype, begin: number, into: Float32Array): void {
  const width = BYTES_OF[dtype];
  if (dtype === 'F32' && IS_LITTLE_ENDIAN) {
    bytes.read(new Uint8Array(into.buffer, into.byteOffset, into.byteLength), begin * width);
    return;
  }
  const part = Buffer.alloc(Math.min(PART, into.length) * width);
  for (let done = 0; done < into.length; done += PART) {
    const values = into.subarray(done, done + PART);
    const raw = part.subarray(0, values.length * width);
    bytes.read(raw, (begin + done) * width);
    decode(dtype, raw, values);
  }
}

/** Little-endian values of a type of floats. */
export function decode(dtype: Dtype, raw: Uint8Array, into: Float32Array): void {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const { length } = into;
  if (dtype === 'F64') for (let i = 0; i < length; i++) into[i] = view.getFloat64(8 * i, true);
  else if (dtype === 'F32') for (let i = 0; i < length; i++) into[i] = view.getFloat32(4 * i, true);
  else if (dtype === 'F16') {
    const table = halves();
    for (let i = 0; i < length; i++) into[i] = table[view.getUint16(2 * i, true)]!;
  } else {
    // The upper half of a float32.
    const bits = new Uint32Array(into.buffer, into.byteOffset, length);
    for (let i = 0; i < length; i++) bits[i] = view.getUint16(2 * i, true) << 16;
  }
}

let table: Float32Array | undefined;

/** What each of the 65536 patterns of a float16 stands for. */
function halves(): Float32Array {
  table ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => halfToNumber(bits));
  return table;
}
