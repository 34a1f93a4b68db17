import type { ColorSupportLevel } from 'chalk';

export type ColorLevel = ColorSupportLevel;

/** The part of a stream that says whether it is a terminal, and which. */
interface ColorStream {
  readonly isTTY?: boolean;
  getColorDepth?(env?: object): number;
}

interface ColorWish {
  readonly env: NodeJS.ProcessEnv;
  /** What was asked for: colours or none. */
  readonly flag?: boolean;
}

/**
 * How much colour a stream takes: 0 none, 1 sixteen colours, 2 256 colours, 3 true colour. Each stream is judged by itself,
 * since one may be a terminal while the other is a file. A flag wins over FORCE_COLOR, that over NO_COLOR (as in Node),
 * that over what the terminal can do.
 */
export function colorLevel(stream: ColorStream, { env, flag }: ColorWish): ColorLevel {
  if (flag === false) return 0;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined && flag === undefined) return forcedLevel(forced, terminalLevel(stream, env));
  if (flag === true) return atLeast(1, terminalLevel(stream, env));
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return 0;
  return terminalLevel(stream, env);
}

function forcedLevel(value: string, terminal: ColorLevel): ColorLevel {
  if (value === '0' || value === 'false') return 0;
  if (value === '2') return 2;
  if (value === '3') return 3;
  return atLeast(1, terminal);
}

function atLeast(minimum: ColorLevel, level: ColorLevel): ColorLevel {
  return level > minimum ? level : minimum;
}

function terminalLevel(stream: ColorStream, env: NodeJS.ProcessEnv): ColorLevel {
  if (stream.isTTY !== true) return 0;
  // Both variables were judged above; Node warns where both are set.
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...rest } = env;
  const depth = stream.getColorDepth?.(rest) ?? 1;
  if (depth >= 24) return 3;
  if (depth >= 8) return 2;
  return depth >= 4 ? 1 : 0;
}
