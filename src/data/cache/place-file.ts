import { close, closeSync, fstat, fsync, ftruncate, open, read, write } from 'node:fs';
import { promisify } from 'node:util';

const calls = {
  open: promisify(open),
  close: promisify(close),
  size: promisify(fstat),
  sync: promisify(fsync),
  truncate: promisify(ftruncate),
};

/** Closes files that nobody can read any more. */
const unreachable = new FinalizationRegistry((descriptor: number) => closeSync(descriptor));

/**
 * A file that is read and written at places. Of a descriptor, whose reads take a third of the time of a FileHandle's and
 * which may be left to the garbage collector. Calls throw the system's errors.
 */
export class PlaceFile {
  #descriptor: number;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
    unreachable.register(this, descriptor, this);
  }

  /** @param flags as fs.open has them */
  static async open(path: string, flags: string): Promise<PlaceFile> {
    return new PlaceFile(await calls.open(path, flags));
  }

  async size(): Promise<number> {
    return (await calls.size(this.#descriptor)).size;
  }

  /** Fills `into` from a place on. @returns how many bytes there were */
  read(into: Uint8Array, place: number): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.#descriptor, into, 0, into.length, place, (error, bytesRead) => {
        if (error === null) resolve(bytesRead);
        else reject(error);
      });
    });
  }

  async write(bytes: Uint8Array, place: number): Promise<void> {
    for (let from = 0; from < bytes.length; )
      from += await this.#writeSome(bytes.subarray(from), place + from);
  }

  #writeSome(bytes: Uint8Array, place: number): Promise<number> {
    return new Promise((resolve, reject) => {
      write(this.#descriptor, bytes, 0, bytes.length, place, (error, written) => {
        if (error === null) resolve(written);
        else reject(error);
      });
    });
  }

  truncate(bytes: number): Promise<void> {
    return calls.truncate(this.#descriptor, bytes);
  }

  sync(): Promise<void> {
    return calls.sync(this.#descriptor);
  }

  /** Nothing may be read any more. May be called again. */
  async close(): Promise<void> {
    const descriptor = this.#descriptor;
    if (descriptor < 0) return;
    this.#descriptor = -1;
    unreachable.unregister(this);
    await calls.close(descriptor);
  }
}
