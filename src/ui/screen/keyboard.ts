/** What the key to the left of a line erases with on most terminals, and on some others. */
const ERASE = '\u007f';
const BACKSPACE = '\b';
/** Between these a terminal sends what is pasted, where it was asked to tell (mode 2004). */
const PASTE = '\u001b[200~';
const PASTED = '\u001b[201~';

/**
 * Standard input as Ink is to see it. Ink calls the key that sends 0x7f "delete", as it does the Delete key; told 0x08
 * instead, it calls it "backspace", so that the two can be told apart. What is pasted is no keys.
 * @param onPaste told each text that is pasted, among the keys in the order of their coming
 */
export function keyboardOf(stdin: NodeJS.ReadStream, onPaste: (text: string) => void): NodeJS.ReadStream {
  const pastes = new Pastes(onPaste);
  return new Proxy(stdin, {
    get(target, name) {
      if (name === 'read')
        return () => {
          for (;;) {
            const keys = pastes.next();
            if (keys !== '') return keys.replaceAll(ERASE, BACKSPACE);
            const text: unknown = target.read();
            if (typeof text !== 'string') return text;
            pastes.add(text);
          }
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Takes pastes out of what comes, also where one comes in pieces. */
class Pastes {
  readonly #onPaste: (text: string) => void;
  #text = '';
  #isPasting = false;

  constructor(onPaste: (text: string) => void) {
    this.#onPaste = onPaste;
  }

  add(text: string): void {
    this.#text += text;
  }

  /** The keys up to the next paste, which is told once they are taken; nothing where more must come. */
  next(): string {
    for (;;) {
      if (!this.#isPasting) {
        const at = this.#text.indexOf(PASTE);
        if (at !== 0) return this.#take(at < 0 ? this.#text.length - this.#begun() : at);
        this.#take(PASTE.length);
        this.#isPasting = true;
      }
      const end = this.#text.indexOf(PASTED);
      if (end < 0) return '';
      const text = this.#take(end);
      this.#take(PASTED.length);
      this.#isPasting = false;
      this.#onPaste(text);
    }
  }

  #take(length: number): string {
    const taken = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return taken;
  }

  /** How much of the end may be the beginning of a paste: a lone escape is a key. */
  #begun(): number {
    for (let length = PASTE.length - 1; length > 2; length--)
      if (this.#text.endsWith(PASTE.slice(0, length))) return length;
    return 0;
  }
}
