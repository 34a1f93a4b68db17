import { formatInteger } from '../../base/text/format.js';

export interface TarOptions {
  /** Whether a file of the archive is wanted, by its path there and its size. May throw what is wrong with it. */
  wants(name: string, bytes: number): boolean;
  /** Takes a wanted file. */
  take(name: string, content: Uint8Array): void;
  /** More than this the archive may not unpack to. */
  readonly mostBytes: number;
  /** Ends the sentence of every error: "delete it, and the next run fetches it again". */
  readonly remedy: string;
}

const BLOCK = 512;
/** Longest path or set of attributes that is read; anything longer is no honest archive. */
const MOST_EXTENDED = 65_536;
const TYPES = {
  file: ['0', '\0', '7'],
  folder: ['5'],
  /** pax attributes of the next entry (POSIX.1-2001) and of all entries. */
  attributes: ['x', 'g'],
  /** GNU: the path of the next entry. */
  longName: ['L'],
} as const;

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
}

/** Takes the bytes of a tar archive (POSIX.1-1988 ustar, with pax or GNU long names) as they come. */
export class TarContent {
  /** Bytes so far. */
  bytes = 0;
  readonly #block = Buffer.alloc(BLOCK);
  #blockBytes = 0;
  #entry: Entry | undefined;
  /** Bytes of the entry's content that are still to come, without and with what fills its last block. */
  #left = 0;
  #padding = 0;
  #content: Uint8Array | undefined;
  /** A name that a header before the entry's own has brought. */
  #extendedName: string | undefined;
  #ended = false;

  readonly #options: Pick<TarOptions, 'wants' | 'take'>;
  readonly #fail: (problem: string) => never;

  constructor(options: Pick<TarOptions, 'wants' | 'take'>, fail: (problem: string) => never) {
    this.#options = options;
    this.#fail = fail;
  }

  push(chunk: Buffer): void {
    this.bytes += chunk.length;
    let rest = chunk;
    while (rest.length > 0 && !this.#ended) {
      rest =
        this.#left > 0
          ? this.#takeContent(rest)
          : this.#padding > 0
            ? this.#skipPadding(rest)
            : this.#takeHeader(rest);
    }
  }

  finish(): void {
    if (this.bytes === 0) this.#fail('is empty: expected a tar archive');
    if (!this.#ended)
      this.#fail(`is cut short: its end mark is missing after ${formatInteger(this.bytes)} bytes`);
  }

  #takeHeader(chunk: Buffer): Buffer {
    const part = chunk.subarray(0, BLOCK - this.#blockBytes);
    this.#block.set(part, this.#blockBytes);
    this.#blockBytes += part.length;
    if (this.#blockBytes === BLOCK) {
      this.#blockBytes = 0;
      if (this.#block.every((byte) => byte === 0)) this.#ended = true;
      else this.#begin(this.#readHeader());
    }
    return chunk.subarray(part.length);
  }

  #begin(entry: Entry): void {
    this.#entry = entry;
    this.#left = entry.bytes;
    this.#padding = (BLOCK - (entry.bytes % BLOCK)) % BLOCK;
    const kept = isOf('file', entry) ? this.#options.wants(entry.name, entry.bytes) : !isOf('folder', entry);
    this.#content = kept ? new Uint8Array(entry.bytes) : undefined;
    if (this.#left === 0) this.#complete();
  }

  #takeContent(chunk: Buffer): Buffer {
    const part = chunk.subarray(0, this.#left);
    this.#content?.set(part, this.#entry!.bytes - this.#left);
    this.#left -= part.length;
    if (this.#left === 0) this.#complete();
    return chunk.subarray(part.length);
  }

  #skipPadding(chunk: Buffer): Buffer {
    const skipped = Math.min(this.#padding, chunk.length);
    this.#padding -= skipped;
    return chunk.subarray(skipped);
  }

  #complete(): void {
    const [entry, content] = [this.#entry!, this.#content];
    if (content === undefined) return;
    if (isOf('file', entry)) this.#options.take(entry.name, content);
    else if (isOf('longName', entry)) this.#extendedName = textOf(content);
    else if (entry.type === 'x') this.#extendedName = paxPath(textOf(content, false)) ?? this.#extendedName;
  }

  /** @throws for what is no header, and for an entry that is neither file nor folder or whose path leads elsewhere. */
  #readHeader(): Entry {
    const block = this.#block;
    const field = (offset: number, length: number): string => textOf(block.subarray(offset, offset + length));
    const octal = (offset: number, length: number): number => {
      const digits = field(offset, length).trim();
      return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
    };
    const sum = block.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
    const bytes = octal(124, 12);
    if (octal(148, 8) !== sum || Number.isNaN(bytes))
      this.#fail(`is no tar archive, or is damaged: there is no header where one is due`);
    const type = String.fromCharCode(block[156]!);
    const prefix = field(257, 5) === 'ustar' && block[262] === 0 ? field(345, 155) : '';
    const own = prefix === '' ? field(0, 100) : `${prefix}/${field(0, 100)}`;
    const entry = { name: own, type, bytes };
    if (isOf('attributes', entry) || isOf('longName', entry)) {
      if (bytes > MOST_EXTENDED) this.#fail(`has a header of ${formatInteger(bytes)} bytes`);
      return entry;
    }
    const name = this.#extendedName ?? own;
    this.#extendedName = undefined;
    if (leadsOut(name)) this.#fail(`holds a path that leads out of it, "${name}", and is not to be trusted`);
    if (!isOf('file', entry) && !isOf('folder', entry))
      this.#fail(`holds "${name}", which is neither a file nor a folder, and is not to be trusted`);
    // Some programs note a folder's room on the disk here.
    return { name, type, bytes: isOf('folder', entry) ? 0 : bytes };
  }
}

function isOf(kind: keyof typeof TYPES, { type }: Entry): boolean {
  return (TYPES[kind] as readonly string[]).includes(type);
}

/** Text up to the first zero. */
function textOf(bytes: Uint8Array, ends = true): string {
  const text = new TextDecoder().decode(bytes);
  const end = text.indexOf('\0');
  return ends && end >= 0 ? text.slice(0, end) : text;
}

/** The path among pax attributes, which are lines of "LENGTH KEY=VALUE". */
function paxPath(attributes: string): string | undefined {
  return /^\d+ path=(.*)$/m.exec(attributes)?.[1];
}

/** Whether a path is absolute on any system or has `..` in it. */
function leadsOut(name: string): boolean {
  return /^([/\\]|[A-Za-z]:)/.test(name) || name.split(/[/\\]/).includes('..');
}
