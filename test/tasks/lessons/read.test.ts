import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../../src/base/errors.js';
import { COMMANDS } from '../../../src/commands/index.js';
import { checkLines } from '../../../src/commands/lessons/check-lines.js';
import { loadLesson } from '../../../src/tasks/lessons/lessons.js';
import { readLesson } from '../../../src/tasks/lessons/read-lesson.js';
import { temporaryFolder } from '../../support/folders.js';

const HEAD = 'title: T\nminutes: 1\n';
const FIGURE = '{ figure: f, from: totals.params, equals: 1 }';

/** A lesson of one step. */
const lessonOf = (step: string) => `${HEAD}steps:\n  - ${step}\n`;

/** Whole sentences, as they stand on standard error. */
const cases: readonly [what: string, text: string, sentence: string][] = [
  ['an empty file', '', 'my.yaml is empty: a lesson with title and steps was expected.'],
  ['a list', '- a\n', 'my.yaml:1:1 a lesson was expected: a mapping with title and steps.'],
  ['an unclosed list', 'title: [a\n', 'my.yaml:1:8 not well-formed YAML: the [ here is never closed.'],
  [
    'no title',
    'minutes: 1\nsteps: [{ say: a }]\n',
    'my.yaml:1:1 title is missing: it must be text that is not empty or { en: ..., ko: ... }.',
  ],
  [
    'a title in one language',
    'title: { en: T }\nminutes: 1\nsteps: [{ say: a }]\n',
    'my.yaml:1:8 title.ko is missing: it must be text that is not empty.',
  ],
  ['no steps', HEAD, 'my.yaml:1:1 steps is missing: it must be a list of at least one entry.'],
  [
    'an empty list of steps',
    `${HEAD}steps: []\n`,
    'my.yaml:3:8 steps must be a list of at least one entry, got [].',
  ],
  ['a mistyped key', `${HEAD}stesp: []\n`, 'my.yaml:3:1 there is no setting "stesp". Did you mean "steps"?'],
  [
    'a mistyped key of a step',
    lessonOf('sya: hello'),
    'my.yaml:4:5 step 1: there is no setting "sya". Did you mean "say"?',
  ],
  [
    'a mistyped key of a figure',
    lessonOf('{ run: list, expect: [{ figure: f, form: a, equals: 1 }] }'),
    'my.yaml:4:40 step 1, figure 1: there is no setting "form". Did you mean "from"?',
  ],
  [
    'a step of nothing',
    lessonOf('{}'),
    'my.yaml:4:5 step 1: there must be a text to say, or a command to run.',
  ],
  [
    'figures of nothing',
    lessonOf(`{ say: a, expect: [${FIGURE}] }`),
    'my.yaml:4:15 step 1: expect goes with run only.',
  ],
  [
    'quick without a command',
    lessonOf('{ say: a, quick: list }'),
    'my.yaml:4:15 step 1: quick goes with run only.',
  ],
  ['a name of a text', lessonOf('{ say: a, name: b }'), 'my.yaml:4:15 step 1: name goes with run only.'],
  [
    'a name that is no word',
    lessonOf('{ run: list, name: a-b }'),
    'my.yaml:4:24 step 1: name must be a word of letters and digits, got "a-b".',
  ],
  [
    'a name twice',
    `${lessonOf('{ run: list, name: a }')}  - { run: list, name: a }\n`,
    'my.yaml:5:24 step 2: a step before this one has the name "a".',
  ],
  [
    'a figure of a step that is not there',
    `${lessonOf('{ run: list, name: full }')}  - { run: list, expect: [{ figure: f, from: "@ful.x", equals: 1 }] }\n`,
    'my.yaml:5:46 step 2, figure 1: no step before this one has the name "ful". Did you mean "full"?',
  ],
  [
    'a figure of its own step by its name',
    lessonOf('{ run: list, name: full, expect: [{ figure: f, from: "@full.x", equals: 1 }] }'),
    'my.yaml:4:58 step 1, figure 1: no step before this one has the name "full". None has a name.',
  ],
  [
    'figures of a failure',
    lessonOf(`{ run: list, exitCode: 2, expect: [${FIGURE}] }`),
    'my.yaml:4:28 step 1: figures need a result, so exitCode must be 0 or 3 where there are some, got 2.',
  ],
  [
    'no bound',
    lessonOf('{ run: list, expect: [{ figure: f, from: a }] }'),
    'my.yaml:4:27 step 1, figure 1: one of equals, atLeast, atMost, within must say what it is to be.',
  ],
  [
    'two bounds',
    lessonOf('{ run: list, expect: [{ figure: f, from: a, atLeast: 1, atMost: 2 }] }'),
    'my.yaml:4:27 step 1, figure 1: one of equals, atLeast, atMost, within must say what it is to be.',
  ],
  [
    'no quick bound',
    lessonOf('{ run: list, expect: [{ figure: f, from: a, equals: 1, quick: {} }] }'),
    'my.yaml:4:67 step 1, figure 1: one of equals, atLeast, atMost, within must say what it is to be.',
  ],
  [
    'a tolerance below 0',
    lessonOf('{ run: list, expect: [{ figure: f, from: a, within: [1, -1] }] }'),
    'my.yaml:4:61 step 1, figure 1: entry 2 of within must be a number of at least 0, got -1.',
  ],
  [
    'a pipe',
    lessonOf('run: list | head'),
    'my.yaml:4:10 step 1: | needs quotes here: a step runs one command of cnnzoo, without a shell.',
  ],
  [
    'a mapping without quotes',
    lessonOf("run: 'apply maxPool2d:{poolSize:2}'"),
    'my.yaml:4:10 step 1: { needs quotes here: a step runs one command of cnnzoo, without a shell.',
  ],
  [
    'a variable',
    lessonOf(`run: 'list "$HOME"'`),
    'my.yaml:4:10 step 1: $ needs single quotes here: in double ones a shell would take it for an order.',
  ],
  ['an open quote', lessonOf('run: list "lenet5'), 'my.yaml:4:10 step 1: the " is never closed.'],
  [
    'the program itself',
    lessonOf('run: cnnzoo list'),
    'my.yaml:4:10 step 1: leave out "cnnzoo" before the command.',
  ],
  [
    'an expression that ends early',
    lessonOf('{ run: list, expect: [{ figure: f, from: 1 -, equals: 1 }] }'),
    'my.yaml:4:46 step 1, figure 1: at its end a number or a place in the result is missing.',
  ],
  [
    'a function that there is not',
    lessonOf('{ run: list, expect: [{ figure: f, from: men(a), equals: 1 }] }'),
    'my.yaml:4:46 step 1, figure 1: there is no function men(). Did you mean "min"?',
  ],
  [
    'a file elsewhere',
    `${HEAD}files: [../net.yaml]\nsteps: [{ say: a }]\n`,
    'my.yaml:3:9 ../net.yaml must lie beside the lesson, or in a folder there.',
  ],
  [
    'a file that is not there',
    `${HEAD}files: [no-such.yaml]\nsteps: [{ say: a }]\n`,
    'my.yaml:3:9 there is no file no-such.yaml.',
  ],
  [
    'a command that there is not',
    lessonOf('run: summry lenet5'),
    'my.yaml:4:10 step 1: there is no command "summry". Did you mean "summary"?',
  ],
  ['a lesson in a lesson', lessonOf('run: lesson'), 'my.yaml:4:10 step 1: a lesson does not run "lesson".'],
  [
    'a flag instead of a command',
    lessonOf('run: --json list'),
    'my.yaml:4:10 step 1: a command is missing before --json.',
  ],
  [
    'a quick figure of a step that the quick way leaves out',
    `${lessonOf('{ name: a, run: list, quick: false }')}  - { run: list, expect: [{ figure: f, from: "@a[0].params", equals: 1 }] }\n`,
    'my.yaml:5:46 step 2, figure 1: the quick way leaves out the step "a": leave out this figure there as well, by quick: false.',
  ],
  [
    'the file that figures are read from',
    lessonOf('run: list --json-file x'),
    'my.yaml:4:10 step 1: --json-file is what the lesson reads figures from: leave it out.',
  ],
  [
    'a flag that there is not',
    lessonOf('run: train lenet5 --epoch 3'),
    'my.yaml:4:10 step 1: There is no option --epoch for train. Did you mean --epochs?',
  ],
  [
    'a value that will not do',
    lessonOf('{ run: list, quick: summary lenet5 --classes 1 }'),
    'my.yaml:4:25 step 1: --classes must be a whole number of at least 2, got 1.',
  ],
];

