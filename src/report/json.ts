import { visibleJson } from '../base/text/visible.js';

const WIDTH = 110;

/** JSON for people and programs: two spaces a level; lists of numbers and other short lists on one line. */
export function renderJson(value: unknown): string {
  return `${write(value, '')}\n`;
}

function write(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return visibleJson(value) ?? 'null';
  const deeper = `${indent}  `;
  const [parts, open, close] = Array.isArray(value)
    ? [value.map((item) => write(item, deeper)), '[', ']']
    : [entries(value).map(([key, item]) => `${visibleJson(key)}: ${write(item, deeper)}`), '{', '}'];
  if (parts.length === 0) return open + close;
  const flat = `${open}${parts.join(', ')}${close}`;
  const isShort = !flat.includes('\n') && indent.length + flat.length <= WIDTH;
  if (isShort && Array.isArray(value) && isPlain(value)) return flat;
  return `${open}\n${parts.map((part) => deeper + part).join(',\n')}\n${indent}${close}`;
}

/** Scalars, or one list of them. */
function isPlain(list: readonly unknown[]): boolean {
  return list.every(
    (item) => typeof item !== 'object' || item === null || (Array.isArray(item) && list.length === 1),
  );
}

/** As JSON.stringify: what is undefined is left out. */
function entries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, item]) => item !== undefined);
}
