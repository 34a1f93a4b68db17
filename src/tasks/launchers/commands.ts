import { resolve } from 'node:path';
import { cellCommand, foldersLeft } from './cells.js';
import type { Launcher } from './launcher.js';

/** A command a run, for GNU parallel, xargs, or jobs of a cluster. */
export const commands: Launcher = {
  // As many of them as a machine has cores are run at a time.
  threads: () => 1,
  async check() {},
  async launch(plan, { only, place }) {
    const dir = resolve(plan.dir);
    return {
      events: null,
      job: null,
      lines: foldersLeft(plan, only).map((folder) => cellCommand(dir, folder, place)),
    };
  },
};
