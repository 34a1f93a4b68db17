import { crc32, inflateRawSync } from 'node:zlib';
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl';
import { messageOf, WorkError } from '../../base/errors.js';
import { type Bytes, broken, bytesOf, contentOf, type OpenFile, windowOf } from '../../base/files/bytes.js';

/** One file in an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes when it is unpacked. */
  readonly size: number;
  /** Its content, read from the archive where and when it is wanted; what is deflated is unpacked into memory. */
  open(): Bytes;
  /** @throws WorkError where the content is not what the archive's checksum was made of */
  check(): void;
}

/** More entries than any file of weights has. */
const MOST_ENTRIES = 50_000;

/** Deflate makes nothing smaller than this. */
const LARGEST_RATIO = 1032;

const [STORED, DEFLATED] = [0, 8];

/** So many bytes are checked at a time. */
const PART = 1 << 22;

/** @throws WorkError where the archive is damaged, or packed in a way that is not read */
export async function readZip(file: OpenFile): Promise<ReadonlyMap<string, ZipEntry>> {
  const { path } = file;
  const entries = new Map<string, ZipEntry>();
  try {
    const zip = await fromFdPromise(file.handle.fd, { autoClose: false });
    if (zip.entryCount > MOST_ENTRIES)
      throw new WorkError(
        `${path} is no file of weights: it is an archive of ${zip.entryCount} files. Unpack it and name the file of weights in it.`,
      );
    for await (const entry of zip.eachEntry())
      entries.set(entry.fileName, entryOf(file, entry, await beginOf(zip, entry)));
  } catch (error) {
    if (error instanceof WorkError) throw error;
    throw broken(
      path,
      `is torn or damaged: it begins as a zip archive, but cannot be read as one (${messageOf(error)})`,
    );
  }
  return entries;
}

const beginOf = async (zip: ZipFile, entry: Entry): Promise<number> =>
  (await zip.readLocalFileHeaderPromise(entry, { minimal: true })).fileDataStart;

function entryOf(file: OpenFile, entry: Entry, begin: number): ZipEntry {
  const { path } = file;
  const { fileName: name, uncompressedSize: size } = entry;
  let unpacked: Bytes | undefined;
  const open = (): Bytes => {
    unpacked ??= unpack(path, entry, windowOf(path, file, begin, entry.compressedSize));
    return unpacked;
  };
  return {
    name,
    size,
    open,
    check() {
      if (checksumOf(open()) === entry.crc32) return;
      throw broken(path, `is damaged: the checksum of ${name} in it is wrong`);
    },
  };
}

function unpack(path: string, entry: Entry, packed: Bytes): Bytes {
  const { fileName: name, uncompressedSize: size, compressionMethod: method } = entry;
  if (entry.isEncrypted()) throw new WorkError(`${path} has ${name} encrypted: unpack it first.`);
  if (method === STORED) return packed;
  if (method !== DEFLATED || size > packed.size * LARGEST_RATIO)
    throw new WorkError(`${path} has ${name} packed in a way that is not read: pack it anew, or not at all.`);
  try {
    const content = inflateRawSync(contentOf(packed), { maxOutputLength: Math.max(1, size) });
    if (content.length === size) return bytesOf(path, content);
  } catch {
    // Said below.
  }
  throw broken(path, `is damaged: ${name} in it cannot be unpacked`);
}

function checksumOf(bytes: Bytes): number {
  const part = Buffer.allocUnsafe(Math.min(PART, bytes.size));
  let sum = 0;
  for (let at = 0; at < bytes.size; at += PART) {
    const piece = part.subarray(0, Math.min(PART, bytes.size - at));
    bytes.read(piece, at);
    sum = crc32(piece, sum);
  }
  return sum;
}
