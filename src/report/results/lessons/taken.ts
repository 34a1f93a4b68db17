import { inLanguage, type Language } from '../../../tasks/lessons/language.js';
import type { Lesson } from '../../../tasks/lessons/lesson.js';
import type { Held, TakenStep } from '../../../tasks/lessons/take.js';
import { textWidth } from '../../../terminal/text.js';
import type { TableStyle } from '../../table.js';
import { flowed } from './flow.js';
import { PHRASES } from './phrases.js';

/** A lesson as far as it was gone through. */
export interface Taken {
  readonly lesson: Lesson;
  readonly isQuick: boolean;
  /** Where its commands worked; null where none has run. */
  readonly folder: string | null;
  readonly steps: readonly TakenStep[];
}

/** Lines of text are easiest to read when they are no longer. */
const WIDEST = 90;
/** A rule where there is no terminal to ask. */
const USUAL_WIDTH = 80;

function textColumns(width: number): number {
  return Math.min(WIDEST, Number.isFinite(width) ? width : USUAL_WIDTH);
}

/** What a lesson begins with: its title, what it follows, how long it takes, where it works. */
export function headText(
  { title, source, minutes }: Lesson,
  isQuick: boolean,
  language: Language,
  { theme, width }: TableStyle,
): string {
  const phrases = PHRASES[language];
  const columns = textColumns(width);
  const facts = [
    ...(source === null ? [] : [inLanguage(source, language)]),
    isQuick ? phrases.quick : phrases.minutes(minutes),
  ];
  return lines([
    ...flowed(inLanguage(title, language), columns).map((line) => theme.paint('strong', line)),
    ...flowed(facts.join(theme.glyphs.separator), columns).map((line) => theme.paint('quiet', line)),
  ]);
}

/** The heading of a step: a rule with its number. */
export function stepText(
  number: number,
  of: number,
  language: Language,
  { theme, width }: TableStyle,
): string {
  const rule = theme.glyphs.barEmpty;
  const head = `${rule.repeat(2)} ${PHRASES[language].step(number, of)} `;
  return `\n${theme.paint('quiet', head + rule.repeat(Math.max(0, textColumns(width) - textWidth(head))))}\n`;
}

/** What is said in a step. */
export function sayText(text: string, { theme, width }: TableStyle): string {
  return `\n${lines(flowed(text, textColumns(width)).map((line) => theme.paint('plain', line)))}`;
}

/** A command as the user would type it. */
export function commandText(run: string, { theme }: TableStyle): string {
  return `\n${theme.paint('quiet', '$ ')}${theme.paint('strong', `cnnzoo ${run}`)}\n`;
}

/** How a lesson went. */
export function endText({ folder, steps }: Taken, language: Language, { theme, width }: TableStyle): string {
  const phrases = PHRASES[language];
  const figures = steps.flatMap((step) => step.figures);
  const held = figures.filter((figure) => figure.holds).length;
  const isAll = held === figures.length;
  const verdict = isAll ? phrases.all(held) : phrases.some(held, figures.length);
  return `\n${lines([
    ...(figures.length === 0 ? [] : [theme.paint(isAll ? 'good' : 'bad', verdict)]),
    ...(folder === null
      ? []
      : flowed(phrases.folder(folder), textColumns(width)).map((line) => theme.paint('quiet', line))),
  ])}`;
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

/** What stands for it in JSON. */
export function takenJson({ lesson, isQuick, folder, steps }: Taken, language: Language): object {
  return {
    lesson: lesson.name,
    quick: isQuick,
    folder,
    steps: steps.map(({ run, figures }) => ({
      run,
      figures: figures.map((held) => figureJson(held, language)),
    })),
  };
}

function figureJson({ figure, ours, holds }: Held, language: Language): object {
  const { name, source, bound } = figure;
  const wanted = bound.kind === 'within' ? [bound.value, bound.tolerance] : bound.value;
  return {
    figure: inLanguage(name, language),
    source: source === null ? null : inLanguage(source, language),
    wanted: { [bound.kind]: wanted },
    ours,
    holds,
  };
}
