import { textWidth, truncate, truncateMiddle } from '../../../terminal/text.js';

/** What parts of a name end with. */
const PART = /[-_/\\=.: ]/;

/**
 * Cuts names so that they can still be told apart: where some would come to the same, what they have in common goes first.
 * @param names all that stand beside each other
 * @returns what is shown of one of them in so many columns
 */
export function shortNames(names: readonly string[]): (name: string, width: number, mark: string) => string {
  const known = new Map<string, ReadonlyMap<string, string>>();
  return (name, width, mark) => {
    if (textWidth(name) <= width) return name;
    const key = `${width} ${mark}`;
    const shown = known.get(key) ?? allShort(names, width, mark);
    known.set(key, shown);
    return shown.get(name) ?? truncateMiddle(name, width, mark);
  };
}

function allShort(names: readonly string[], width: number, mark: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string[]>();
  for (const name of new Set(names)) {
    const cut = truncateMiddle(name, width, mark);
    groups.set(cut, [...(groups.get(cut) ?? []), name]);
  }
  return new Map(
    [...groups].flatMap(([cut, group]) => {
      const common = group.length === 1 ? 0 : commonLength(group);
      return group.map((name) => [name, group.length === 1 ? cut : without(name, common, width, mark)]);
    }),
  );
}

/** How much all begin with, up to the end of a part of their names. */
function commonLength(names: readonly string[]): number {
  const [first, ...others] = names;
  let length = 0;
  while (length < first!.length && others.every((name) => name[length] === first![length])) length++;
  while (length > 0 && !PART.test(first![length - 1]!)) length--;
  return length;
}

/** As much of the beginning as there is room for, then what tells it from the others. */
function without(name: string, common: number, width: number, mark: string): string {
  const rest = name.slice(common);
  const room = width - textWidth(mark) - textWidth(rest);
  if (room < 0) return truncate(`${mark}${rest}`, width, mark);
  return `${truncate(name, room, '')}${mark}${rest}`;
}
