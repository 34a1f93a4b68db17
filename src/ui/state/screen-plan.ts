export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** Empty rows, above the part that each is named for. */
interface Gaps {
  readonly header: number;
  readonly bars: number;
  readonly figures: number;
  readonly footer: number;
}

/** What of the screen fits, in rows. */
export interface ScreenPlan {
  /** Columns for text: one is kept free, since some terminals break a line that fills the last one. */
  readonly width: number;
  readonly epochBar: number;
  readonly runBar: number;
  readonly footer: number;
  readonly details: number;
  /** Lines of figures: both beside each other, or one each. */
  readonly figures: number;
  readonly header: number;
  /** Of one chart. */
  readonly chart: number;
  /** Of the axis below a chart. */
  readonly axis: number;
  readonly gaps: Gaps;
  /** Whether the charts stand beside each other. */
  readonly sideBySide: boolean;
}

const SIDE_BY_SIDE_COLUMNS = 72;
/** Share of the terminal for the screen; the rest is for the epochs above it. */
const SHARE = 0.8;
const MIN_HEIGHT = 13;
/** Rows for the epochs above the screen where the terminal has more than so many rows. */
const MIN_LOG = 2;
const MIN_LOG_FROM = 6;
/** A chart takes one row of so many. */
const ROWS_PER_CHART_ROW = 6;
/** With its axis. */
const MAX_CHART = 8;

/**
 * Divides the terminal, from the most to the least needed. The whole screen stays lower than the terminal by a row, or the
 * terminal scrolls and the screen can no longer be written over.
 * @param headerLines rows that the header would like
 */
export function planScreen(
  size: ScreenSize,
  { headerLines, braille }: { headerLines: number; braille: boolean },
): ScreenPlan {
  const sideBySide = size.columns >= SIDE_BY_SIDE_COLUMNS;
  const available = Math.max(1, size.rows - 1);
  const most = available > MIN_LOG_FROM ? available - MIN_LOG : available;
  let left = Math.min(most, Math.max(MIN_HEIGHT, Math.floor(SHARE * size.rows)));
  const take = (wanted: number): number => {
    const given = wanted <= left ? wanted : 0;
    left -= given;
    return given;
  };
  const epochBar = take(1);
  const footer = take(1);
  const figures = take(sideBySide ? 1 : 2);
  const runBar = take(1);
  const details = take(1);
  const charts = braille && figures > 0 ? (sideBySide ? 1 : 2) : 0;
  const title = take(Math.min(1, headerLines));
  let chart = take(charts * 2) > 0 ? 2 : take(charts) > 0 ? 1 : 0;
  const axis = chart > 1 && take(charts) > 0 ? 1 : 0;
  const header = title + take(Math.min(headerLines - title, left));
  const gaps = { figures: take(figures > 0 ? 1 : 0), bars: take(1), header: take(1), footer: take(footer) };
  const mostRows = Math.min(MAX_CHART - axis, Math.floor(size.rows / ROWS_PER_CHART_ROW));
  while (chart > 0 && chart < mostRows && take(charts) > 0) chart++;
  return {
    width: size.columns - 1,
    epochBar,
    runBar,
    footer,
    details,
    figures,
    header,
    chart,
    axis,
    gaps,
    sideBySide,
  };
}

/** Rows of the whole screen. */
export function planHeight(plan: ScreenPlan): number {
  const { epochBar, runBar, footer, details, figures, header, chart, axis, gaps, sideBySide } = plan;
  const charts = (chart + axis) * (sideBySide ? 1 : 2);
  const empty = gaps.header + gaps.bars + gaps.figures + gaps.footer;
  return epochBar + runBar + footer + details + figures + header + charts + empty;
}
