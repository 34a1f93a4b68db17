/** A test for names: `*` stands for any letters and `?` for one, as in shells; large and small letters are the same. */
export function globOf(pattern: string): RegExp {
  const parts = pattern.split(/([*?])/).map((part) => {
    if (part === '*') return '.*';
    return part === '?' ? '.' : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  // Several stars in a row are one, so that a pattern takes no time to speak of.
  return new RegExp(`^${parts.join('').replace(/(\.\*)+/g, '.*')}$`, 'i');
}
