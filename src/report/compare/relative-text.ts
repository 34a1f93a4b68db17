import { formatBytes, formatInteger, formatPercent } from '../../base/text/format.js';
import { listed } from '../../base/text/words.js';
import type { RelativeFigure, RelativeKey, RelativeValue } from '../../tasks/compare/relative.js';

/** So many are named in a sentence. */
const MOST = 8;

const FIGURES: Readonly<
  Record<RelativeKey, { readonly name: string; readonly less: string; format(value: number): string }>
> = {
  errors: { name: 'Errors', less: 'fewer', format: formatPercent },
  params: { name: 'Parameters', less: 'fewer', format: formatInteger },
  macs: { name: 'MACs', less: 'fewer', format: formatInteger },
  trainingActivationBytes: { name: 'Activations', less: 'less', format: formatBytes },
};

/** The column of a table that shows a figure. */
export function columnOf({ figure }: RelativeFigure): string {
  return figure === 'errors' ? 'testAccuracy' : figure;
}

/**
 * A sentence a figure: "Parameters, against alexnet's 62,378,344: googlenet 1/8.9."
 * @param hasGroups whether there are several groups of runs, so that each must be named
 */
export function relativeSentences(relative: readonly RelativeFigure[], hasGroups: boolean): string[] {
  return relative.map(({ figure, group, against, others }) => {
    const { name, format } = FIGURES[figure];
    const within = hasGroups && group !== null ? ` in group ${group}` : '';
    const told = others.map((other) => `${other.name} ${relation(figure, other)}`);
    return `${name}${within}, against ${against.name}'s ${format(against.value)}: ${listed(told, MOST)}.`;
  });
}

/** `64 % fewer` of errors, and of sizes down to a half; `1/8.9` of what is less. */
function relation(figure: RelativeKey, { ratio, reduction, value }: RelativeValue): string {
  const { less, format } = FIGURES[figure];
  if (ratio === 1) return less === 'less' ? 'as much' : 'as many';
  if (value === 0) return 'none';
  if (figure !== 'errors' && ratio <= 0.5) return `1/${formatTimes(1 / ratio)}`;
  const aside = figure === 'errors' ? ` (${format(value)})` : '';
  return `${formatReduction(reduction)} ${less}${aside}`;
}

function formatTimes(times: number): string {
  return times < 9.95 ? String(Number(times.toFixed(1))) : formatInteger(times);
}

/** Whole percent; never 0 or 100, as what is told differs and something is left. */
function formatReduction(reduction: number): string {
  const percent = Math.round(100 * reduction);
  if (percent === 0) return 'under 1 %';
  return percent === 100 ? 'over 99 %' : `${percent} %`;
}
