import { wrapText } from '../../../terminal/text.js';

/** A bullet, whose further lines stand below its text. */
const BULLET = '- ';

/**
 * A text of a lesson as lines of at most `width` columns. Lines that follow each other are one paragraph and are broken anew; an empty
 * line parts paragraphs, a line that begins with "- " begins a bullet, and one that begins with a space stays as it is.
 */
export function flowed(text: string, width: number): string[] {
  const lines: string[] = [];
  let paragraph = '';
  const flush = () => {
    if (paragraph !== '') lines.push(...paragraphLines(paragraph, width));
    paragraph = '';
  };
  for (const line of text.trimEnd().split('\n')) {
    const isKept = line.startsWith(' ') && line.trim() !== '';
    if (isKept || line.trim() === '' || line.startsWith(BULLET)) flush();
    if (isKept) lines.push(line);
    else if (line.trim() === '') lines.push('');
    else paragraph = paragraph === '' ? line.trim() : `${paragraph} ${line.trim()}`;
  }
  flush();
  return lines;
}

function paragraphLines(paragraph: string, width: number): string[] {
  if (!paragraph.startsWith(BULLET)) return wrapText(paragraph, width);
  const lines = wrapText(paragraph.slice(BULLET.length), Math.max(1, width - BULLET.length));
  return lines.map((line, i) => (i === 0 ? BULLET : '  ') + line);
}
