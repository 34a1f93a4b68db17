import { UsageError } from '../../base/errors.js';
import { physicalCores, usableProcessors } from '../../base/machine/cores.js';
import { setting } from '../../base/text/settings.js';
import { counted } from '../../base/text/words.js';
import { type ComparisonEvent, type ComparisonHooks, trainAll } from '../compare/train-all.js';
import type { ComparisonPlan } from '../compare/training-plan.js';
import { foldersLeft } from './cells.js';
import type { Launcher, LaunchWish } from './launcher.js';
import { trainInWorkers } from './workers.js';

/** Trainings on this machine, one after the other in this process, or several at a time in processes of their own. */
export const local: Launcher = {
  threads: sharedThreads,
  async check({ jobs }) {
    const usable = usableProcessors();
    if (jobs <= usable) return;
    throw new UsageError(
      `${setting('jobs', jobs)}: this process may use ${counted(usable, 'processor')}, so take ${setting('jobs', usable)} or less.`,
    );
  },
  async launch(plan, wish, hooks) {
    return { events: events(plan, wish, hooks), lines: [], job: null };
  },
};

/** The threads that each of several trainings gets; undefined where one has them all. */
function sharedThreads(jobs: number): number | undefined {
  return jobs === 1 ? undefined : Math.max(1, Math.floor(physicalCores() / jobs));
}

function events(
  plan: ComparisonPlan,
  wish: LaunchWish,
  hooks: ComparisonHooks,
): AsyncGenerator<ComparisonEvent, void> {
  const jobs = Math.min(wish.jobs, foldersLeft(plan, wish.only).length);
  return jobs <= 1
    ? trainAll(plan, wish.place, hooks, wish.only)
    : trainInWorkers(plan, { ...wish, jobs }, hooks);
}
