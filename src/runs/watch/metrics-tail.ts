import { readSync, type Stats } from 'node:fs';
import { withRegularSync } from '../../base/files/files.js';
import { statusOf } from '../../base/files/folders.js';
import { type MetricsLine, readLines } from '../metrics.js';

/** Of a file that has grown by more, its end alone is read, where that is all that is asked for. */
const END = 16_384;
/** Bytes that are read at once: a thousand lines, some milliseconds. */
const AT_ONCE = 131_072;

/** What was added to a metrics.jsonl since it was looked at last. */
export interface Added {
  readonly lines: readonly MetricsLine[];
  /** Whether they are the first of the file, since it was written anew: what came before them counts no more. */
  readonly isFresh: boolean;
  /** Whether more was there than is read at once. */
  readonly left: boolean;
}

/** Follows a metrics.jsonl: only what is new is read. */
export class MetricsTail {
  readonly #path: string;
  readonly #endOnly: boolean;
  readonly #atOnce: number;
  #inode: number | undefined;
  #offset = 0;
  /** Bytes of a line whose end is not written yet. */
  #rest = Buffer.alloc(0);

  /**
   * @param endOnly whether the last lines will do, where there are many
   * @param atOnce bytes that one call reads, at most
   */
  constructor(
    path: string,
    { endOnly = false, atOnce = AT_ONCE }: { readonly endOnly?: boolean; readonly atOnce?: number } = {},
  ) {
    this.#path = path;
    this.#endOnly = endOnly;
    this.#atOnce = atOnce;
  }

  /** Reads what was added; nothing where the file is not there or has not grown. */
  read(): Added {
    const status = statusOf(this.#path);
    // A run that goes on rewrites the file without the lines after its checkpoint.
    const isFresh = status !== undefined && (status.ino !== this.#inode || status.size < this.#offset);
    if (status === undefined || (!isFresh && status.size === this.#offset))
      return { lines: [], isFresh: false, left: false };
    if (isFresh) this.#goTo(0);
    if (this.#endOnly && status.size - END > this.#offset) this.#goTo(status.size - END);
    return { ...this.#take(), isFresh };
  }

  #goTo(offset: number): void {
    this.#offset = offset;
    this.#rest = Buffer.alloc(0);
  }

  #take(): Pick<Added, 'lines' | 'left'> {
    const read = readFrom(this.#path, this.#offset, this.#atOnce);
    if (read === undefined) return { lines: [], left: false };
    this.#inode = read.status.ino;
    this.#offset += read.bytes.length;
    const all = Buffer.concat([this.#rest, read.bytes]);
    const end = all.lastIndexOf(0x0a) + 1;
    this.#rest = all.subarray(end);
    return { lines: readLines(all.toString('utf8', 0, end)), left: this.#offset < read.status.size };
  }
}

/** The bytes of a file from a place on, at most so many; undefined where it cannot be read. */
function readFrom(path: string, offset: number, most: number): { bytes: Buffer; status: Stats } | undefined {
  try {
    return withRegularSync(path, (file, status) => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(most, status.size - offset)));
      const count = readSync(file, bytes, 0, bytes.length, offset);
      return { bytes: bytes.subarray(0, count), status };
    });
  } catch {
    return undefined;
  }
}
