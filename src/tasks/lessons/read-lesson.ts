import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import type * as z from 'zod';
import { isThere } from '../../base/files/folders.js';
import { parseMarked, requireMapping } from '../../base/yaml/marked.js';
import type { Path } from '../../base/yaml/path.js';
import { checkValue, type Source, sourceOf } from '../../base/yaml/source.js';
import { type Bound, boundOf } from './bound.js';
import { parseExpression } from './expression.js';
import type { Figure, Form, Lesson, LessonFile, Line, Step } from './lesson.js';
import {
  type BoundSetting,
  boundSchema,
  figureSchema,
  lessonSchema,
  stepSchema,
  toJsonSchema,
} from './schema.js';
import { shellWords } from './shell-words.js';

/**
 * Reads a lesson out of a file's text.
 * @throws UsageError with file:line:column for whatever is wrong
 */
export function readLesson(name: string, file: string, text: string): Lesson {
  const marked = parseMarked(file, text);
  requireMapping(marked, 'a lesson', 'title and steps');
  const source = sourceOf(marked);
  const {
    title,
    minutes,
    order = Number.POSITIVE_INFINITY,
    ...head
  } = check(source, lessonSchema, source.content);
  return {
    name,
    title,
    source: head.source ?? null,
    minutes,
    order,
    data: [head.data ?? []].flat(),
    files: (head.files ?? []).map((one, i) => besideLesson(source, one, ['files', i])),
    steps: head.steps.map((step, i) => readStep(source, step, ['steps', i], `step ${i + 1}`)),
  };
}

function check<S extends z.ZodType>(
  source: Source,
  schema: S,
  value: unknown,
  path: Path = [],
  subject?: string,
): z.output<S> {
  return checkValue(source, { schema, toJson: toJsonSchema, whole: 'the lesson', subject }, value, path);
}

/** A file beside the lesson. @throws UsageError where it is not there, or elsewhere */
function besideLesson(source: Source, name: string, path: Path): LessonFile {
  if (isAbsolute(name) || normalize(name).startsWith('..'))
    throw source.error(path, `${name} must lie beside the lesson, or in a folder there.`);
  const file = join(dirname(source.file), name);
  if (!isThere(file)) throw source.error(path, `there is no file ${file}.`);
  return { name: basename(name), path: file };
}

function readStep(source: Source, value: unknown, path: Path, subject: string): Step {
  const step = check(source, stepSchema, value, path, subject);
  const { say = null, run, quick, exitCode, show, expect = [] } = step;
  if (say === null && run === undefined)
    throw source.error(path, `${subject}: there must be a text to say, or a command to run.`);
  const stray = (['quick', 'expect'] as const).find((key) => step[key] !== undefined && step[key] !== false);
  if (run === undefined && stray !== undefined)
    throw source.error([...path, stray], `${subject}: ${stray} goes with run only.`, 'key');
  if (expect.length > 0 && exitCode !== 0 && exitCode !== 3)
    throw source.error(
      [...path, 'exitCode'],
      `${subject}: figures need a result, so exitCode must be 0 or 3 where there are some, got ${exitCode}.`,
    );
  const figures = expect.map((one, i) =>
    readFigure(source, one, [...path, 'expect', i], `${subject}, figure ${i + 1}`),
  );
  const line = run === undefined ? null : readLine(source, run, [...path, 'run'], subject);
  const quickLine = typeof quick === 'string' ? readLine(source, quick, [...path, 'quick'], subject) : line;
  return {
    say,
    exitCode,
    isShown: show,
    whole: { run: line, figures: figures.map(({ whole }) => whole) },
    quick: quick === false ? null : quickForm(quickLine, figures),
  };
}

function quickForm(run: Line | null, figures: readonly ReadFigure[]): Form {
  return { run, figures: figures.flatMap(({ quick }) => quick ?? []) };
}

/** A command line; line breaks in it are spaces. @throws UsageError where a shell would do more with it than we */
function readLine(source: Source, given: string, path: Path, subject: string): Line {
  const text = given.trim().replace(/\s*\n\s*/g, ' ');
  const error = (message: string) => source.error(path, `${subject}: ${message}`);
  const words = shellWords(text, error);
  if (words.length === 0) throw error('a command is missing.');
  if (words[0] === 'cnnzoo') throw error('leave out "cnnzoo" before the command.');
  return { text, words, error };
}

interface ReadFigure {
  readonly whole: Figure;
  /** Null where it is left out. */
  readonly quick: Figure | null;
}

function readFigure(source: Source, value: unknown, path: Path, subject: string): ReadFigure {
  const {
    figure,
    from,
    source: place = null,
    quick,
    ...bound
  } = check(source, figureSchema, value, path, subject);
  const error = (message: string) => source.error([...path, 'from'], `${subject}: ${message}`);
  const shared = { name: figure, source: place, from: parseExpression(from, error), error };
  const whole = { ...shared, bound: oneBound(source, bound, path, subject) };
  if (quick === undefined) return { whole, quick: whole };
  if (quick === false) return { whole, quick: null };
  // Another bound is none of the document.
  return { whole, quick: { ...shared, source: null, bound: oneBound(source, quick, [...path, 'quick'], subject) } };
}

/** @throws UsageError where there is no bound, or more than one. */
function oneBound(source: Source, setting: BoundSetting, path: Path, subject: string): Bound {
  const bound = boundOf(setting);
  if (bound !== undefined) return bound;
  const kinds = Object.keys(boundSchema.shape).join(', ');
  throw source.error(path, `${subject}: one of ${kinds} must say what it is to be.`);
}
