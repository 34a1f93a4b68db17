/** What the key to the left of a line erases with on most terminals, and on some others. */
const ERASE = '\u007f';
const BACKSPACE = '\b';

/**
 * Standard input as Ink is to see it. Ink calls the key that sends 0x7f "delete", as it does the Delete key; told 0x08
 * instead, it calls it "backspace", so that the two can be told apart.
 */
export function keyboardOf(stdin: NodeJS.ReadStream): NodeJS.ReadStream {
  return new Proxy(stdin, {
    get(target, name) {
      if (name === 'read')
        return () => {
          const text: unknown = target.read();
          return typeof text === 'string' ? text.replaceAll(ERASE, BACKSPACE) : text;
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