for (const [what, text, sentence] of cases) {
  test(`a lesson with ${what} is refused where it stands`, async () => {
    let said = 'was accepted';
    try {
      await checkLines(readLesson('my', 'my.yaml', text), COMMANDS);
    } catch (error) {
      assert.instance(error, UsageError);
      said = (error as UsageError).message;
    }
    assert.is(said, sentence);
  });
}

test('a lesson that is not there, or in no file, is refused with a way out', () => {
  assert.throws(
    () => loadLesson('convnet-and-dens'),
    /^There is no lesson "convnet-and-dens"\. Did you mean "convnet-and-dense"\? A file of your own needs a "\/" or the ending \.yaml\.$/,
  );
  assert.throws(() => loadLesson('./no-such'), './no-such cannot be read: there is no such file.');
  assert.throws(() => loadLesson('./src'), './src is a folder: name a YAML file in it.');
});

test('what a lesson says, whole and quick', () => {
  const lesson = readLesson(
    'my',
    'my.yaml',
    `title: { en: T, ko: 제목 }
minutes: 2.5
data: mnist
steps:
  - say: a
  - run: >-
      summary lenet5
      --no-top
    quick: list 'lenet*' "a b"
    exitCode: 3
    show: false
    expect:
      - { figure: f, from: totals.params, equals: 1, source: S }
      - { figure: g, from: "$[0].params", within: [[1, 2], 0.5], quick: { atMost: 3 } }
      - { figure: h, from: a, atLeast: 0, quick: false }
  - { run: list, quick: false }
`,
  );
  const { steps, ...head } = lesson;
  assert.equal(head, {
    name: 'my',
    title: { en: 'T', ko: '제목' },
    source: null,
    minutes: 2.5,
    order: Number.POSITIVE_INFINITY,
    data: ['mnist'],
    files: [],
  });
  const [said, both, whole] = steps;
  assert.equal(said, {
    name: null,
    say: 'a',
    exitCode: 0,
    isShown: true,
    whole: { run: null, figures: [] },
    quick: { run: null, figures: [] },
  });
  assert.is(both!.exitCode, 3);
  assert.is(both!.isShown, false);
  assert.is(both!.whole.run!.text, 'summary lenet5 --no-top');
  assert.equal(both!.quick!.run!.words, ['list', 'lenet*', 'a b']);
  assert.equal(
    both!.whole.figures.map(({ bound }) => bound),
    [
      { kind: 'equals', value: 1 },
      { kind: 'within', value: [1, 2], tolerance: 0.5 },
      { kind: 'atLeast', value: 0 },
    ],
  );
  assert.equal(
    both!.quick!.figures.map(({ name, bound }) => [name, bound]),
    [
      ['f', { kind: 'equals', value: 1 }],
      ['g', { kind: 'atMost', value: 3 }],
    ],
  );
  assert.is(whole!.quick, null);
});

test('a lesson of the user has the name of its file, and files beside it', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'net.yaml'), '');
  writeFileSync(join(folder, 'own.yaml'), `${HEAD}files: [./net.yaml]\nsteps: [{ say: a }]\n`);
  const { name, files } = loadLesson(join(folder, 'own.yaml'));
  assert.is(name, 'own');
  assert.equal(files, [{ name: 'net.yaml', path: join(folder, 'net.yaml') }]);
});

test.run();
