import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { endianness } from 'node:os';
import { codeOf, messageOf, WorkError } from '../base/errors.js';
import { openRegular, whyUnreadable, writeBytes } from '../base/files/files.js';
import { sizeOf, type Tensor, type Tensors } from '../base/tensor.js';

/*
 * The safetensors format (https://github.com/huggingface/safetensors): 8 bytes with the header's length, little-endian;
 * the header, a JSON object of name -> { dtype, shape, data_offsets } and of "__metadata__" -> strings; the values.
 * Ours have a text "sha256" among the metadata: the SHA-256 of the whole file as it is with 64 zeros in this place.
 */

/** A file of tensors is not as cnnzoo writes one. */
export class DamagedError extends WorkError {
  override readonly name: string = 'DamagedError';
}

export type Metadata = Readonly<Record<string, string>>;

export interface SafetensorsFile {
  readonly tensors: Tensors;
  readonly metadata: Metadata;
}

const LENGTH_BYTES = 8;
const ALIGNMENT = 8;
/** The format's own limit; a longer one means that the file is something else. */
const LARGEST_HEADER = 100_000_000;
const METADATA = '__metadata__';

const CHECKSUM = 'sha256';
const NO_DIGITS = '0'.repeat(64);
/** So many bytes are hashed while others are on their way between memory and disk. */
const CHUNK = 1 << 23;

/** Writes tensors in the order of the map, straight from their memory, and a checksum of everything. */
export async function writeSafetensors(
  handle: FileHandle,
  tensors: Tensors,
  metadata: Metadata = {},
): Promise<void> {
  const header = headerOf(tensors, { [CHECKSUM]: NO_DIGITS, ...metadata });
  const hash = createHash('sha256');
  const put = async (bytes: Uint8Array): Promise<void> => {
    const writing = writeBytes(handle, bytes);
    hash.update(bytes);
    await writing;
  };
  await put(header);
  for (const { data } of tensors.values()) {
    for (const part of partsOf(bytesOf(data))) await put(IS_LITTLE_ENDIAN ? part : swapped(part));
  }
  await handle.write(hash.digest('hex'), header.indexOf(NO_DIGITS), 'latin1');
}

function partsOf(bytes: Uint8Array): Uint8Array[] {
  const count = Math.ceil(bytes.length / CHUNK);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * CHUNK, (i + 1) * CHUNK));
}

