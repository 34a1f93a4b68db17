import { niceTicks, tickLabel } from './ticks.js';

/** Columns between two figures, at least. */
const BETWEEN = 3;
const MOST_TICKS = 11;

/** The figures under a chart of so many columns that goes from `first` to `last`: round ones, each at its place. */
export function axisRow([first, last]: readonly [number, number], width: number): string {
  for (let count = MOST_TICKS; count >= 2; count--) {
    const row = placed(ticksOf(first, last, count), first, last, width);
    if (row !== undefined) return row;
  }
  return (placed([first], first, last, width) ?? '').padEnd(width);
}

/** Whole numbers where there are several of them: epochs are counted. */
function ticksOf(first: number, last: number, count: number): number[] {
  const ticks = niceTicks(first, last, count).filter((tick) => tick >= first - 1e-9 && tick <= last + 1e-9);
  return last - first < 2 ? ticks : ticks.filter(Number.isInteger);
}

/** undefined where they do not fit beside each other. */
function placed(ticks: readonly number[], first: number, last: number, width: number): string | undefined {
  let row = '';
  for (const tick of ticks) {
    const label = tickLabel(tick, ticks);
    const share = last === first ? 0 : (tick - first) / (last - first);
    const middle = Math.round(share * (width - 1) - (label.length - 1) / 2);
    const begin = Math.max(0, Math.min(width - label.length, middle));
    if (row !== '' && begin < row.length + BETWEEN) return undefined;
    row = row.padEnd(begin) + label;
  }
  return row === '' || row.length > width ? undefined : row.padEnd(width);
}
