import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { lessonNames } from '../../../src/tasks/lessons/lesson-names.js';
import { cnnzoo } from '../../support/cli.js';
import { temporaryFolder, writeTree } from '../../support/folders.js';

const MODEL = `title: Tiny
input: [28, 28, 1]
classes: 10
dataset: digits
layers: [conv2d: { filters: 2, kernelSize: 5, strides: 4 }, flatten, dense: { units: classes, activation: softmax }]
training: { epochs: 2, batchSize: 32, optimizer: adam }
`;

// Data sets that this machine has are none of theirs.
const { XDG_CACHE_HOME, CNNZOO_DATA } = process.env;
test.before(() => {
  process.env.XDG_CACHE_HOME = temporaryFolder();
  delete process.env.CNNZOO_DATA;
});
test.after(() => {
  delete process.env.XDG_CACHE_HOME;
  Object.assign(process.env, {
    ...(XDG_CACHE_HOME !== undefined && { XDG_CACHE_HOME }),
    ...(CNNZOO_DATA !== undefined && { CNNZOO_DATA }),
  });
});

/** A folder with a lesson of these steps. */
function lessonFolder(steps: string, head = ''): string {
  const folder = temporaryFolder();
  writeTree(folder, {
    'own.yaml': `title: { en: Mine, ko: 내 것 }\nminutes: 1\n${head}steps:\n${steps}`,
    'nets/tiny.yaml': MODEL,
  });
  return folder;
}

const SUMMARY = `  - say: { en: Look at it., ko: 봅시다. }
    run: summary lenet5
    expect:
      - { figure: { en: parameters, ko: 파라미터 }, from: totals.params, equals: 61706, source: page 7 }
      - { figure: thousands, from: totals.params / 1000, within: [61.7, 0.01] }
`;

test('without a name it lists what there is', async () => {
  const folder = temporaryFolder();
  const { code, stdout } = await cnnzoo(folder, ['lesson', '--json', '--lang', 'en']);
  assert.is(code, 0);
  const rows = JSON.parse(stdout) as Record<string, unknown>[];
  assert.equal(rows.map(({ name }) => name).sort(), lessonNames());
  assert.equal(Object.keys(rows[0]!), ['name', 'title', 'source', 'minutes', 'steps']);
  const table = await cnnzoo(folder, ['lesson', '--lang', 'ko']);
  assert.match(table.stdout, /^convnet-and-dense +합성곱 신경망과 완전 연결 신경망 /m);
});

test('a lesson is text, a command, its output and a table of figures', async () => {
  const { code, stdout, stderr } = await cnnzoo(lessonFolder(SUMMARY), [
    'lesson',
    './own.yaml',
    '--lang',
    'en',
  ]);
  assert.is(stderr, '');
  assert.is(code, 0);
  const [before, after] = stdout.split('\n$ cnnzoo summary lenet5\n\n');
  assert.is(before, `Mine\nabout 1 minute\n\n── Step 1 of 1 ${'─'.repeat(65)}\n\nLook at it.\n`);
  assert.match(after!, /^LeNet-5/);
  assert.ok(
    after!.endsWith(`
Figure         Document    Here     Source
──────────  ───────────  ──────  ─  ──────
parameters       61,706  61,706  ✓  page 7
thousands   61.7 ± 0.01  61.706  ✓

All 2 figures hold.
`),
    after,
  );
});

