/** The names of the launchers, known before any of them is loaded. */
export const LAUNCHER_NAMES = ['local', 'slurm', 'commands'] as const;
export type LauncherName = (typeof LAUNCHER_NAMES)[number];
