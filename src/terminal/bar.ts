import { clamp01 } from '../base/text/format.js';
import type { Glyphs, Span } from './theme.js';

/** A bar of `width` columns, `fraction` of it filled. */
export function barSpans(fraction: number, width: number, glyphs: Glyphs): Span[] {
  const steps = glyphs.barHalf === '' ? 1 : 2;
  const filled = Math.floor(clamp01(fraction) * width * steps + 1e-9);
  const full = Math.floor(filled / steps);
  const half = filled % steps === 1 ? glyphs.barHalf : '';
  return [
    { text: glyphs.barFull.repeat(full) + half, tone: 'training' },
    { text: glyphs.barEmpty.repeat(width - full - half.length), tone: 'quiet' },
  ];
}
