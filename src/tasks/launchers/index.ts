import { commands } from './commands.js';
import type { Launcher } from './launcher.js';
import { local } from './local.js';
import type { LauncherName } from './names.js';
import { slurm } from './slurm.js';

/** Every launcher, by its name on the command line. */
export const LAUNCHERS: Readonly<Record<LauncherName, Launcher>> = { local, slurm, commands };
