import type * as H5wasm from 'h5wasm';
import { messageOf, WorkError } from '../../base/errors.js';
import { type Bytes, broken } from '../../base/files/bytes.js';
import { sizeOf } from '../../base/tensor.js';
import type { Dtype, FileTensor } from './tensor-file.js';
import { allocate, BYTES_OF, decode, requireFloats } from './values.js';

/*
 * HDF5 by h5wasm: the HDF5 library itself, compiled to WebAssembly. It is given a file system of its own in which the file
 * is the only one, so that links to other files lead nowhere, and reads of it what it asks for.
 */

type H5Module = Awaited<typeof H5wasm.ready>;

/** An HDF5 file that is open. */
export interface Hdf5File {
  /** Paths of all arrays below a group, `layers/conv2d/vars/0`, by name, numbers by their value. */
  datasets(group: string): string[];
  /** An array; its name is its path. */
  tensor(path: string): FileTensor;
  /** The texts of an attribute; [] where there is none. */
  texts(path: string, attribute: string): string[];
  has(path: string): boolean;
  close(): void;
}

/** More groups and arrays than any network has. */
const MOST_OBJECTS = 100_000;
const DEEPEST = 24;
/** So many bytes are on their way at a time. */
const PART = 1 << 23;
/** Bytes of an attribute, of which chunked lists of names have 64 KiB. */
const LARGEST_ATTRIBUTE = 1 << 22;

/** @throws WorkError where the file is torn or damaged */
export async function openHdf5(path: string, bytes: Bytes): Promise<Hdf5File> {
  const { ready, Attribute } = await import('h5wasm');
  const hdf5 = await ready;
  bound(hdf5, bytes.size);
  const said = listen(hdf5);
  const place = mount(hdf5, bytes);
  const attempt: Attempt = (work) => {
    said.length = 0;
    try {
      return work();
    } catch (error) {
      if (error instanceof WorkError) throw error;
      const why = reasonIn(said.join('')) ?? messageOf(error).slice(0, LONGEST_REASON);
      throw broken(path, `is torn or damaged: the HDF5 library says "${why}"`);
    }
  };
  try {
    const id = attempt(() => opened(hdf5.open(place, hdf5.H5F_ACC_RDONLY)));
    const attribute = (at: string, name: string): unknown => new Attribute(id, at, name).value;
    return new Hdf5Reader(path, hdf5, id, attempt, attribute, () => hdf5.FS.unlink(place));
  } catch (error) {
    hdf5.FS.unlink(place);
    throw error;
  }
}

/** What the library may take for a file, and that many times the file's size beside it. */
const [MOST_MEMORY, TIMES_FILE] = [1 << 28, 2];
const PAGE = 1 << 16;

let mostMemory = 0;

/**
 * Lets the library have so much memory and no more: in some damaged files a list leads back to itself, and the library would
 * read it until it had 2 GiB. What it then lacks it reports as an error.
 */
function bound(hdf5: H5Module, fileSize: number): void {
  const isBound = mostMemory > 0;
  mostMemory = Math.max(mostMemory, MOST_MEMORY + TIMES_FILE * fileSize);
  if (isBound) return;
  // The library's memory itself is out of reach; it is known by its bytes.
  const memory = (globalThis as unknown as WithWebAssembly).WebAssembly.Memory.prototype;
  const { grow } = memory;
  memory.grow = function (this: WasmMemory, pages: number): number {
    const isOfLibrary = this.buffer === hdf5.HEAPU8.buffer;
    if (isOfLibrary && this.buffer.byteLength + pages * PAGE > mostMemory)
      throw new RangeError('more than the HDF5 library may have');
    return grow.call(this, pages);
  };
}

/** What the types of Node.js leave out. */
interface WithWebAssembly {
  readonly WebAssembly: { readonly Memory: { readonly prototype: WasmMemory } };
}

interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

type Attempt = <T>(work: () => T) => T;

function opened(id: bigint): bigint {
  if (id < 0n) throw new Error('it cannot be opened');
  return id;
}

let heard: string[] | undefined;