test('in Korean, and in JSON with what it was held to', async () => {
  const folder = lessonFolder(SUMMARY);
  const korean = await cnnzoo(folder, ['lesson', 'own.yaml', '--lang', 'ko']);
  assert.match(korean.stdout, /^내 것\n약 1분\n\n── 1단계 중 1단계 ─+\n\n봅시다\.\n/);
  assert.match(korean.stdout, /\n파라미터 /);
  assert.match(korean.stdout, /\n값 2개가 모두 맞습니다\.\n/);
  assert.not(existsSync(join(folder, 'lessons')));
  const { stdout, stderr } = await cnnzoo(folder, ['lesson', 'own.yaml', '--lang', 'en', '--json']);
  assert.equal(JSON.parse(stdout), {
    lesson: 'own',
    quick: false,
    // Where nothing was made nothing is left.
    folder: null,
    steps: [
      {
        run: 'summary lenet5',
        figures: [
          { figure: 'parameters', source: 'page 7', wanted: { equals: 61706 }, ours: 61706, holds: true },
          { figure: 'thousands', source: null, wanted: { within: [61.7, 0.01] }, ours: 61.706, holds: true },
        ],
      },
    ],
  });
  assert.is(stderr, 'Step 1 of 1: cnnzoo summary lenet5\n');
  const csv = await cnnzoo(folder, ['lesson', 'own.yaml', '--lang', 'en', '--format', 'csv']);
  assert.is(
    csv.stdout,
    'step,run,figure,document,here,holds,source\n1,summary lenet5,parameters,"61,706","61,706",true,page 7\n1,summary lenet5,thousands,61.7 ± 0.01,61.706,true,\n',
  );
});

test('a figure that does not hold is exit code 3, after the whole lesson', async () => {
  const steps = SUMMARY.replace('61706', '61705');
  const { code, stdout, stderr } = await cnnzoo(lessonFolder(`${steps}  - say: the end\n`), [
    'lesson',
    'own.yaml',
    '--lang',
    'en',
  ]);
  assert.is(code, 3);
  assert.match(stdout, /\nparameters +61,705 +61,706 +✗ +page 7\n/);
  assert.match(stdout, /the end\n\n1 of 2 figures hold\.\n/);
  assert.is(stderr, 'A figure of own does not hold: "parameters" in step 1.\n');
});

test('a command that fails ends the lesson and is named', async () => {
  const steps = '  - say: first\n  - run: summary no-such\n  - run: list\n';
  const { code, stdout, stderr } = await cnnzoo(lessonFolder(steps), ['lesson', 'own.yaml', '--lang', 'en']);
  assert.is(code, 1);
  assert.not.match(stdout, /cnnzoo list/);
  assert.match(stderr, /^There is no model "no-such"/);
  assert.match(stderr, /\nStep 2: "cnnzoo summary no-such" ended with exit code 2\.\n$/);
});

test('a lesson may show how a command fails', async () => {
  const steps = '  - { run: summary no-such, exitCode: 2 }\n  - { run: list lenet5, exitCode: 2 }\n';
  const { code, stderr } = await cnnzoo(lessonFolder(steps), ['lesson', 'own.yaml']);
  assert.is(code, 1);
  assert.match(stderr, /\nStep 2: "cnnzoo list lenet5" ended with exit code 0, where 2 was expected\.\n$/);
});

test('a figure in a place that the result does not have is named by its own place', async () => {
  const steps = SUMMARY.replace('totals.params,', 'totls.params,');
  const { code, stderr } = await cnnzoo(lessonFolder(steps), ['lesson', 'own.yaml']);
  assert.is(code, 2);
  assert.is(
    stderr,
    'own.yaml:7:55 step 1, figure 1: there is no "totls" in the result. Did you mean "totals"?\n',
  );
});

const TRAINING = `  - run: train tiny.yaml --epochs 3 --limit 64 --run-dir one
    quick: train tiny.yaml --epochs 1 --limit 64 --run-dir one
    expect:
      - { figure: epochs, from: count(epochs), equals: 3, quick: { equals: 1 } }
      - { figure: last loss, from: "epochs[-1].loss", atLeast: 0 }
      - { figure: only as a whole, from: end.testAccuracy, atLeast: 0, quick: false }
  - run: evaluate one
    show: false
    expect: [{ figure: images, from: images, equals: 10000 }]
  - { run: list, quick: false }
`;

