import type { Key } from 'ink';

const NAMED: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

/**
 * What Ink tells of a key, or of several that came at once, as names: `up`, `shift-tab`, `ctrl-c`, or the character itself.
 * Alt with a character is told as escape and that character, since a terminal sends the same for both.
 */
export function keyNames(input: string, key: Key): string[] {
  if (key.tab) return [key.shift ? 'shift-tab' : 'tab'];
  const named = NAMED.find(([name]) => key[name]);
  if (named !== undefined) return [withModifiers(named[1], key)];
  const names = [...input].map((char) => charName(char, key.ctrl));
  return key.meta ? ['escape', ...names] : names;
}

/** `ctrl-c` for that key, also where it comes as a control character among others. */
export function charName(char: string, ctrl: boolean): string {
  const code = char.charCodeAt(0);
  if (code === 0x0d || code === 0x0a) return 'enter';
  if (code === 0x09) return 'tab';
  if (code === 0x08 || code === 0x7f) return 'backspace';
  if (code >= 1 && code <= 26) return `ctrl-${String.fromCharCode(code + 96)}`;
  return ctrl ? `ctrl-${char}` : char;
}

function withModifiers(name: string, { ctrl, shift }: Key): string {
  if (ctrl) return `ctrl-${name}`;
  return shift && name !== 'enter' ? `shift-${name}` : name;
}