function headerOf(tensors: Tensors, metadata: Metadata): Buffer {
  const header: Record<string, unknown> = { [METADATA]: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = Buffer.alloc(LENGTH_BYTES + padded, ' ');
  bytes.writeBigUInt64LE(BigInt(padded));
  json.copy(bytes, LENGTH_BYTES);
  return bytes;
}

/**
 * Reads a file of float32 tensors and checks it against its checksum, where it has one.
 * @throws DamagedError naming the file and what is wrong with it: torn, changed, not safetensors; WorkError where it cannot
 * be read, is no regular file, or holds other value types.
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  return withFile(path, async (handle) => {
    const { entries, metadata, begin, checksum } = await readHeader(path, handle);
    requireFloat32(path, entries);
    const tensors = new Map<string, Tensor>();
    for (const { name, shape } of entries) tensors.set(name, { shape, data: allocate(path, shape) });
    const hash = checksum && createHash('sha256').update(checksum.header);
    await readValues(path, handle, begin, tensors, (bytes) => hash?.update(bytes));
    if (hash) requireChecksum(path, hash.digest('hex'), checksum.digits);
    if (!IS_LITTLE_ENDIAN) for (const { data } of tensors.values()) bytesOf(data).set(swapped(bytesOf(data)));
    return { tensors, metadata };
  });
}

function allocate(path: string, shape: readonly number[]): Float32Array {
  try {
    return new Float32Array(sizeOf(shape));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new WorkError(`${path} cannot be read: it is too large for this machine's memory.`);
  }
}

/** Fills the tensors in the order in which they follow each other in the file; `take` gets all bytes, while the next are read. */
async function readValues(
  path: string,
  handle: FileHandle,
  begin: number,
  tensors: Tensors,
  take: (bytes: Uint8Array) => void,
): Promise<void> {
  const parts = [...tensors.values()].flatMap(({ data }) => partsOf(bytesOf(data)));
  let position = begin;
  let before: Uint8Array | undefined;
  for (const part of parts) {
    const reading = readBytes(path, handle, part, position);
    if (before) take(before);
    await reading;
    position += part.length;
    before = part;
  }
  if (before) take(before);
}

/** The metadata alone, without reading the values; checks as readSafetensors does. */
export async function readMetadata(path: string): Promise<Metadata> {
  return (await readLayout(path)).metadata;
}

/**
 * What a file of tensors of any types holds and where, without its values.
 * @throws DamagedError and WorkError as readSafetensors
 */
export async function readLayout(path: string): Promise<Layout> {
  return withFile(path, (handle) => readHeader(path, handle));
}

/**
 * Holds all bytes of a file against the checksum that it has.
 * @throws DamagedError where it is another
 */
export async function checkSafetensors(path: string): Promise<void> {
  await withFile(path, async (handle) => {
    const { begin, checksum } = await readHeader(path, handle);
    if (!checksum) return;
    const hash = createHash('sha256').update(checksum.header);
    for await (const bytes of bytesFrom(path, handle, begin)) hash.update(bytes);
    requireChecksum(path, hash.digest('hex'), checksum.digits);
  });
}

/** The bytes from `begin` to the end; while one part is used, the next is read. */
async function* bytesFrom(path: string, handle: FileHandle, begin: number): AsyncGenerator<Uint8Array> {
  const { size } = await handle.stat();
  const buffers = [Buffer.alloc(CHUNK), Buffer.alloc(CHUNK)];
  const readAt = async (position: number, buffer: Buffer): Promise<Buffer> => {
    const part = buffer.subarray(0, Math.min(CHUNK, size - position));
    await readBytes(path, handle, part, position);
    return part;
  };
  let next = readAt(begin, buffers[0]!);
  for (let position = begin, turn = 1; position < size; position += CHUNK, turn = 1 - turn) {
    const part = await next;
    if (position + CHUNK < size) next = readAt(position + CHUNK, buffers[turn]!);
    yield part;
  }
}

function requireChecksum(path: string, found: string, wanted: string): void {
  if (found === wanted) return;
  throw new DamagedError(
    `${path} is damaged: its SHA-256 is not the one that it had when it was written, so a part of it has changed since.`,
  );
}

/** A tensor of a file, and where it lies. */
interface Entry {
  readonly name: string;
  /** F32, F16, I64, ...: as the file has it. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes from the begin of the values. */
  readonly from: number;
  readonly to: number;
}

/** What stands at the begin of a file of tensors. */
export interface Layout {
  /** In the order of their values. */
  readonly entries: readonly Entry[];
  readonly metadata: Metadata;
  /** Where the values begin in the file. */
  readonly begin: number;
  /** What the file says of itself, and its begin as it was hashed; null where it says nothing. */
  readonly checksum: { readonly digits: string; readonly header: Uint8Array } | null;
}

async function readHeader(path: string, handle: FileHandle): Promise<Layout> {
  const { size } = await handle.stat();
  if (size < LENGTH_BYTES) throw torn(path, `it has ${size} bytes, too few for a header`);
  const prefix = Buffer.alloc(LENGTH_BYTES);
  await readBytes(path, handle, prefix, 0);
  const length = Number(prefix.readBigUInt64LE());
  if (length > LARGEST_HEADER) throw notSafetensors(path, `its header would be ${length} bytes long`);
  const begin = LENGTH_BYTES + length;
  if (begin > size) throw torn(path, `its header ends at byte ${begin}, but the file has only ${size} bytes`);
  const text = Buffer.alloc(length);
  await readBytes(path, handle, text, LENGTH_BYTES);
  const { [METADATA]: metadata, ...tensors } = parseHeader(path, text);
  const entries = Object.entries(tensors).map(([name, value]) => readEntry(path, name, value));
  entries.sort((a, b) => a.from - b.from || a.to - b.to);
  checkOffsets(path, entries, size - begin);
  const { [CHECKSUM]: digits, ...rest } = readStrings(path, metadata);
  const checksum = digits === undefined ? null : { digits, header: unsigned(prefix, text, digits) };
  return { entries, metadata: rest, begin, checksum };
}

/** The begin of a file as it was before its checksum was known. */
function unsigned(prefix: Buffer, text: Buffer, digits: string): Buffer {
  const place = text.indexOf(`"${digits}"`);
  const header = Buffer.concat([prefix, text]);
  if (place >= 0 && digits.length === NO_DIGITS.length) header.write(NO_DIGITS, prefix.length + place + 1);
  return header;
}

function parseHeader(path: string, text: Buffer): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch (error) {
    throw notSafetensors(path, `its header is not JSON (${messageOf(error)})`);
  }
  if (!isObject(header)) throw notSafetensors(path, 'its header is not a JSON object');
  return header;
}

