import { normalize } from 'node:path';
import { UsageError } from '../../base/errors.js';
import { statusOf } from '../../base/files/folders.js';
import type { CommandEntry } from '../../cli/command.js';
import { colorLevel } from '../../terminal/color.js';
import { canDrawScreen, hasUnicode } from '../../terminal/terminal.js';
import { createTheme } from '../../terminal/theme.js';
import { beforeLeaving } from '../lines/leave.js';
import { loadInk } from '../screen/load-ink.js';
import type { Session } from './session.js';
import { emptyState } from './state/studio-state.js';

export interface StudioRequest {
  /** Of runs. */
  readonly folder: string;
  readonly color: boolean | undefined;
  readonly commands: readonly CommandEntry[];
}

/** As a shell tells of a process that a signal ended. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Opens the studio and waits until it is left.
 * @returns the exit code
 * @throws UsageError where the folder is a file, or where there is no terminal that it can be drawn on
 */
export async function openStudio({ folder, color, commands }: StudioRequest): Promise<number> {
  const { stdin, stdout, env } = process;
  const found = statusOf(folder);
  if (found !== undefined && !found.isDirectory())
    throw new UsageError(
      `${folder} is a file: the studio opens over a folder of runs, such as cnnzoo studio runs.`,
    );
  if (stdin.isTTY !== true || stdout.isTTY !== true || !canDrawScreen(stdout, env)) {
    throw new UsageError(
      'The studio needs a terminal for its screen and its keys, TERM that is not dumb, and CI unset. Without one: cnnzoo list, cnnzoo help.',
    );
  }
  const [{ ink, screen }, { Session: StudioSession }, { withSaved }] = await Promise.all([
    loadInk(() => import('./screen/Studio.js')),
    import('./session.js'),
    import('./services/saved.js'),
  ]);
  const level = colorLevel(stdout, { env, flag: color });
  const unicode = hasUnicode(env);
  const size = { columns: stdout.columns || 80, rows: stdout.rows || 24 };
  const state = withSaved(emptyState(normalize(folder), size));
  const theme = createTheme(level, unicode);
  const session = new StudioSession({ state, stdout, stdin, theme, level, unicode, commands, ink, screen });
  const undo = [beforeLeaving(session.restore), ...listen(session)];
  try {
    return await session.run();
  } finally {
    for (const one of undo) one();
  }
}

/** Whatever ends the process puts the terminal back first. */
function listen(session: Pick<Session, 'interrupt' | 'leave' | 'restore'>): (() => void)[] {
  const { restore } = session;
  const signals = Object.entries(SIGNALS).map(([signal, code]) => {
    const leave = () => (signal === 'SIGINT' ? session.interrupt(code) : session.leave(code));
    process.on(signal, leave);
    return () => void process.off(signal, leave);
  });
  process.on('exit', restore).prependListener('uncaughtException', restore);
  return [...signals, () => void process.off('exit', restore).off('uncaughtException', restore)];
}
