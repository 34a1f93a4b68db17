import { escapeXml } from '../../base/text/markup.js';

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** `<name a="1">content</name>`; numbers to a tenth of a pixel. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? rounded(value) : escapeXml(value!)}"`);
  return content === ''
    ? `<${name}${written.join('')}/>`
    : `<${name}${written.join('')}>${content}</${name}>`;
}

export function textElement(text: string, attributes: Attributes): string {
  return element('text', attributes, escapeXml(text));
}

export const INK = '#1f2328';
export const QUIET = '#656d76';
const FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";

/** A document on white, with its size. */
export function svgDocument(
  width: number,
  height: number,
  title: string,
  content: readonly string[],
): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  const parts = [
    element('title', {}, escapeXml(title)),
    element('rect', { width: w, height: h, fill: '#fff' }),
    ...content,
  ];
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width: w,
    height: h,
    viewBox: `0 0 ${w} ${h}`,
    'font-family': FONT,
    'font-size': 12,
    fill: INK,
  };
  return `${element('svg', attributes, `\n${parts.join('\n')}\n`)}\n`;
}

/** About how wide a text is at a font size, in pixels: fonts differ, so a little more than most need. */
export function textLength(text: string, fontSize: number): number {
  return text.length * fontSize * 0.6;
}

export function rounded(value: number): string {
  return String(Math.round(10 * value) / 10);
}
