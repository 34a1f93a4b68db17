import { readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { UsageError } from '../../base/errors.js';
import { shortest } from '../../base/files/folders.js';
import { didYouMean } from '../../base/text/nearest.js';
import { cut } from '../../base/text/visible.js';
import { readYamlFile } from '../../base/yaml/read-file.js';
import { inLanguage, type Language } from './language.js';
import type { Lesson } from './lesson.js';
import { LESSONS, lessonNames } from './lesson-names.js';
import { readLesson } from './read-lesson.js';

/**
 * A lesson by its name, or out of a file of the user's own: anything with a slash or ending in .yaml or .yml.
 * @throws UsageError for an unknown name (with the nearest), a file that cannot be read, an invalid lesson
 */
export function loadLesson(lesson: string): Lesson {
  if (/[\\/]|\.ya?ml$/.test(lesson)) {
    const text = readYamlFile(lesson, { what: 'lesson', insteadOf: () => 'a YAML file in it' });
    return readLesson(basename(lesson, extname(lesson)), lesson, text);
  }
  const names = lessonNames();
  if (!names.includes(lesson)) {
    throw new UsageError(
      `There is no lesson "${cut(lesson)}". ${didYouMean(lesson, names)} A file of your own needs a "/" or the ending .yaml.`,
    );
  }
  const file = join(LESSONS, `${lesson}.yaml`);
  return readLesson(lesson, shortest(file), readFileSync(file, 'utf8'));
}

/** A lesson in a list, with the keys of the JSON form. */
export interface LessonRow {
  readonly name: string;
  readonly title: string;
  readonly source: string | null;
  readonly minutes: number;
  readonly steps: number;
}

/** The lessons that come with the program, in the order in which they are best taken. */
export function lessonRows(language: Language): LessonRow[] {
  // A sort keeps those of the same place as they were: by name.
  const lessons = lessonNames()
    .map(loadLesson)
    .sort((a, b) => (a.order === b.order ? 0 : a.order - b.order));
  return lessons.map(({ name, title, source, minutes, steps }) => ({
    name,
    title: inLanguage(title, language),
    source: source === null ? null : inLanguage(source, language),
    minutes,
    steps: steps.length,
  }));
}
