import type { Place } from '../compare/place.js';
import type { ComparisonEvent, ComparisonHooks } from '../compare/train-all.js';
import type { ComparisonPlan } from '../compare/training-plan.js';

/** How the runs of a comparison are to be trained. */
export interface LaunchWish {
  readonly place: Place;
  /** So many at a time; 1 where nothing is said. */
  readonly jobs: number;
  /** Folders of the runs that are meant; all of them where there are none. */
  readonly only: readonly string[];
  /** Options for sbatch, as it takes them. */
  readonly sbatch: readonly string[];
  /** Whether to stay until all is over. */
  readonly wait: boolean;
}

/** What came of a launch. */
export interface Launched {
  /** What happens to the runs, as it happens; null where nobody waits for them. */
  readonly events: AsyncGenerator<ComparisonEvent, void> | null;
  /** What the user is to read or to run, a line each; empty where trainings run here. */
  readonly lines: readonly string[];
  /** What goes on where nobody waits for it any more; null where nothing does. */
  readonly job: LaunchedJob | null;
}

/** A job of another system. */
export interface LaunchedJob {
  /** `Slurm job 17`. */
  readonly name: string;
  /** The command that ends it. */
  readonly ending: string;
  /** Ends it; its runs save what they have. */
  cancel(): Promise<void>;
}

/** A way to have the runs of a comparison trained. Each run is owned by the process that trains it, whoever started that. */
export interface Launcher {
  /** CPU threads of one training where nothing is asked for; undefined for the machine's cores. */
  threads(jobs: number): number | undefined;
  /** @throws UsageError, before any folder is made, where it cannot work here */
  check(wish: Pick<LaunchWish, 'jobs'>): Promise<void>;
  launch(plan: ComparisonPlan, wish: LaunchWish, hooks: ComparisonHooks): Promise<Launched>;
}
