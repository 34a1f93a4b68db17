import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lessonNames } from '../../../src/tasks/lessons/lesson-names.js';
import { loadLesson } from '../../../src/tasks/lessons/lessons.js';
import { cnnzoo } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';

for (const name of lessonNames()) {
  test(`${name} goes its quick way and all its figures hold`, async () => {
    const words = ['lesson', name, '--quick', '--auto', '--json'];
    const { code, stdout, stderr } = await cnnzoo(temporaryFolder(), words);
    assert.is(code, 0, stderr);
    const { lesson, quick, steps } = JSON.parse(stdout) as {
      lesson: string;
      quick: boolean;
      steps: { figures: { holds: boolean }[] }[];
    };
    assert.equal({ lesson, quick }, { lesson: name, quick: true });
    const expected = loadLesson(name).steps.filter(({ quick }) => quick !== null);
    assert.equal(
      steps.map(({ figures }) => figures.length),
      expected.map(({ quick }) => quick!.figures.length),
    );
    assert.ok(steps.flatMap(({ figures }) => figures).every(({ holds }) => holds));
  });
}

test.run();
