import { type Bytes, broken } from '../../base/files/bytes.js';
import { sizeOf } from '../../base/tensor.js';
import type { PickleNames } from './pickle.js';
import type { Dtype, FileTensor } from './tensor-file.js';
import { allocate, plainTensor } from './values.js';

/** Numbers of one type that tensors look into. */
export class TorchStorage {
  constructor(
    readonly dtype: Dtype,
    readonly key: string,
    /** How many. */
    readonly count: number,
  ) {}
}

/** A tensor as a pickle describes it. */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    /** Where in the storage its first value is. */
    readonly offset: number,
    readonly shape: readonly number[],
    /** How many values further the next one along each axis is. */
    readonly strides: readonly number[],
  ) {}
}

/** The type of a storage. */
class StorageType {
  constructor(readonly dtype: Dtype) {}
}

const STORAGES: Readonly<Record<string, Dtype>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

const onlyFirst = (first: unknown): unknown => first;

/** All that a state dict needs. */
export const TORCH_NAMES: PickleNames = new Map<string, unknown>([
  ['collections.OrderedDict', (pairs?: unknown) => orderedDict(pairs)],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', onlyFirst],
  ['torch.nn.parameter.Parameter', onlyFirst],
  ...Object.entries(STORAGES).map(([name, dtype]): [string, unknown] => [
    `torch.${name}`,
    new StorageType(dtype),
  ]),
]);

/** Python 2 wrote the entries as pairs behind the name. */
function orderedDict(pairs: unknown): Map<unknown, unknown> {
  const isPairs = Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
  return new Map(isPairs ? (pairs as [unknown, unknown][]) : []);
}

function rebuildTensor(storage: unknown, offset: unknown, shape: unknown, strides: unknown): TorchTensor {
  const isRight = isCount(offset) && isCounts(shape) && isCounts(strides) && shape.length === strides.length;
  if (!(storage instanceof TorchStorage) || !isRight) throw new Error('a tensor that is none');
  return new TorchTensor(storage, offset, shape, strides);
}

/** What a persistent id stands for: ('storage', type, key, device, count, and in old files a view or None). */
export function storageOf(id: unknown): TorchStorage {
  const [word, type, key, , count, view] = Array.isArray(id) ? id : [];
  const isRight = word === 'storage' && type instanceof StorageType && isCount(count);
  if (!isRight || !(typeof key === 'string' || isCount(key)) || (view !== undefined && view !== null))
    throw new Error('a storage that is none');
  return new TorchStorage(type.dtype, String(key), count);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= 16 && value.every(isCount);

/**
 * A tensor of a file, with the bytes of its storage.
 * @throws WorkError where it looks beyond its storage
 */
export function fileTensor(
  path: string,
  name: string,
  { storage, offset, shape, strides }: TorchTensor,
  open: (storage: TorchStorage) => Bytes,
): FileTensor {
  const { dtype, count } = storage;
  const size = sizeOf(shape);
  const last = shape.reduce((sum, extent, axis) => sum + (extent - 1) * strides[axis]!, offset);
  if (size > count || (size > 0 && last >= count))
    throw broken(path, `is damaged: "${name}" looks beyond the ${count} values of its storage`);
  const whole = { read: (into: Uint8Array, at: number) => open(storage).read(into, at), size: count };
  const plain = plainTensor(path, name, dtype, [count], whole);
  const isPlain = strides.join() === plainStrides(shape).join();
  return {
    name,
    dtype,
    shape,
    read(into, begin) {
      if (isPlain || size < 2) return plain.read(into, offset + begin);
      const looked = allocate(path, last + 1 - offset);
      plain.read(looked, offset);
      into.set(gathered(looked, shape, strides).subarray(begin, begin + into.length));
    },
  };
}

/** Of values in row-major order; along an axis of one value any stride does. */
function plainStrides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** The values of a transposed or cut tensor in row-major order. */
function gathered(values: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const all = new Float32Array(sizeOf(shape));
  const place = shape.map(() => 0);
  for (let i = 0, at = 0; i < all.length; i++) {
    all[i] = values[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++place[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return all;
}
