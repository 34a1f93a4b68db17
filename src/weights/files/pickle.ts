import { BufferReader, Parser } from 'pickleparser';
import { messageOf, WorkError } from '../../base/errors.js';
import { broken } from '../../base/files/bytes.js';

/*
 * A pickle is a program: it may name any function of Python and have it called with anything. Here it is only read. A name
 * that is not on the list that the caller gives ends the reading before anything is made of it; what is on the list are
 * functions of ours, which note down what they are given. pickleparser knows the instructions; the reader below sees to it
 * that they end: pickleparser itself would follow a negative length backwards, for ever.
 */

/** What names of Python such as `collections.OrderedDict` stand for. Functions may be called with anything at all. */
export type PickleNames = ReadonlyMap<string, unknown>;

interface PickleOptions {
  readonly names: PickleNames;
  /** What a persistent id stands for, such as a storage of PyTorch's. */
  persistent(id: unknown): unknown;
  /** The sentence on a name that is not on the list. */
  refuse(name: string): WorkError;
}

/** So many instructions and small numbers: a network of 1000 layers takes 150 thousand. */
const MOST_STEPS = 1_000_000;
/** Bytes of a text; comments and settings are kept in some files. */
const LONGEST_TEXT = 1 << 20;
/** Bytes of a number or of a string of bytes. */
const LONGEST_BYTES = 1 << 12;

/** What the pickle that begins at the reader's place stands for: numbers, texts, arrays, Maps. */
export type PickleReader = (options: PickleOptions) => unknown;

/**
 * Reads the pickles that stand in `bytes` one behind the other.
 * @returns a function that reads the next one, and one that tells where it begins
 */
export function picklesIn(path: string, bytes: Uint8Array): { next: PickleReader; position: () => number } {
  const reader = new GuardedReader(bytes);
  return {
    position: () => reader.position,
    next: (options) => {
      try {
        return parserOf(options).read(reader);
      } catch (error) {
        if (error instanceof WorkError) throw error;
        throw broken(
          path,
          `is torn or damaged: its pickle cannot be read (${messageOf(error).slice(0, 100)})`,
        );
      }
    },
  };
}

function parserOf({ names, persistent, refuse }: PickleOptions): Parser {
  return new Parser({
    nameResolver: {
      resolve(module: string, name: string) {
        const full = `${module}.${name}`;
        const known = names.get(full);
        if (known === undefined) throw refuse(full);
        // Frozen, so that a pickle can give it no state.
        return Object.freeze(known) as never;
      },
    },
    persistentResolver: { resolve: persistent as (id: string) => unknown },
    unpicklingTypeOfDictionary: 'Map',
    unpicklingTypeOfSet: 'Set',
  });
}

/** Goes forwards alone, and only so far. */
class GuardedReader extends BufferReader {
  readonly #all: Uint8Array;
  #steps = 0;

  constructor(bytes: Uint8Array) {
    super(bytes as never);
    this.#all = bytes;
  }

  override byte(): number {
    if (++this.#steps > MOST_STEPS) throw new Error(`more than ${MOST_STEPS} instructions`);
    return super.byte();
  }

  override skip(count: number): void {
    if (!(count >= 0)) throw new Error('a length below zero');
    if (count > this.length - this.position) throw new Error('it ends too early');
    super.skip(count);
  }

  override bytes(count: number): ReturnType<BufferReader['bytes']> {
    if (count > LONGEST_BYTES) throw new Error(`${count} bytes in one piece`);
    return super.bytes(count);
  }

  override string(count: number, encoding: 'ascii' | 'utf-8'): string {
    if (count > LONGEST_TEXT) throw new Error(`a text of ${count} bytes`);
    const begin = this.position;
    this.skip(count);
    return new TextDecoder(encoding).decode(this.#all.subarray(begin, begin + count));
  }

  override uint64(): number {
    const number = super.uint32() + 2 ** 32 * super.uint32();
    if (!Number.isSafeInteger(number)) throw new Error('a length of more than 2^53');
    return number;
  }
}
