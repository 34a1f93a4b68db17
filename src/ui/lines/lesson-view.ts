import { outputStyle, print, type Wish } from '../../report/output.js';
import { figureTable } from '../../report/results/lessons/figures.js';
import { PHRASES } from '../../report/results/lessons/phrases.js';
import { commandText, headText, sayText, stepText } from '../../report/results/lessons/taken.js';
import { inLanguage, type Language } from '../../tasks/lessons/language.js';
import type { Lesson } from '../../tasks/lessons/lesson.js';
import type { LessonEvent } from '../../tasks/lessons/take.js';
import { canRewrite, isForeground } from '../../terminal/terminal.js';
import { type KeyWish, waitForKey } from './key.js';
import { tell } from './tell.js';

interface ViewOptions extends Wish {
  /** Whether to go through without keys. */
  readonly auto: boolean | undefined;
  readonly language: Language;
  /** Ends the waiting for a key. */
  readonly signal: AbortSignal;
}

/** A lesson on standard output, as text that waits for keys where that is a terminal. In other formats it tells on standard error how far it is. */
export class LessonView {
  readonly isShown: boolean;
  readonly hasKeys: boolean;
  readonly #options: ViewOptions;
  #isLast = false;

  constructor(options: ViewOptions) {
    const { stdin, stdout, stderr, env } = process;
    this.#options = options;
    this.isShown = options.format === 'table';
    const isTerminal = stdin.isTTY === true && stdout.isTTY === true && canRewrite(stderr, env);
    this.hasKeys = this.isShown && options.auto !== true && isTerminal && isForeground();
  }

  begin(lesson: Lesson, isQuick: boolean): void {
    if (this.isShown) this.#print(headText(lesson, isQuick, this.#options.language, this.#style));
  }

  /** Shows what happened, and waits for what the reader wants. */
  async show(event: Exclude<LessonEvent, { event: 'stopped' }>): Promise<KeyWish> {
    const { language } = this.#options;
    if (event.event === 'over') {
      if (this.isShown && event.figures.length > 0)
        this.#print(`\n${figureTable(event, language, this.#style)}`);
      return this.#isLast ? 'next' : this.#wait(PHRASES[language].toGoOn);
    }
    const { number, of, step, run } = event;
    this.#isLast = number === of;
    if (!this.isShown) {
      if (run !== null) tell(`${PHRASES[language].step(number, of)}: cnnzoo ${run.text}`);
      return 'next';
    }
    this.#print(stepText(number, of, language, this.#style));
    if (step.say !== null) this.#print(sayText(inLanguage(step.say, language), this.#style));
    if (run === null) return 'next';
    this.#print(commandText(run.text, this.#style));
    const wish = await this.#wait(PHRASES[language].toRun);
    if (wish === 'next') this.#print('\n');
    return wish;
  }

  /** As it is now: a terminal may have become wider. */
  get #style() {
    return outputStyle(this.#options);
  }

  #print(text: string): void {
    print(text, this.#options);
  }

  async #wait(line: string): Promise<KeyWish> {
    if (!this.hasKeys) return 'next';
    return waitForKey(this.#style.theme.paint('quiet', line), process, this.#options.signal);
  }
}
