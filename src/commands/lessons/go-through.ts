import { ShortfallError } from '../../base/errors.js';
import { commandLine } from '../../base/text/settings.js';
import { listed } from '../../base/text/words.js';
import type { GlobalOptions } from '../../cli/options.js';
import { printResult } from '../../report/output.js';
import { renderFigures } from '../../report/results/lessons/figures.js';
import { PHRASES } from '../../report/results/lessons/phrases.js';
import { endText, type Taken, takenJson } from '../../report/results/lessons/taken.js';
import { missingData } from '../../tasks/lessons/data.js';
import { freeFolder } from '../../tasks/lessons/folder.js';
import { inLanguage, type Language } from '../../tasks/lessons/language.js';
import type { Lesson } from '../../tasks/lessons/lesson.js';
import { type TakenStep, takeLesson } from '../../tasks/lessons/take.js';
import { LessonView } from '../../ui/lines/lesson-view.js';
import { tell } from '../../ui/lines/tell.js';
import { LessonProcesses } from './processes.js';

/** What was asked for. */
export interface LessonRequest extends GlobalOptions {
  readonly quick: boolean | undefined;
  readonly auto: boolean | undefined;
  readonly runDir: string | undefined;
  readonly dataDir: string | undefined;
}

/**
 * Goes through a lesson, shows it, and returns the exit code.
 * @throws ShortfallError where a figure does not hold
 */
export async function goThrough(lesson: Lesson, language: Language, request: LessonRequest): Promise<number> {
  const isQuick = request.quick === true || (await isDataMissing(lesson, language, request));
  const folder = freeFolder(lesson, request.runDir);
  const processes = new LessonProcesses(lesson, folder, request);
  const { interrupts } = processes;
  const view = new LessonView({ ...request, language, signal: interrupts.abortSignal });
  const steps: TakenStep[] = [];
  try {
    view.begin(lesson, isQuick);
    const run = processes.run.bind(processes, view);
    for await (const event of takeLesson(lesson, { isQuick, run })) {
      if (event.event === 'stopped') return stopped(event.number, event.exitCode, processes);
      if (event.event === 'over') steps.push(event);
      const wish = await view.show(event);
      if (wish === 'leave') break;
      if (wish === 'interrupted' || interrupts.wish !== undefined)
        return stopped(event.number, interrupts.exitCode, processes);
    }
  } finally {
    interrupts.dispose();
    processes.kept();
  }
  await finish({ lesson, isQuick, folder: processes.kept(), steps }, language, request);
  return 0;
}

/** Whether a lesson must go its quick way, because data sets are not on this machine; it says so. */
async function isDataMissing(
  lesson: Lesson,
  language: Language,
  { dataDir }: LessonRequest,
): Promise<boolean> {
  const missing = await missingData(lesson, dataDir);
  if (missing.length === 0) return false;
  const fetch = commandLine('datasets fetch', { words: missing, settings: { dataDir: dataDir ?? null } });
  tell(`notice: ${PHRASES[language].missing(missing.join(', '), fetch)}`);
  return true;
}

function stopped(number: number, exitCode: number, processes: LessonProcesses): number {
  const kept = processes.kept();
  tell(`Stopped in step ${number}.${kept === null ? '' : ` What was made is in ${kept}.`}`);
  return exitCode;
}

/** @throws ShortfallError where a figure does not hold. */
async function finish(taken: Taken, language: Language, request: LessonRequest): Promise<void> {
  await printResult(
    (format, style) =>
      format === 'table'
        ? endText(taken, language, style)
        : renderFigures(format, taken.steps, takenJson(taken, language), language, style),
    request,
  );
  const short = taken.steps.flatMap(({ number, figures }) =>
    figures
      .filter(({ holds }) => !holds)
      .map(({ figure }) => `"${inLanguage(figure.name, language)}" in step ${number}`),
  );
  if (short.length === 0) return;
  const [what, verb] = short.length === 1 ? ['A figure', 'does'] : [`${short.length} figures`, 'do'];
  throw new ShortfallError(`${what} of ${taken.lesson.name} ${verb} not hold: ${listed(short)}.`);
}