test('a training runs once; what it made is there for the next steps and afterwards', async () => {
  const folder = lessonFolder(TRAINING, 'files: [nets/tiny.yaml]\n');
  const words = [
    'lesson',
    'own.yaml',
    '--quick',
    '--lang',
    'en',
    '--run-dir',
    'here',
    '--json-file',
    'result.json',
  ];
  const { code, stdout, stderr } = await cnnzoo(folder, words);
  assert.is(code, 0, stderr);
  assert.match(stdout, /^Mine\nthe quick way\n/);
  assert.match(stdout, /\ntest accuracy /);
  assert.match(stdout, /\nepochs +quick: 1 +1 +✓\n/);
  assert.not.match(stdout, /Precision/);
  assert.match(stderr, /training Tiny/);
  const { steps } = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as {
    steps: { run: string; figures: { figure: string; ours: number }[] }[];
  };
  assert.equal(
    steps.map(({ run }) => run),
    ['train tiny.yaml --epochs 1 --limit 64 --run-dir one', 'evaluate one'],
  );
  assert.equal(
    steps[0]!.figures.map(({ figure }) => figure),
    ['epochs', 'last loss'],
  );
  const [line] = readFileSync(join(folder, 'here/one/metrics.jsonl'), 'utf8')
    .split('\n')
    .filter((text) => text.includes('"epoch"') && text.includes('"loss"'))
    .slice(-1);
  assert.is(steps[0]!.figures[1]!.ours, (parse(line!) as { loss: number }).loss);
  const again = await cnnzoo(folder, words);
  assert.is(again.code, 2);
  assert.is(
    again.stderr,
    'here is not empty, and a lesson begins in a folder of its own: name another one with --run-dir.\n',
  );
});

test('a second start has a folder of its own', async () => {
  const folder = lessonFolder('  - run: export lenet5 --to safetensors --out lenet5.safetensors\n');
  for (const place of ['lessons/own', 'lessons/own-2', 'lessons/own-3']) {
    const { stdout } = await cnnzoo(folder, ['lesson', 'own.yaml', '--lang', 'en']);
    assert.ok(stdout.endsWith(`\n\nWhat was made is in ${place}.\n`), stdout);
    assert.ok(existsSync(join(folder, place, 'lenet5.safetensors')));
  }
});

test('without its data on this machine a lesson goes its quick way, and says so', async () => {
  const steps =
    '  - { run: list, quick: list lenet5, expect: [{ figure: models, from: count($), equals: 1 }] }\n';
  const folder = lessonFolder(steps, 'data: [digits, cifar10]\n');
  const { code, stdout, stderr } = await cnnzoo(folder, [
    'lesson',
    'own.yaml',
    '--lang',
    'en',
    '--data-dir',
    'none',
  ]);
  assert.is(code, 0, stderr);
  assert.match(stdout, /\$ cnnzoo list lenet5\n/);
  assert.is(
    stderr,
    'notice: cifar10 is not on this machine, so the lesson goes its quick way. To have it: cnnzoo datasets fetch cifar10 --data-dir none\n',
  );
});

test('a signal ends the command that runs, which saves, and then the lesson', async () => {
  const folder = lessonFolder(
    '  - run: train tiny.yaml --epochs 10000 --limit 64 --run-dir one\n  - run: list\n',
    'files: [nets/tiny.yaml]\n',
  );
  const run = join(folder, 'lessons/own/one');
  const { code, stdout, stderr } = await cnnzoo(folder, ['lesson', 'own.yaml'], async (child) => {
    while (!existsSync(join(run, 'checkpoint.safetensors')) && child.exitCode === null) await sleep(50);
    child.kill('SIGINT');
  });
  assert.is(code, 130);
  assert.not.match(stdout, /cnnzoo list/);
  assert.match(stderr, /\nStopped in step 1\. What was made is in lessons\/own\.\n$/);
  assert.match(readFileSync(join(run, 'run.json'), 'utf8'), /"status": ?"interrupted"/);
});

test.run();
