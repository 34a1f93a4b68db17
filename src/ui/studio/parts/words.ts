import { shellWord } from '../../../base/text/settings.js';

/** A command line of ours, to be copied: `cnnzoo train lenet5 --epochs 3`. */
export function lineOf(words: readonly string[]): string {
  return ['cnnzoo', ...words].map(shellWord).join(' ');
}

/**
 * The words of a command line as a shell takes them apart: by spaces, but for those in quotes or behind a backslash.
 * @returns null where a quote is not closed
 */
export function wordsOf(line: string): string[] | null {
  const words: string[] = [];
  let word: string | undefined;
  let rest = line;
  while (rest !== '') {
    const [piece, plain, single, double, escaped] = PIECE.exec(rest) ?? [];
    if (piece === undefined) return null;
    rest = rest.slice(piece.length);
    const text = plain ?? single ?? double?.replace(/\\([\\"$`])/g, '$1') ?? escaped;
    if (text !== undefined) word = (word ?? '') + text;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** Plain characters, what is in quotes of either kind, a character behind a backslash, or what parts words. */
const PIECE = /^(?:([^\s'"\\]+)|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S]?)|\s+)/;