function readStrings(path: string, metadata: unknown): Metadata {
  if (metadata === undefined) return {};
  if (!isObject(metadata) || Object.values(metadata).some((value) => typeof value !== 'string')) {
    throw notSafetensors(path, `its ${METADATA} is not a map of texts`);
  }
  return metadata as Record<string, string>;
}

function readEntry(path: string, name: string, value: unknown): Entry {
  const fields = isObject(value) ? value : {};
  const { dtype, shape, data_offsets: offsets } = fields;
  if (typeof dtype !== 'string')
    throw notSafetensors(path, `the type of "${name}" is ${JSON.stringify(dtype)}`);
  if (!isCounts(shape)) throw notSafetensors(path, `the shape of "${name}" is ${JSON.stringify(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw notSafetensors(path, `the place of "${name}" is ${JSON.stringify(offsets)}`);
  }
  const [from, to] = offsets as [number, number];
  const width = WIDTHS[dtype];
  if (width !== undefined && to - from !== sizeOf(shape) * width) {
    throw notSafetensors(path, `"${name}" of shape [${shape.join(', ')}] has ${to - from} bytes`);
  }
  return { name, dtype, shape, from, to };
}

/** Bytes of a value. */
const WIDTHS: Readonly<Record<string, number>> = {
  ...{ F64: 8, F32: 4, F16: 2, BF16: 2, BOOL: 1 },
  ...{ I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1 },
};

/** cnnzoo's own files hold nothing else. */
function requireFloat32(path: string, entries: readonly Entry[]): void {
  const other = entries.find(({ dtype }) => dtype !== 'F32');
  if (!other) return;
  throw new DamagedError(
    `${path} holds "${other.name}" as ${JSON.stringify(other.dtype)}: only F32 can be read.`,
  );
}

/** The values must follow each other without a gap and fill the file. */
function checkOffsets(path: string, entries: readonly Entry[], available: number): void {
  let end = 0;
  for (const { name, from, to } of entries) {
    if (from !== end)
      throw notSafetensors(path, `"${name}" begins at byte ${from} of the values, not at ${end}`);
    end = to;
  }
  if (end > available) throw torn(path, `it should have ${end} bytes of values, but has ${available}`);
  if (end < available) throw notSafetensors(path, `${available - end} bytes at its end belong to no tensor`);
}

async function withFile<T>(path: string, read: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await openRegular(path);
  } catch (error) {
    throw new WorkError(`${path} cannot be read: ${whyUnreadable(error)}.`);
  }
  try {
    return await read(handle);
  } catch (error) {
    if (codeOf(error) !== 'EIO') throw error;
    throw new DamagedError(`${path} is damaged: the disk reports an error where it is read.`);
  } finally {
    await handle.close();
  }
}

/** Some systems read at most 2 GiB in one call. */
const LARGEST_READ = 1 << 28;

async function readBytes(
  path: string,
  handle: FileHandle,
  into: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const length = Math.min(into.length - done, LARGEST_READ);
    const { bytesRead } = await handle.read(into, done, length, position + done);
    if (bytesRead === 0) throw torn(path, `it ended at byte ${position + done} while it was read`);
    done += bytesRead;
  }
}

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

const IS_LITTLE_ENDIAN = endianness() === 'LE';

/** A copy with the bytes of each value in the other order. */
function swapped(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes).swap32();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function torn(path: string, why: string): DamagedError {
  return new DamagedError(`${path} is torn: ${why}.`);
}

function notSafetensors(path: string, why: string): DamagedError {
  return new DamagedError(`${path} is not a safetensors file: ${why}.`);
}
