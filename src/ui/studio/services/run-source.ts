import { join } from 'node:path';
import { exists, statusOf } from '../../../base/files/folders.js';
import type { MetricsLine } from '../../../runs/metrics.js';
import { CONFIG, METRICS } from '../../../runs/run-paths.js';
import { readConfig } from '../../../runs/watch/config-brief.js';
import { MetricsTail } from '../../../runs/watch/metrics-tail.js';
import { RunWatch, type WatchedRun } from '../../../runs/watch/run-watch.js';
import { differingSettings, type RunConfig } from '../../../tasks/compare/settings.js';
import { Series } from '../../../terminal/series.js';
import type { Curves, RunsState, TimeAxis } from '../state/runs-state.js';

/** How long one look may take before keys are waited for again. */
const BUDGET_MS = 12;

/** Points that a curve keeps: several for each dot of a wide screen, so that there is something to zoom into. */
const POINTS = 1024;
/** Runs whose curves are kept. */
const MOST_CURVES = 6;

const MEASURES = [
  'loss',
  'accuracy',
  'validationLoss',
  'validationAccuracy',
  'testLoss',
  'testAccuracy',
] as const;

/** The config of a run, and what tells whether to look at its file again. */
interface KnownConfig {
  readonly run: WatchedRun;
  readonly mark: string;
  readonly config: RunConfig | null;
}

/** Tells what there is to know of the runs of a folder, bit by bit, so that a key never waits for it. */
export class RunSource {
  readonly #watch: RunWatch;
  readonly #curves = new Map<string, CurveReader>();
  /** Whether the last look left curves to be read, and nothing else. */
  #isReadingCurves = false;
  readonly #configs = new Map<string, KnownConfig>();
  /** The runs whose configs are all known. */
  #configured: RunsState['watched'] = [];
  /** Whether any config is another one than the state has. */
  #areConfigsNew = false;

  constructor(folder: string) {
    this.#watch = new RunWatch(folder);
  }

