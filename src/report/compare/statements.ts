import { formatInteger } from '../../base/text/format.js';
import { setting } from '../../base/text/settings.js';
import { counted } from '../../base/text/words.js';
import type { Difference } from '../../tasks/compare/differences.js';

/** Up to so many recipes every two are told of; of more the most accurate beside those that come after it. */
const MOST_PAIRWISE = 3;
const MOST_TOLD = 5;

/** A sentence for each difference: how large it is, and whether that is more than chance. */
export function statements(differences: readonly Difference[]): string[] {
  const told = worthTelling(differences);
  const lines = told.map((difference) => statement(difference));
  if (differences.length < 2) return lines;
  const note = `p-values are raised for ${differences.length} comparisons (Holm).`;
  return told.length < differences.length
    ? [...lines, `${note} The others are in ${setting('format', 'json')}.`]
    : [...lines, note];
}

function worthTelling(differences: readonly Difference[]): readonly Difference[] {
  const pairsOf = (count: number) => (count * (count - 1)) / 2;
  if (differences.length <= pairsOf(MOST_PAIRWISE)) return differences;
  const worse = new Set(differences.filter((d) => d.accuracyDifference > 0).map((d) => d.worse));
  return differences
    .filter(({ better }) => !worse.has(better))
    .toSorted((a, b) => a.accuracyDifference - b.accuracyDifference)
    .slice(0, MOST_TOLD);
}

function statement(difference: Difference): string {
  const { better, worse, accuracyDifference, pairs, largerThanChance } = difference;
  const test = `(McNemar's exact test${pairs.length === 1 ? `; ${split(difference)}` : ''})`;
  if (accuracyDifference === 0) return `${better} and ${worse} are equally accurate ${test}.`;
  const over = pairs.length > 1 ? ` on average over ${counted(pairs.length, 'seed')}` : '';
  const lead = `${better} is more accurate than ${worse} by ${points(accuracyDifference)}${over}`;
  return `${lead}, which ${largerThanChance ? larger(difference) : maybe(difference)} ${test}.`;
}

function split({ better, worse, pairs }: Difference): string {
  const { onlyBetter, onlyWorse } = pairs[0]!;
  return `${formatInteger(onlyBetter)} test images only ${better} gets right, ${formatInteger(onlyWorse)} only ${worse}`;
}

function larger({ pairs, adjustedP }: Difference): string {
  if (pairs.length === 1) return `is larger than chance: ${formatP(adjustedP)}`;
  return `is larger than chance with every seed: ${formatP(adjustedP)} at most`;
}

function maybe({ pairs, adjustedP }: Difference): string {
  if (pairs.length === 1) return `may well be chance: ${formatP(adjustedP)}`;
  if (pairs.some(({ onlyBetter, onlyWorse }) => onlyBetter <= onlyWorse))
    return 'may well be chance: it does not hold with every seed';
  return `may well be chance: ${formatP(adjustedP)} with one of the seeds`;
}

/** Accuracies in percent differ by points. */
function points(difference: number): string {
  return `${(100 * difference).toFixed(2)} points`;
}

export function formatP(p: number): string {
  if (p < 0.0001) return 'p < 0.0001';
  return `p = ${p >= 0.1 ? p.toFixed(2) : String(Number(p.toPrecision(2)))}`;
}
