import { Chalk } from 'chalk';
import { visible } from '../base/text/visible.js';
import type { ColorLevel } from './color.js';
import { textWidth } from './text.js';

/** What a piece of text means; the theme decides how that looks. */
export type Tone =
  | 'plain'
  | 'quiet'
  | 'strong'
  | 'training'
  | 'validation'
  | 'good'
  | 'warning'
  | 'bad'
  | 'chosen';

export interface Span {
  readonly text: string;
  readonly tone?: Tone;
}

export interface Glyphs {
  readonly barFull: string;
  /** Half a column of the bar, or nothing where there is no such character. */
  readonly barHalf: string;
  readonly barEmpty: string;
  readonly separator: string;
  readonly ellipsis: string;
  /** Whether charts of braille dots can be drawn. */
  readonly braille: boolean;
}

export interface Theme {
  /** The text, made visible, as it looks; it holds no colours yet. */
  paint(tone: Tone, text: string): string;
  /** The text in white on one of the 256 colours, as it is where there are fewer. */
  shade(color: number, text: string): string;
  readonly glyphs: Glyphs;
}

const UNICODE: Glyphs = {
  barFull: '━',
  barHalf: '╸',
  barEmpty: '─',
  separator: ' · ',
  ellipsis: '…',
  braille: true,
};

const ASCII: Glyphs = {
  barFull: '#',
  barHalf: '',
  barEmpty: '-',
  separator: ', ',
  ellipsis: '...',
  braille: false,
};

/**
 * The tones that are colours, of the 256: each has a contrast of at least 3 : 1 to black as to white, since a program is
 * rarely told what ground it writes on. The terminal's own sixteen, where there are no others, follow its settings; many
 * have a yellow, a green and a cyan that nobody can read on white.
 */
export const TONES_OF_256 = { training: 31, validation: 133, good: 28, warning: 136, bad: 160 } as const;

/** Colours come from a Chalk of our own: the shared one is set for standard output, and this may go to standard error. */
export function createTheme(level: ColorLevel, unicode: boolean): Theme {
  const chalk = new Chalk({ level });
  const colour = (tone: keyof typeof TONES_OF_256, ofSixteen: (text: string) => string) =>
    level >= 2 ? chalk.ansi256(TONES_OF_256[tone]) : ofSixteen;
  const paints: Record<Tone, (text: string) => string> = {
    plain: (text) => text,
    quiet: chalk.dim,
    strong: chalk.bold,
    training: colour('training', chalk.cyan),
    validation: colour('validation', chalk.magenta),
    good: colour('good', chalk.green),
    warning: colour('warning', chalk.yellow),
    bad: colour('bad', chalk.red),
    chosen: chalk.inverse,
  };
  return {
    paint: (tone, text) => paints[tone](visible(text)),
    shade: (color, text) => (level < 2 ? text : chalk.bgAnsi256(color).whiteBright(visible(text))),
    glyphs: unicode ? UNICODE : ASCII,
  };
}

export function paintSpans(theme: Theme, spans: readonly Span[]): string {
  return spans.map(({ text, tone }) => theme.paint(tone ?? 'plain', text)).join('');
}

export function spansWidth(spans: readonly Span[]): number {
  return spans.reduce((sum, { text }) => sum + textWidth(text), 0);
}

/** What marks a figure as it is to be, or not. Braille stands for a terminal that can show more than ASCII. */
export function signOf(holds: boolean, { glyphs }: Theme): string {
  if (glyphs.braille) return holds ? '✓' : '✗';
  return holds ? '(=)' : '(!)';
}
