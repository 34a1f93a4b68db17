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

/** Colours come from a Chalk of our own: the shared one is set for standard output, and this may go to standard error. */
export function createTheme(level: ColorLevel, unicode: boolean): Theme {
  const chalk = new Chalk({ level });
  const paints: Record<Tone, (text: string) => string> = {
    plain: (text) => text,
    quiet: chalk.dim,
    strong: chalk.bold,
    training: chalk.cyan,
    validation: chalk.magenta,
    good: chalk.green,
    warning: chalk.yellow,
    bad: chalk.red,
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
