import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import type * as z from 'zod';
import { statusOf } from '../../base/files/folders.js';
import { parseMarked, requireMapping } from '../../base/yaml/marked.js';
import type { Path } from '../../base/yaml/path.js';
import { sourceOf } from '../../base/yaml/source.js';
import type { Lesson, LessonFile, Line, Step } from './lesson.js';
import { Part } from './part.js';
import { type NamedStep, readFigure } from './read-figure.js';
import { lessonSchema, stepSchema } from './schema.js';
import { shellWords } from './shell-words.js';

/**
 * Reads a lesson out of a file's text.
 * @throws UsageError with file:line:column for whatever is wrong
 */
export function readLesson(name: string, file: string, text: string): Lesson {
  const marked = parseMarked(file, text);
  requireMapping(marked, 'a lesson', 'title and steps');
  const source = sourceOf(marked);
  const whole = new Part(source);
  const read = whole.check(lessonSchema, source.content);
  const named: NamedStep[] = [];
  return {
    name,
    title: read.title,
    source: read.source ?? null,
    minutes: read.minutes,
    order: read.order ?? Number.POSITIVE_INFINITY,
    data: [read.data ?? []].flat(),
    files: filesBeside(whole, read.files ?? []),
    steps: read.steps.map((step, i) => readStep(whole.below(['steps', i], `step ${i + 1}`), step, named)),
  };
}

/** @throws UsageError for two of one name: they are copied into one folder */
function filesBeside(whole: Part, names: readonly string[]): LessonFile[] {
  const files = names.map((one, i) => besideLesson(whole, one, ['files', i]));
  const twice = files.findIndex(({ name }, i) => files.findIndex((other) => other.name === name) < i);
  if (twice < 0) return files;
  throw whole.error(`a file before it has the name ${files[twice]!.name}, too.`, ['files', twice]);
}

/** A file beside the lesson. @throws UsageError where it is not there, or elsewhere */
function besideLesson(whole: Part, name: string, path: Path): LessonFile {
  if (isAbsolute(name) || normalize(name).startsWith('..'))
    throw whole.error(`${name} must lie beside the lesson, or in a folder there.`, path);
  const file = join(dirname(whole.source.file), name);
  if (statusOf(file)?.isFile() !== true) throw whole.error(`there is no file ${file}.`, path);
  return { name: basename(name), path: file };
}

/** @param named the steps before it that have a name, to which it is added */
function readStep(part: Part, value: unknown, named: NamedStep[]): Step {
  const step = part.check(stepSchema, value);
  requireSense(part, step);
  const { name = null, say = null, run, quick, exitCode, show, expect = [] } = step;
  const line = run === undefined ? null : readLine(part, run, 'run');
  const quickLine = typeof quick === 'string' ? readLine(part, quick, 'quick') : line;
  const figures = expect.map((one, i) =>
    readFigure(part.below(['expect', i], `figure ${i + 1}`), one, { named, isQuick: quick !== false }),
  );
  if (name !== null) named.push({ name: newName(part, name, named), isQuick: quick !== false });
  return {
    name,
    say,
    exitCode,
    isShown: show,
    whole: { run: line, figures: figures.map(({ whole }) => whole) },
    quick: quick === false ? null : { run: quickLine, figures: figures.flatMap(({ quick }) => quick ?? []) },
  };
}

/** @throws UsageError where a step has nothing to do, or what goes with a command that it lacks. */
function requireSense(part: Part, step: z.output<typeof stepSchema>): void {
  const { say, run, exitCode, expect } = step;
  if (say === undefined && run === undefined)
    throw part.error('there must be a text to say, or a command to run.');
  const stray = (['name', 'quick', 'expect'] as const).find((key) => (step[key] ?? false) !== false);
  if (run === undefined && stray !== undefined)
    throw part.error(`${stray} goes with run only.`, [stray], 'key');
  if (expect !== undefined && exitCode !== 0 && exitCode !== 3)
    throw part.error(
      `figures need a result, so exitCode must be 0 or 3 where there are some, got ${exitCode}.`,
      ['exitCode'],
    );
}

/** @throws UsageError for a name that no expression could have, or that an earlier step has */
function newName(part: Part, name: string, named: readonly NamedStep[]): string {
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name))
    throw part.error(`name must be a word of letters and digits, got ${JSON.stringify(name)}.`, ['name']);
  if (named.some((step) => step.name === name))
    throw part.error(`a step before this one has the name "${name}".`, ['name']);
  return name;
}

/** A command line; line breaks in it are spaces. @throws UsageError where a shell would do more with it than we */
function readLine(part: Part, given: string, key: 'run' | 'quick'): Line {
  const text = given.trim().replace(/\s*\n\s*/g, ' ');
  const error = (message: string) => part.error(message, [key]);
  const words = shellWords(text, error);
  if (words.length === 0) throw error('a command is missing.');
  if (words[0] === 'cnnzoo') throw error('leave out "cnnzoo" before the command.');
  return { text, words, error };
}
