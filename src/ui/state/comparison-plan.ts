import type { ScreenSize } from './screen-plan.js';

/** What of the comparison's screen fits, in rows. */
export interface ComparisonPlan {
  /** Columns for text. */
  readonly width: number;
  /** Runs that are shown, the current one among them. */
  readonly runs: number;
  /** Of one chart; 0 for none at all. */
  readonly chart: number;
  /** Of the axis below a chart. */
  readonly axis: number;
  readonly sideBySide: boolean;
  /** An empty row between the parts. */
  readonly gap: 0 | 1;
  /** Whether the best run has a row of its own. */
  readonly best: boolean;
}

const SIDE_BY_SIDE_COLUMNS = 72;
const MAX_CHART = 8;
const MIN_CHART = 2;
/** Rows that are always there: the bar of the whole, the footer. */
const ALWAYS = 2;
/** From so many rows on there is one for the best of many runs. */
const ROWS_FOR_BEST = 14;
const FEW = 3;
/** Rows kept for what is said above the screen. */
const LOG = 2;

/** Divides the terminal: runs first, then charts. The whole stays lower than the terminal by a row. */
export function planComparisonScreen(
  size: ScreenSize,
  runs: number,
  braille: boolean,
  hasBest = false,
): ComparisonPlan {
  const width = size.columns - 1;
  const sideBySide = size.columns >= SIDE_BY_SIDE_COLUMNS;
  const most = Math.max(1, size.rows - 1);
  const best = hasBest && runs > FEW && size.rows >= ROWS_FOR_BEST;
  const left = (most > 8 ? most - LOG : most) - ALWAYS - Number(best);
  const gap = left >= 8 ? 1 : 0;
  const charts = sideBySide ? 1 : 2;
  const free = left - 2 * gap - Math.min(runs, Math.max(1, Math.floor(left / 2)));
  // A chart has a caption above it and an axis below.
  const chart = braille ? Math.min(MAX_CHART, Math.floor(free / charts) - 2) : 0;
  const shown = chart >= MIN_CHART ? chart : 0;
  const taken = shown === 0 ? 0 : charts * (shown + 2) + gap;
  return {
    width,
    runs: Math.max(0, Math.min(runs, left - gap - taken)),
    chart: shown,
    axis: 1,
    sideBySide,
    gap,
    best,
  };
}

/** The first of `count` runs to show, so that the current one is among them and as many before it as after. */
export function firstShown(total: number, count: number, current: number): number {
  return Math.max(0, Math.min(total - count, current - Math.floor(count / 2)));
}
