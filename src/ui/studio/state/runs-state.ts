import type { WatchedRun } from '../../../runs/watch/run-watch.js';
import type { RunConfig } from '../../../tasks/compare/settings.js';
import type { Point } from '../../../terminal/series.js';
import type { FormOverlay } from './overlay.js';

/** A training that the studio has started and that has no run folder yet, or never came to have one. */
export interface Starting {
  /** The folder that its run will have. */
  readonly dir: string;
  readonly line: string;
  /** The form that it was started from, as it was filled in; null where its line was typed. */
  readonly form: FormOverlay | null;
  /** What it has said last; of one that failed, why. */
  readonly said: string;
  readonly hasFailed: boolean;
}

/** The curves of a run by one measure of its time. */
export interface Curves {
  readonly loss: readonly Point[];
  readonly accuracy: readonly Point[];
  readonly validationLoss: readonly Point[];
  readonly validationAccuracy: readonly Point[];
  readonly testLoss: readonly Point[];
  readonly testAccuracy: readonly Point[];
}

export type TimeAxis = 'epochs' | 'seconds';
export type RunsView = 'curves' | 'settings';

export interface RunsState {
  readonly watched: readonly WatchedRun[];
  /** Whether the folder has been looked at once. */
  readonly isRead: boolean;
  /** Whether the folder is there. */
  readonly hasFolder: boolean;
  readonly starting: readonly Starting[];
  /** Processes that were asked to save and stop, by the folders of their runs: asked again they would stop unsaved. */
  readonly stopping: Readonly<Record<string, number>>;
  /** By the run's folder. */
  readonly configs: Readonly<Record<string, RunConfig>>;
  /** Keys of settings that are not the same in all runs, as `set` takes them. */
  readonly differing: readonly string[];
  readonly curves: Readonly<Record<string, Readonly<Record<TimeAxis, Curves>>>>;
  readonly view: RunsView;
  readonly axis: TimeAxis;
  /** The part of the x axis that is shown, from 0 to 1. */
  readonly zoom: readonly [from: number, to: number];
  /** Where values are read, from 0 to 1 of what is shown; null where they are not. */
  readonly reading: number | null;
}

export const EMPTY_RUNS: RunsState = {
  watched: [],
  isRead: false,
  hasFolder: true,
  starting: [],
  stopping: {},
  configs: {},
  differing: [],
  curves: {},
  view: 'curves',
  axis: 'epochs',
  zoom: [0, 1],
  reading: null,
};
