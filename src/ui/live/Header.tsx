import type { StartEvent } from '../../runs/events.js';
import { textWidth, truncate } from '../../terminal/text.js';
import { type Glyphs, paintSpans, type Span, type Theme, type Tone } from '../../terminal/theme.js';
import { runFacts } from '../lines/run-text.js';
import { Lines } from './Lines.js';

/** What runs on what. */
export function Header({ theme, lines }: { theme: Theme; lines: readonly (readonly Span[])[] }) {
  return <Lines lines={lines.map((line) => paintSpans(theme, line))} />;
}

/** The header's lines: facts flow to the width, and each kind of them begins a line. */
export function headerLines(start: StartEvent, width: number, glyphs: Glyphs): Span[][] {
  const { name, data, training } = runFacts(start);
  return [
    ...flow(name, { width, glyphs, tones: ['strong', 'quiet'] }),
    ...flow(data, { width, glyphs, tones: ['plain'] }),
    ...flow(training, { width, glyphs, tones: ['quiet'] }),
  ];
}

interface FlowOptions {
  readonly width: number;
  readonly glyphs: Glyphs;
  /** Of the facts in turn; the last serves for all further ones. */
  readonly tones: readonly [Tone, ...Tone[]];
}

/** Facts with separators between them, none of them torn apart unless it is wider than a line. */
function flow(facts: readonly string[], { width, glyphs, tones }: FlowOptions): Span[][] {
  const lines: Span[][] = [];
  let used = 0;
  for (const [index, fact] of facts.entries()) {
    const text = truncate(fact, width, glyphs.ellipsis);
    const span: Span = { text, tone: tones[index] ?? tones.at(-1)! };
    const separator: Span = { text: glyphs.separator, tone: 'quiet' };
    const needed = separator.text.length + textWidth(text);
    if (lines.length > 0 && used + needed <= width) {
      lines.at(-1)!.push(separator, span);
      used += needed;
    } else {
      lines.push([span]);
      used = textWidth(text);
    }
  }
  return lines;
}
