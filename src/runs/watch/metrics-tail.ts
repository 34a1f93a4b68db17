import { readSync, type Stats } from 'node:fs';
import { withRegularSync } from '../../base/files/files.js';
import { statusOf } from '../../base/files/folders.js';
import { type MetricsLine, readLines } from '../metrics.js';

/** Of a file that is long already the end alone is read at first, where that is all that is asked for. */
const END = 16_384;

/** What was added to a metrics.jsonl since it was looked at last. */
export interface Added {
  readonly lines: readonly MetricsLine[];
  /** Whether they are the first of the file, since it was written anew: what came before them counts no more. */
  readonly isFresh: boolean;
}

/** Follows a metrics.jsonl: only what is new is read. */
export class MetricsTail {
  readonly #path: string;
  readonly #endOnly: boolean;
  #inode: number | undefined;
  #offset = 0;
  /** Bytes of a line whose end is not written yet. */
  #rest = Buffer.alloc(0);

  /** @param endOnly whether the last lines will do of what is there already */
  constructor(path: string, { endOnly = false }: { readonly endOnly?: boolean } = {}) {
    this.#path = path;
    this.#endOnly = endOnly;
  }

  /** Reads what was added; nothing where the file is not there or has not grown. */
  read(): Added {
    const status = statusOf(this.#path);
    // A run that goes on rewrites the file without the lines after its checkpoint.
    const isFresh = status !== undefined && (status.ino !== this.#inode || status.size < this.#offset);
    if (status === undefined || (!isFresh && status.size === this.#offset))
      return { lines: [], isFresh: false };
    if (isFresh) {
      this.#offset = this.#endOnly ? Math.max(0, status.size - END) : 0;
      this.#rest = Buffer.alloc(0);
    }
    return { lines: this.#take(), isFresh };
  }

  #take(): MetricsLine[] {
    const read = readFrom(this.#path, this.#offset);
    if (read === undefined) return [];
    this.#inode = read.status.ino;
    this.#offset += read.bytes.length;
    const all = Buffer.concat([this.#rest, read.bytes]);
    const end = all.lastIndexOf(0x0a) + 1;
    this.#rest = all.subarray(end);
    return readLines(all.toString('utf8', 0, end));
  }
}

/** All bytes of a file from a place on; undefined where it cannot be read. */
function readFrom(path: string, offset: number): { bytes: Buffer; status: Stats } | undefined {
  try {
    return withRegularSync(path, (file, status) => {
      const bytes = Buffer.alloc(Math.max(0, status.size - offset));
      const count = readSync(file, bytes, 0, bytes.length, offset);
      return { bytes: bytes.subarray(0, count), status };
    });
  } catch {
    return undefined;
  }
}
