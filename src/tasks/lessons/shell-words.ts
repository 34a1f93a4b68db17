/** What a shell would do something with that we do not: pipes, patterns, variables. */
const SPECIAL = /[|<>;&$`*?()[\]{}]/;

/**
 * The words of a command line as a shell has them, with what stands in quotes as one word, so that a line that is shown can be typed.
 * @param fail makes an error of a sentence
 */
export function shellWords(line: string, fail: (message: string) => Error): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < line.length; ) {
    const char = line[i]!;
    if (char === "'" || char === '"') {
      const { text, end } = quoted(line, i, fail);
      word = (word ?? '') + text;
      i = end;
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      i++;
    } else {
      if (SPECIAL.test(char))
        throw fail(`${char} needs quotes here: a step runs one command of cnnzoo, without a shell.`);
      const isEscape = char === '\\' && i + 1 < line.length;
      word = (word ?? '') + (isEscape ? line[i + 1]! : char);
      i += isEscape ? 2 : 1;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** What stands in the quotes that open at `start`, and where the line goes on. */
function quoted(
  line: string,
  start: number,
  fail: (message: string) => Error,
): { readonly text: string; readonly end: number } {
  const quote = line[start]!;
  let text = '';
  for (let i = start + 1; i < line.length; i++) {
    const char = line[i]!;
    if (char === quote) return { text, end: i + 1 };
    if (quote === '"' && /[$`]/.test(char)) throw fail(`${char} needs single quotes here: in double ones a shell would take it for an order.`);
    if (quote === '"' && char === '\\' && /["\\]/.test(line[i + 1] ?? '')) text += line[++i]!;
    else text += char;
  }
  throw fail(`the ${quote} is never closed.`);
}
