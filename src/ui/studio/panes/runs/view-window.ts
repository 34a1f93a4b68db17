import type { RunsState } from '../../state/runs-state.js';

/** Less than this of the curves is not shown: points would be too far apart to say anything. */
const LEAST = 1 / 256;

/** Shows `factor` times as much of the x axis, around the place that is read, or else around the middle. */
export function zoomed(runs: RunsState, factor: number): RunsState {
  const [from, to] = runs.zoom;
  const width = Math.max(LEAST, Math.min(1, (to - from) * factor));
  const middle = from + (to - from) * (runs.reading ?? 0.5);
  const begin = Math.max(0, Math.min(1 - width, middle - width * (runs.reading ?? 0.5)));
  return { ...runs, zoom: [begin, begin + width] };
}

/** Moves the place that is read; at an edge what is shown moves along. */
export function readAt(runs: RunsState, by: number): RunsState {
  const [from, to] = runs.zoom;
  const wanted = (runs.reading ?? (by > 0 ? 0 : 1)) + by;
  const over = wanted < 0 ? wanted : wanted > 1 ? wanted - 1 : 0;
  const shift = Math.max(-from, Math.min(1 - to, over * (to - from)));
  return { ...runs, reading: Math.max(0, Math.min(1, wanted)), zoom: [from + shift, to + shift] };
}
