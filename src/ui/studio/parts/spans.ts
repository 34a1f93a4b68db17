import { textWidth, truncate, wrapText } from '../../../terminal/text.js';
import { type Span, spansWidth, type Theme, type Tone } from '../../../terminal/theme.js';

export function quiet(text: string): Span {
  return { text, tone: 'quiet' };
}

/** A text in lines of one look. */
export function wrapped(text: string, width: number, tone: Tone = 'plain'): Span[][] {
  return wrapText(text, Math.max(1, width)).map((line) => [{ text: line, tone }]);
}

/** Spans cut to so many columns. */
export function cutSpans(spans: readonly Span[], width: number, { glyphs }: Theme): Span[] {
  if (spansWidth(spans) <= width) return [...spans];
  const kept: Span[] = [];
  let left = width;
  for (const span of spans) {
    const room = textWidth(span.text);
    if (room <= left) kept.push(span);
    else {
      kept.push({ ...span, text: truncate(span.text, left, glyphs.ellipsis) });
      break;
    }
    left -= room;
    if (left <= 0) break;
  }
  return kept;
}

/** A label, and its value's lines beside it. */
export function labelled(label: string, value: string, width: number, labelWidth: number): Span[][] {
  return wrapText(value, Math.max(8, width - labelWidth)).map((line, i) => [
    { text: (i === 0 ? label : '').padEnd(labelWidth), tone: 'quiet' },
    { text: line },
  ]);
}