  /**
   * Looks at the folder and at the curves that are asked for.
   * @returns the state with what is new, the same where nothing is, and whether there is more to read at once
   */
  look(state: RunsState, dirs: readonly string[]): { readonly state: RunsState; readonly left: boolean } {
    // In the middle of long curves the folder need not be looked at again.
    const left = this.#isReadingCurves ? false : this.#watch.look(BUDGET_MS).left;
    let next = state;
    if (next.watched !== this.#watch.runs || !next.isRead)
      next = { ...next, watched: this.#watch.runs, isRead: next.isRead || !left };
    const hasFolder = next.watched.length > 0 || exists(this.#watch.folder);
    if (next.hasFolder !== hasFolder) next = { ...next, hasFolder };
    const begun = new Set(next.watched.map(({ dir }) => dir));
    if (next.starting.some(({ dir }) => begun.has(dir)))
      next = { ...next, starting: next.starting.filter(({ dir }) => !begun.has(dir)) };
    const read = this.#withCurves(next, dirs);
    this.#isReadingCurves = !left && read.left;
    return { state: read.state, left: left || read.left };
  }

  /** Reads some more of the curves that are asked for: first those that are asked for first. */
  #withCurves(
    state: RunsState,
    dirs: readonly string[],
  ): { readonly state: RunsState; readonly left: boolean } {
    const until = performance.now() + BUDGET_MS;
    const changed: Record<string, Readonly<Record<TimeAxis, Curves>>> = {};
    let left = false;
    for (const dir of dirs) {
      if (left || performance.now() > until) {
        left = true;
        break;
      }
      const run = state.watched.find((one) => one.dir === dir);
      if (!run?.brief) continue;
      let reader = this.#curves.get(dir);
      reader ??= new CurveReader(join(dir, METRICS), run.brief.stepsPerEpoch);
      this.#curves.set(dir, reader);
      left = reader.read(until);
      // Half a curve is not shown: it would be drawn several times, with axes that jump.
      const isNew = reader.isChanged || state.curves[dir] === undefined;
      if (!left && isNew) changed[dir] = reader.take();
    }
    if (Object.keys(changed).length === 0) return { state, left };
    const { curves } = state;
    const others = Object.entries(curves).filter(([dir]) => !(dir in changed) && !dirs.includes(dir));
    const room = Math.max(0, MOST_CURVES - dirs.length);
    const shown = Object.entries(curves).filter(([dir]) => dirs.includes(dir));
    const kept = Object.fromEntries([
      ...others.slice(others.length - Math.min(room, others.length)),
      ...shown,
    ]);
    const all = { ...kept, ...changed };
    for (const dir of this.#curves.keys()) if (!(dir in all || dirs.includes(dir))) this.#curves.delete(dir);
    return { state: { ...state, curves: all }, left };
  }

  /** Reads some more of the configs of runs that are new or have changed; whether any is left. */
  readConfigs(state: RunsState): { readonly state: RunsState; readonly left: boolean } {
    if (state.watched === this.#configured) return { state, left: false };
    const until = performance.now() + BUDGET_MS;
    let left = false;
    for (const run of state.watched) {
      const before = this.#configs.get(run.dir);
      if (before?.run === run) continue;
      if (performance.now() > until) {
        left = true;
        break;
      }
      const read = configOf(run, before);
      this.#configs.set(run.dir, read);
      if (read.config !== before?.config) this.#areConfigsNew = true;
    }
    if (left) return { state, left };
    this.#configured = state.watched;
    const there = new Set(state.watched.map(({ dir }) => dir));
    for (const dir of [...this.#configs.keys()]) {
      if (there.has(dir)) continue;
      this.#configs.delete(dir);
      this.#areConfigsNew = true;
    }
    if (!this.#areConfigsNew) return { state, left };
    this.#areConfigsNew = false;
    return { state: this.#withConfigs(state), left };
  }

  #withConfigs(state: RunsState): RunsState {
    const configs: Record<string, RunConfig> = {};
    const named = state.watched.flatMap(({ dir, brief }) => {
      const config = this.#configs.get(dir)?.config ?? null;
      if (config === null || brief === null) return [];
      configs[dir] = config;
      return [{ name: brief.model, config }];
    });
    return { ...state, configs, differing: differingSettings(named) };
  }
}

/** A config again only where the file is another one: that of a run is written anew where it is trained on or made anew. */
function configOf(run: WatchedRun, before: KnownConfig | undefined): KnownConfig {
  const path = join(run.dir, CONFIG);
  const status = statusOf(path);
  const mark = status === undefined ? '' : `${status.mtimeMs} ${status.size} ${status.ino}`;
  return { run, mark, config: before?.mark === mark ? before.config : readConfig(run.dir) };
}

type SeriesOf = Readonly<Record<(typeof MEASURES)[number], Series>>;

/** The curves of one run, by epochs and by seconds. */
class CurveReader {
  readonly #tail: MetricsTail;
  readonly #stepsPerEpoch: number;
  #byEpochs = newSeries();
  #bySeconds = newSeries();
  /** Seconds of the run up to the end of the last epoch. */
  #seconds = 0;
  #isChanged = false;

  constructor(path: string, stepsPerEpoch: number) {
    this.#tail = new MetricsTail(path);
    this.#stepsPerEpoch = Math.max(1, stepsPerEpoch);
  }

  /** Whether anything was read that was not taken yet. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  /**
   * Reads what is new, piece by piece.
   * @param until when it stops and leaves the rest for the next call
   * @returns whether there is such a rest
   */
  read(until: number): boolean {
    for (;;) {
      const { lines, isFresh, left } = this.#tail.read();
      if (isFresh) this.#begin();
      for (const line of lines) this.#add(line);
      this.#isChanged ||= isFresh || lines.length > 0;
      if (!left || performance.now() > until) return left;
    }
  }

  #begin(): void {
    this.#byEpochs = newSeries();
    this.#bySeconds = newSeries();
    this.#seconds = 0;
  }

  #add(line: MetricsLine): void {
    if (line.event === 'step') {
      const at = line.epoch - 1 + Math.min(1, line.step / this.#stepsPerEpoch);
      this.#seconds = line.seconds;
      push(this.#byEpochs, at, { loss: line.loss, accuracy: line.accuracy });
      push(this.#bySeconds, line.seconds, { loss: line.loss, accuracy: line.accuracy });
      return;
    }
    const { validationLoss, validationAccuracy, testLoss, testAccuracy } = line;
    const figures = { validationLoss, validationAccuracy, testLoss, testAccuracy };
    push(this.#byEpochs, line.epoch, figures);
    push(this.#bySeconds, this.#seconds, figures);
  }

  take(): Readonly<Record<TimeAxis, Curves>> {
    this.#isChanged = false;
    return { epochs: pointsOf(this.#byEpochs), seconds: pointsOf(this.#bySeconds) };
  }
}

function newSeries(): SeriesOf {
  return Object.fromEntries(MEASURES.map((measure) => [measure, new Series(POINTS)])) as unknown as SeriesOf;
}

function push(
  series: SeriesOf,
  x: number,
  figures: Readonly<Partial<Record<keyof SeriesOf, number | null | undefined>>>,
): void {
  for (const measure of MEASURES) {
    const value = figures[measure];
    if (typeof value === 'number') series[measure].push(x, value);
  }
}

function pointsOf(series: SeriesOf): Curves {
  return Object.fromEntries(
    MEASURES.map((measure) => [measure, [...series[measure].points()]]),
  ) as unknown as Curves;
}
