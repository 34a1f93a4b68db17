/**
 * The one place that knows which characters are never printed raw: titles, classes, names of files, keys and messages may
 * come from anybody, and a terminal takes some characters for orders. Data that is written to files stays as it is.
 */

/**
 * Control characters (C0, DEL, C1), line and paragraph separators, what turns the direction of writing (U+202A to U+202E,
 * U+2066 to U+2069), invisible characters that make two names look alike, and halves of characters. The joiners of emoji
 * and of some scripts (U+200C, U+200D) and their marks of direction (U+200E, U+200F) are left as they are.
 */
const HOSTILE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/gu;

/** The same without line breaks, which texts of several lines have, and without what only sets colours. */
const HOSTILE_IN_LINES = new RegExp(`\u001b\\[[0-9;]*m|(?!\\n)(?:${HOSTILE.source})`, 'gu');

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** `text` as one line in which every character that a terminal or a reader could be misled by is written out: `\x1b`, `\u202e`. */
export function visible(text: string): string {
  return text.replace(HOSTILE, written);
}

/**
 * A text of several lines that the program has put together, with whatever slipped into it made visible.
 * @param hasColour whether it may hold sequences that set colours
 */
export function visibleLines(text: string, hasColour: boolean): string {
  return text.replace(HOSTILE_IN_LINES, (found) =>
    hasColour && found.length > 1 && found.startsWith('\u001b') ? found : [...found].map(spelled).join(''),
  );
}

/** JSON of a value on one line, or of several levels by `space`: the same data, but no character that `visible` would change. */
export function visibleJson(value: unknown, space?: number): string | undefined {
  const json = JSON.stringify(value, null, space) as string | undefined;
  return json?.replace(HOSTILE, (char) => (char === '\n' ? char : codeUnits(char)));
}

/** A word longer than this is no word: a sentence says how long it is instead. */
const LONGEST_WORD = 200;
/** So much of it is shown. */
const SHOWN = 60;
const LONGEST_SENTENCE = 4000;

/** One visible line of a message; words of thousands of characters are cut, and it says so. */
export function sentence(message: string): string {
  const words = visible(message).replace(/\S+/g, (word) => (word.length > LONGEST_WORD ? cut(word) : word));
  return words.length > LONGEST_SENTENCE ? cut(words, LONGEST_SENTENCE) : words;
}

/** The beginning of a text and its length, where it is longer than a person would want to read. */
export function cut(text: string, shown = SHOWN): string {
  if (text.length <= shown) return text;
  // Half a character would not be visible.
  return `${text.slice(0, shown).replace(/[\ud800-\udbff]$/, '')}… (${text.length} characters)`;
}

function written(char: string): string {
  return NAMED[char] ?? spelled(char);
}

function spelled(char: string): string {
  const code = char.codePointAt(0)!;
  if (code === 0x1b || code < 0x20 || (code >= 0x7f && code <= 0xff)) return `\\x${hex(code, 2)}`;
  if (code < 0x7f) return char;
  return code > 0xffff ? `\\u{${hex(code, 5)}}` : `\\u${hex(code, 4)}`;
}

/** As JSON writes what is not in its texts as it is. */
function codeUnits(char: string): string {
  return Array.from(char, (c) => c)
    .flatMap((c) => Array.from({ length: c.length }, (_, i) => `\\u${hex(c.charCodeAt(i), 4)}`))
    .join('');
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
