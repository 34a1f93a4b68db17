import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import * as z from 'zod';
import { COMMANDS } from '../../../src/commands/index.js';
import { checkLines } from '../../../src/commands/lessons/check-lines.js';
import { locate } from '../../../src/data/index.js';
import { LANGUAGES, type Text } from '../../../src/tasks/lessons/language.js';
import type { Lesson } from '../../../src/tasks/lessons/lesson.js';
import { LESSONS, lessonNames } from '../../../src/tasks/lessons/lesson-names.js';
import { lessonRows, loadLesson } from '../../../src/tasks/lessons/lessons.js';
import { lessonJsonSchema } from '../../../src/tasks/lessons/schema.js';
import { ROOT } from '../../support/cli.js';

const SCHEMA = JSON.parse(readFileSync(join(ROOT, 'configs/lesson.schema.json'), 'utf8'));
const textOf = (name: string) => readFileSync(join(LESSONS, `${name}.yaml`), 'utf8');

test('configs/lesson.schema.json is as the schema in src/ writes it (scripts/schema.ts writes it anew)', () => {
  assert.equal(SCHEMA, lessonJsonSchema());
});

test('every file of the lessons is one, tells editors of the schema, and is accepted by it', () => {
  const editor = z.fromJSONSchema(SCHEMA);
  const yaml = readdirSync(LESSONS).filter((file) => /\.ya?ml$/.test(file));
  assert.equal(
    yaml.sort(),
    lessonNames().map((name) => `${name}.yaml`),
  );
  for (const name of lessonNames()) {
    const text = textOf(name);
    assert.is(text.split('\n')[0], '# yaml-language-server: $schema=../lesson.schema.json', name);
    assert.ok(editor.safeParse(parse(text)).success, name);
  }
});

test('an editor that goes by the schema marks what we refuse', () => {
  const editor = z.fromJSONSchema(SCHEMA);
  const accepts = (step: string) =>
    editor.safeParse(parse(`{ title: T, minutes: 1, steps: [${step}] }`)).success;
  assert.ok(accepts('{ say: a }'));
  assert.not(accepts('{ sya: a }'));
  assert.not(accepts('{ say: { en: a } }'));
  assert.not(accepts('{ run: list, expect: [{ figure: f, form: a }] }'));
  assert.not(accepts('{ run: list, exitCode: -1 }'));
});

test('the list has them in their order, in either language', () => {
  const rows = lessonRows('en');
  assert.equal(rows.map(({ name }) => name).sort(), lessonNames());
  assert.is(rows[0]!.name, 'convnet-and-dense');
  assert.is(rows[0]!.title, 'A convnet and a dense net');
  assert.match(lessonRows('ko')[0]!.title, /[가-힣]/);
});

/** All texts of a lesson, by where they stand. */
function textsIn({ title, source, steps }: Lesson): [place: string, text: Text][] {
  const inSteps = steps.flatMap(({ say, whole }, i): [string, Text | null][] => [
    [`step ${i + 1}`, say],
    ...whole.figures.flatMap((figure, j): [string, Text | null][] => [
      [`step ${i + 1}, figure ${j + 1}`, figure.name],
      [`step ${i + 1}, source of figure ${j + 1}`, figure.source],
    ]),
  ]);
  const all: [string, Text | null][] = [['title', title], ['source', source], ...inSteps];
  return all.flatMap(([place, text]) => (text === null ? [] : [[place, text] as [string, Text]]));
}

/** Names, figures and formulas: "GoogLeNet / AlexNet". */
const isForAll = (text: string): boolean => !/\b[a-z]{4,}\b/.test(text);
const paragraphs = (text: string): number => text.trim().split(/\n\s*\n/).length;
const drawn = (text: string): number => text.split('\n').filter((line) => /^ +\S/.test(line)).length;

for (const name of lessonNames()) {
  const lesson = loadLesson(name);

  test(`${name} says in Korean what it says in English`, () => {
    for (const [place, text] of textsIn(lesson)) {
      if (typeof text === 'string') {
        assert.ok(isForAll(text), `${place} is in one language`);
        continue;
      }
      assert.not.match(text.en, /[가-힣]/, `${place} in English`);
      assert.ok(/[가-힣]/.test(text.ko) || isForAll(text.ko), `${place} in Korean`);
      assert.is(paragraphs(text.ko), paragraphs(text.en), `paragraphs of ${place}`);
      assert.is(drawn(text.ko), drawn(text.en), `drawn lines of ${place}`);
    }
    assert.equal(LANGUAGES, ['en', 'ko']);
  });

  test(`${name} runs commands that there are, on data sets that are known`, async () => {
    await checkLines(lesson, COMMANDS);
    for (const data of lesson.data) await locate(data);
    assert.ok(lesson.steps.some(({ whole }) => whole.figures.length > 0));
  });
}

test.run();
