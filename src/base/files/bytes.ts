import { closeSync, openSync, readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { codeOf, messageOf, UsageError, WorkError } from '../errors.js';
import { openRegular, whyUnreadable } from './files.js';

/** Bytes that are read where and when they are wanted. */
export interface Bytes {
  readonly size: number;
  /**
   * Fills `into` from place `at` on.
   * @throws WorkError where the bytes end before
   */
  read(into: Uint8Array, at: number): void;
}

/** A file that is open for reading. */
export interface OpenFile extends Bytes {
  readonly path: string;
  readonly handle: FileHandle;
  close(): Promise<void>;
}

/** The error of a file that is not whole. @param why the rest of a sentence on it: "is torn: it ends at byte 7" */
export const broken = (path: string, why: string): WorkError =>
  new WorkError(`${path} ${why}. Fetch or save it anew.`);

/** Some systems read at most 2 GiB in one call. */
const LARGEST_READ = 1 << 28;

/** @throws UsageError where the file cannot be opened */
export async function openFile(path: string): Promise<OpenFile> {
  try {
    const handle = await openRegular(path);
    const { size } = await handle.stat();
    return { path, handle, size, read: readerOf(path, handle), close: () => handle.close() };
  } catch (error) {
    throw new UsageError(`${path}: ${whyUnreadable(error)}.`);
  }
}

/** A regular file that is opened for each time that something of it is read. */
export function bytesAt(path: string, size: number): Bytes {
  return {
    size,
    read(into, at) {
      const fd = openSync(path, 'r');
      try {
        readerOf(path, { fd })(into, at);
      } finally {
        closeSync(fd);
      }
    },
  };
}

function readerOf(path: string, handle: Pick<FileHandle, 'fd'>): Bytes['read'] {
  return (into, at) => {
    for (let done = 0; done < into.length; ) {
      const read = readPart(path, handle, into, done, at + done);
      if (read === 0) throw broken(path, `is torn: it ends at byte ${at + done}`);
      done += read;
    }
  };
}

function readPart(
  path: string,
  handle: Pick<FileHandle, 'fd'>,
  into: Uint8Array,
  done: number,
  at: number,
): number {
  try {
    return readSync(handle.fd, into, done, Math.min(into.length - done, LARGEST_READ), at);
  } catch (error) {
    throw broken(path, `cannot be read: ${codeOf(error) ?? messageOf(error)}`);
  }
}

/** The `size` bytes from `begin` on. */
export function windowOf(path: string, bytes: Bytes, begin: number, size: number): Bytes {
  const isInside = begin >= 0 && size >= 0 && begin + size <= bytes.size;
  if (!isInside) throw broken(path, `is torn: it should have ${begin + size} bytes, but has ${bytes.size}`);
  return {
    size,
    read(into, at) {
      if (at < 0 || at + into.length > size)
        throw broken(path, `is damaged: values lie beyond their part of the file`);
      bytes.read(into, begin + at);
    },
  };
}

/** Bytes in memory. */
export function bytesOf(path: string, content: Uint8Array): Bytes {
  return {
    size: content.length,
    read(into, at) {
      if (at < 0 || at + into.length > content.length)
        throw broken(path, `is torn: it ends at byte ${content.length}`);
      into.set(content.subarray(at, at + into.length));
    },
  };
}

/** Several one behind the other. */
export function joined(parts: readonly Bytes[]): Bytes {
  const begins: number[] = [];
  const size = parts.reduce((sum, part) => {
    begins.push(sum);
    return sum + part.size;
  }, 0);
  return {
    size,
    read(into, at) {
      for (const [i, part] of parts.entries()) {
        const [from, to] = [Math.max(at, begins[i]!), Math.min(at + into.length, begins[i]! + part.size)];
        if (from < to) part.read(into.subarray(from - at, to - at), from - begins[i]!);
      }
    },
  };
}

/** All of it in memory. */
export function contentOf(bytes: Bytes): Buffer {
  const content = Buffer.allocUnsafe(bytes.size);
  bytes.read(content, 0);
  return content;
}
