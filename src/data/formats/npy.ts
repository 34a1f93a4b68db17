import { WorkError } from '../../base/errors.js';
import { UnreadForm } from './unread-form.js';

const MAGIC = '\x93NUMPY';
/** NumPy's type codes: kind and bytes of a value. */
const KINDS: Readonly<Record<string, string>> = { u: 'uint', i: 'int', f: 'float', b: 'bool', c: 'complex' };

/** An array of a `.npy` file, in C order, little-endian. */
export class NpyArray {
  constructor(
    /** "uint8", "int64", "float32", ... */
    readonly type: string,
    readonly shape: readonly number[],
    readonly bytes: Uint8Array,
  ) {}

  /** The values of an array of whole numbers; undefined for others. */
  integers(): number[] | undefined {
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    const values = <T>(size: number, read: (at: number) => T): T[] =>
      Array.from({ length: this.bytes.length / size }, (_, i) => read(i * size));
    switch (this.type) {
      case 'uint8':
        return [...this.bytes];
      case 'int8':
        return values(1, (at) => view.getInt8(at));
      case 'uint16':
        return values(2, (at) => view.getUint16(at, true));
      case 'int16':
        return values(2, (at) => view.getInt16(at, true));
      case 'uint32':
        return values(4, (at) => view.getUint32(at, true));
      case 'int32':
        return values(4, (at) => view.getInt32(at, true));
      case 'uint64':
        return values(8, (at) => Number(view.getBigUint64(at, true)));
      case 'int64':
        return values(8, (at) => Number(view.getBigInt64(at, true)));
      default:
        return undefined;
    }
  }
}

/**
 * Reads a `.npy` file (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), of any version.
 * @param path what an error calls it
 * @throws WorkError for what is none, or is cut short; UnreadForm for Fortran order and big-endian values
 */
export function readNpy(file: Buffer, path: string): NpyArray {
  if (file.length < 10 || file.toString('latin1', 0, 6) !== MAGIC)
    throw new WorkError(`${path} is no array of NumPy.`);
  const [start, length] = file[6] === 1 ? [10, file.readUInt16LE(8)] : [12, file.readUInt32LE(8)];
  const header = file.toString('latin1', start, start + length);
  const descr = /'descr':\s*'([<>|=])([a-zA-Z])(\d+)'/.exec(header);
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header);
  if (descr === null || shape === null)
    throw new UnreadForm(`${path} is an array whose header is not understood: ${header.trim()}.`);
  const [, order, kind, size] = descr;
  const type = kind === 'b' ? 'bool' : `${KINDS[kind!] ?? kind}${8 * Number(size)}`;
  if (order === '>') throw new UnreadForm(`${path} holds big-endian values, which are not read here.`);
  if (/'fortran_order':\s*True/.test(header))
    throw new UnreadForm(`${path} is stored column by column: save it from numpy.ascontiguousarray.`);
  const extents = shape[1]!.split(',').flatMap((text) => (text.trim() === '' ? [] : [Number(text)]));
  const expected = extents.reduce((product, extent) => product * extent, Number(size));
  const bytes = file.subarray(start + length);
  if (bytes.length !== expected)
    throw new WorkError(
      `${path} is cut short or damaged: expected ${expected} bytes for [${extents.join(', ')}], got ${bytes.length}.`,
    );
  return new NpyArray(type, extents, bytes);
}
