import { visible } from './visible.js';

/** What is longer is no word that somebody mistyped. */
const MAX_LENGTH = 100;

/**
 * The candidate closest to a mistyped word, or the one whose initials it is (`lr` for `learning-rate` or `learningRate`);
 * undefined where none is close enough to be meant.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const inFull = candidates.find(
    (candidate) => word.length > 1 && initials(candidate) === word.toLowerCase(),
  );
  if (inFull !== undefined) return inFull;
  const limit = Math.max(1, Math.floor(word.length / 3));
  if (word.length > MAX_LENGTH) return undefined;
  const ranked = candidates
    .filter((candidate) => Math.abs(candidate.length - word.length) <= limit)
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= limit ? best.candidate : undefined;
}

/** `Did you mean "flatten"?`, or where nothing is close `There are add, concatenate, flatten.` */
export function didYouMean(word: string, known: readonly string[]): string {
  const close = nearest(word, known);
  return close ? `Did you mean "${close}"?` : `There are ${known.join(', ')}.`;
}

/**
 * Whether two texts are shown by the same characters, though their bytes may differ: what is not UTF-8, accents that are
 * written apart. To suggest one for the other would say nothing.
 */
export function looksTheSame(a: string, b: string): boolean {
  return visible(a).normalize('NFC') === visible(b).normalize('NFC');
}

function initials(words: string): string {
  const first = words.match(/(?<![A-Za-z])[A-Za-z]|(?<=[a-z])[A-Z]/g) ?? [];
  return first.join('').toLowerCase();
}

/** Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
