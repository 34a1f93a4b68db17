/**
 * The first line in sight after a key, or null where the key does not move a text. It may lie beyond either end: the caller
 * knows how far there is text.
 * @param rows lines in sight
 */
export function scrolled(key: string, top: number, rows: number): number | null {
  switch (key) {
    case 'down':
    case 'j':
      return top + 1;
    case 'up':
    case 'k':
      return top - 1;
    case 'pagedown':
    case ' ':
      return top + rows;
    case 'pageup':
      return top - rows;
    case 'home':
    case 'g':
      return 0;
    case 'end':
    case 'G':
      return Number.MAX_SAFE_INTEGER;
    default:
      return null;
  }
}
