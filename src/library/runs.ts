import { namedRun } from '../runs/watch/named-runs.js';
import { type RunList, listRuns as runsOf } from '../tasks/runs/run-rows.js';

/**
 * The runs of a folder and of the folders in it, also those that are being trained by whatever process; the one that was begun last
 * comes first. What cannot be read is in `problems`.
 * @param folder a run, or a folder with runs; one that is not there has none
 */
export function listRuns(folder = 'runs'): RunList {
  return runsOf(folder);
}

/**
 * The folder of the run that a name stands for: `@latest`, the one that was begun last; `@best`, the one that is most accurate on its
 * test images; with a word after a colon, of those whose model, data set, tag or folder it is: `@best:lenet5`.
 * @param folder where runs are looked for
 * @throws UsageError for another name, where there is no such run, and where the best is among runs that were tested on
 * different images
 */
export function findRun(name: string, folder = 'runs'): string {
  return namedRun(name, folder);
}