/** Takes what the library would print of its errors. @returns where the pieces of it come to stand */
function listen({ FS }: H5Module): string[] {
  if (heard) return heard;
  const pieces: string[] = [];
  const [, , errors] = (FS as unknown as { streams: [object, object, StandardStream] }).streams;
  errors.stream_ops = {
    ...errors.stream_ops,
    write(_stream, heap, offset, length) {
      if (pieces.length < MOST_PIECES)
        pieces.push(Buffer.from(heap.subarray(offset, offset + length)).toString());
      return length;
    },
  };
  heard = pieces;
  return pieces;
}

const MOST_PIECES = 10_000;

interface StandardStream {
  stream_ops: { write(stream: object, heap: Uint8Array, offset: number, length: number): number };
}

const LONGEST_REASON = 120;

/** The innermost line of HDF5's stack of errors. */
function reasonIn(message: string): string | undefined {
  const lines = message.split('\n').filter((line) => /^\s*#\d/.test(line));
  return /in \w+\(\): (.*)$/.exec(lines.at(-1) ?? '')?.[1]?.slice(0, LONGEST_REASON);
}

let mounted = 0;

/** Puts the bytes where the library finds them as a file. */
function mount({ FS }: H5Module, bytes: Bytes): string {
  const name = `weights-${++mounted}.h5`;
  const node = (FS as unknown as FileSystem).createFile('/', name, {}, true, false);
  Object.defineProperty(node, 'usedBytes', { get: () => bytes.size });
  node.stream_ops = {
    read(_stream, heap, offset, length, position) {
      const count = Math.max(0, Math.min(length, bytes.size - position));
      bytes.read(new Uint8Array(heap.buffer, heap.byteOffset + offset, count), position);
      return count;
    },
    llseek(stream, offset, whence) {
      const from = [0, stream.position, bytes.size][whence] ?? 0;
      return from + offset;
    },
    write() {
      throw new Error('read only');
    },
  };
  return `/${name}`;
}

/** A part of Emscripten's file system that its types leave out. */
interface FileSystem {
  createFile(folder: string, name: string, settings: object, canRead: boolean, canWrite: boolean): FileNode;
}

interface FileNode {
  stream_ops: {
    read(stream: object, heap: Uint8Array, offset: number, length: number, position: number): number;
    llseek(stream: { position: number }, offset: number, whence: number): number;
    write(): number;
  };
}

class Hdf5Reader implements Hdf5File {
  readonly #path: string;
  readonly #hdf5: H5Module;
  readonly #id: bigint;
  readonly #attempt: Attempt;
  readonly #attribute: (path: string, name: string) => unknown;
  readonly #unmount: () => void;

  constructor(
    path: string,
    hdf5: H5Module,
    id: bigint,
    attempt: Attempt,
    attribute: (path: string, name: string) => unknown,
    unmount: () => void,
  ) {
    this.#path = path;
    this.#hdf5 = hdf5;
    this.#id = id;
    this.#attempt = attempt;
    this.#attribute = attribute;
    this.#unmount = unmount;
  }

  close(): void {
    try {
      this.#hdf5.close_file(this.#id);
    } finally {
      this.#unmount();
    }
  }

  datasets(group: string): string[] {
    const found: string[] = [];
    const open: [path: string, depth: number][] = [[group, 0]];
    for (let seen = 0; open.length > 0; seen++) {
      const [path, depth] = open.pop()!;
      if (seen > MOST_OBJECTS || depth > DEEPEST)
        throw broken(this.#path, `is damaged: its groups lead on and on`);
      const type = this.#typeOf(path);
      if (type === this.#hdf5.H5G_DATASET) found.push(path);
      if (type !== this.#hdf5.H5G_GROUP) continue;
      for (const name of this.#keys(path)) open.push([path === '' ? name : `${path}/${name}`, depth + 1]);
    }
    return found.sort(inOrder);
  }

  has(path: string): boolean {
    let at = '';
    return path.split('/').every((name) => {
      const isThere = this.#keys(at).includes(name);
      at = at === '' ? name : `${at}/${name}`;
      return isThere;
    });
  }

  /** An attribute is asked for by its name: in damaged files the library may list names for ever. */
  texts(path: string, attribute: string): string[] {
    try {
      const meta = this.#hdf5.get_attribute_metadata(this.#id, path || '/', attribute);
      if (meta.size * meta.total_size > LARGEST_ATTRIBUTE) return [];
      const value = this.#attribute(path || '/', attribute);
      return (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string');
    } catch {
      // There is none of that name, or none that can be read.
      return [];
    }
  }

  tensor(path: string): FileTensor {
    return this.#attempt(() => {
      const meta = this.#hdf5.get_dataset_metadata(this.#id, path);
      const shape = meta.shape ?? [];
      const isHalf = meta.size === 2 && this.texts(path, 'dtype').includes('bfloat16');
      const dtype = isHalf ? 'BF16' : dtypeOf(meta);
      const read = (into: Float32Array, begin: number) => {
        requireFloats(this.#path, path, dtype);
        this.#read(path, dtype, shape, into, begin);
      };
      return { name: path, dtype, shape, read };
    });
  }

  #typeOf(path: string): number {
    return this.#attempt(() => (path === '' ? this.#hdf5.H5G_GROUP : this.#hdf5.get_type(this.#id, path)));
  }

  #keys(path: string): string[] {
    return this.#attempt(() => this.#hdf5.get_names(this.#id, path || '/', false));
  }

  /** Whole rows along the first axis, so many at a time. */
  #read(path: string, dtype: Dtype, shape: readonly number[], into: Float32Array, begin: number): void {
    const row = sizeOf(shape.slice(1));
    const rows = Math.max(1, Math.floor(PART / (row * BYTES_OF[dtype])));
    const part = allocate(this.#path, Math.min(rows, shape[0] ?? 1) * row);
    const end = begin + into.length;
    for (let from = Math.floor(begin / row); from * row < end; from += rows) {
      const to = Math.min(from + rows, Math.ceil(end / row));
      this.#rows(path, dtype, shape, [from, to], part.subarray(0, (to - from) * row));
      const [first, last] = [Math.max(begin, from * row), Math.min(end, to * row)];
      into.set(part.subarray(first - from * row, last - from * row), first - begin);
    }
  }

  #rows(
    path: string,
    dtype: Dtype,
    shape: readonly number[],
    [from, to]: readonly [number, number],
    into: Float32Array,
  ): void {
    const bytes = into.length * BYTES_OF[dtype];
    const isScalar = shape.length === 0;
    const counts = [to - from, ...shape.slice(1)].map(BigInt);
    const begins = counts.map((_, axis) => BigInt(axis === 0 ? from : 0));
    const [box, at, steps] = isScalar ? [null, null, null] : [counts, begins, counts.map(() => 1n)];
    this.#attempt(() => {
      const place = this.#hdf5._malloc(bytes);
      if (place === 0)
        throw new WorkError(`${this.#path} is too large for this machine's memory: take one with more.`);
      try {
        const status = this.#hdf5.get_dataset_data(this.#id, path, box, at, steps, BigInt(place));
        if (status < 0) throw new Error('its values cannot be read');
        decode(dtype, this.#hdf5.HEAPU8.subarray(place, place + bytes), into);
      } finally {
        this.#hdf5._free(place);
      }
    });
  }
}

function dtypeOf({ type, size, littleEndian, signed }: H5wasm.Metadata): Dtype {
  const name = type === 1 ? FLOATS[size] : type === 0 ? `${signed ? 'I' : 'U'}${8 * size}` : undefined;
  if (name === undefined || !Object.hasOwn(BYTES_OF, name)) return 'other';
  return littleEndian || size === 1 ? (name as Dtype) : 'other';
}

/** Of floats, by their bytes. */
const FLOATS: Readonly<Record<number, Dtype>> = { 2: 'F16', 4: 'F32', 8: 'F64' };

/** conv2d before conv2d_2, and that before conv2d_10: part by part of a path. */
function inOrder(a: string, b: string): number {
  const [ours, theirs] = [a.split('/'), b.split('/')];
  for (const [i, part] of ours.entries()) {
    const order = part.localeCompare(theirs[i] ?? '', 'en', { numeric: true });
    if (order !== 0) return order;
  }
  return ours.length - theirs.length;
}
