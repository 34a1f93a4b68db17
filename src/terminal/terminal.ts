import { readFileSync } from 'node:fs';

interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Only a real terminal has one. */
  readonly fd?: number;
}

/** Below this width a line of progress has no room for its figures. */
const MIN_COLUMNS = 20;

/** Whether `stream` is a terminal where a line can be written over, and nobody records what is written. */
export function canRewrite(stream: TerminalStream, env: NodeJS.ProcessEnv): boolean {
  if (stream.isTTY !== true || isCi(env)) return false;
  return env.TERM !== 'dumb' && (process.platform === 'win32' || (env.TERM ?? '') !== '');
}

/** Whether a screen of several lines can be kept on `stream`. */
export function canDrawScreen(stream: TerminalStream, env: NodeJS.ProcessEnv): boolean {
  // A screen reader is better served by lines that stay.
  if (env.INK_SCREEN_READER === 'true') return false;
  if (!canRewrite(stream, env) || (stream.columns ?? 80) < MIN_COLUMNS) return false;
  return stream.fd === undefined || isForeground();
}

/** CI unset; empty, `0` and `false` count as unset. */
export function isCi(env: NodeJS.ProcessEnv): boolean {
  return [env.CI, env.CONTINUOUS_INTEGRATION].some(
    (value) => value !== undefined && value !== '' && value !== '0' && value !== 'false',
  );
}

/** Whether characters beyond ASCII can be shown: not on the Linux console, and not where the locale says otherwise. */
export function hasUnicode(env: NodeJS.ProcessEnv): boolean {
  if (env.TERM === 'linux') return false;
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return process.platform === 'win32' || locale === undefined || /utf-?8/i.test(locale);
}

/**
 * Whether the terminal says that its ground is light: Konsole, rxvt and those that follow them set COLORFGBG to the numbers of
 * their colours, "0;15" or "0;default;15", the ground's last. Of the others it is not known, and most are dark.
 */
export function hasLightGround({ COLORFGBG }: NodeJS.ProcessEnv): boolean {
  return /;(?:7|9|1[0-5])$/.test(COLORFGBG ?? '');
}

/** Whether the terminal wraps the lines that it already shows again when it becomes narrower; nearly all do. */
export function reflowsLines(env: NodeJS.ProcessEnv): boolean {
  if (env.TMUX !== undefined) return true;
  return env.XTERM_VERSION === undefined && env.STY === undefined && env.TERM !== 'linux';
}

/** A job in the background is stopped as soon as it touches the terminal's settings. Where one cannot tell, it is in front. */
export function isForeground(): boolean {
  try {
    // "PID (NAME) STATE PPID PGRP SESSION TTY TPGID ...", where NAME may hold spaces and brackets.
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [group, foreground] = [Number(fields[2]), Number(fields[5])];
    return foreground <= 0 || group === foreground;
  } catch {
    return true;
  }
}
