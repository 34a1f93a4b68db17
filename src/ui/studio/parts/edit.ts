import type { TextField } from '../state/overlay.js';

/** What a key makes of a text that is typed; undefined for a key that edits nothing. */
export function edited({ text, at }: TextField, key: string): TextField | undefined {
  const chars = [...text];
  switch (key) {
    case 'left':
    case 'ctrl-b':
      return { text, at: Math.max(0, at - 1) };
    case 'right':
    case 'ctrl-f':
      return { text, at: Math.min(chars.length, at + 1) };
    case 'home':
    case 'ctrl-a':
      return { text, at: 0 };
    case 'end':
    case 'ctrl-e':
      return { text, at: chars.length };
    case 'backspace':
      return without(chars, at - 1, at);
    case 'delete':
    case 'ctrl-d':
      return without(chars, at, at + 1);
    case 'ctrl-u':
      return without(chars, 0, at);
    case 'ctrl-k':
      return without(chars, at, chars.length);
    case 'ctrl-w':
      return without(chars, beginOfWord(chars, at), at);
    default:
      if (!isText(key)) return undefined;
      return { text: [...chars.slice(0, at), key, ...chars.slice(at)].join(''), at: at + 1 };
  }
}

/** A text with another one put in where the cursor is; it stays one line. */
export function withText({ text, at }: TextField, put: string): TextField {
  const chars = [...text];
  const line = [...put.replace(/\r\n|[\r\n\t]/g, ' ').replace(/\p{Cc}/gu, '')];
  return { text: [...chars.slice(0, at), ...line, ...chars.slice(at)].join(''), at: at + line.length };
}

/** Whether a key is a character to be written. */
export function isText(key: string): boolean {
  return [...key].length === 1;
}

function without(chars: readonly string[], from: number, to: number): TextField {
  const begin = Math.max(0, from);
  return { text: [...chars.slice(0, begin), ...chars.slice(to)].join(''), at: begin };
}

function beginOfWord(chars: readonly string[], at: number): number {
  let begin = at;
  while (begin > 0 && chars[begin - 1] === ' ') begin--;
  while (begin > 0 && chars[begin - 1] !== ' ') begin--;
  return begin;
}
