import { defineCommand } from '../../cli/command.js';
import { DATA_DIR } from '../../cli/common.js';
import { choice, FOLDER, SWITCH, text } from '../../cli/values.js';
import { LANGUAGES, languageOf } from '../../tasks/lessons/language.js';

export const command = defineCommand({
  name: 'lesson',
  describe: 'Lessons that follow a document, its figures beside those of this machine',
  examples: [
    ['cnnzoo lesson', 'what there is'],
    ['cnnzoo lesson convnet-and-dense', 'step by step; space goes on, q leaves'],
    ['cnnzoo lesson convnet-and-dense --quick --lang ko', 'with small data, in Korean'],
    [
      'cnnzoo lesson ./mine.yaml --auto --json',
      'a lesson of your own, without keys; exit code 3 where a figure fails',
    ],
  ],
  places: {
    lesson: {
      takes: text('NAME|FILE', 'lesson'),
      describe: 'A name from `cnnzoo lesson`, or a YAML file',
    },
  },
  options: {
    quick: { takes: SWITCH, describe: 'On little data, in seconds' },
    lang: { takes: choice(LANGUAGES, 'LANG'), usual: "the system's, else en", describe: 'Its language' },
    auto: { takes: SWITCH, describe: 'Go through without waiting for keys' },
    runDir: { takes: FOLDER, usual: 'lessons/NAME', describe: 'A new folder for what it makes' },
    dataDir: DATA_DIR,
  },
  async run(args, context) {
    const language = args.lang ?? languageOf(process.env);
    if (args.lesson === undefined) {
      const { lessonRows } = await import('../../tasks/lessons/lessons.js');
      const { renderLessons } = await import('../../report/results/lessons/list.js');
      const { printResult } = await import('../../report/output.js');
      const rows = lessonRows(language);
      await printResult((format, style) => renderLessons(rows, format, style), args);
      return 0;
    }
    const { loadLesson } = await import('../../tasks/lessons/lessons.js');
    const { checkLines } = await import('./check-lines.js');
    const lesson = loadLesson(args.lesson);
    await checkLines(lesson, context.commands);
    const { goThrough } = await import('./go-through.js');
    return goThrough(lesson, language, args);
  },
});
