import * as assert from 'uvu/assert';
import { lessonNames } from '../../src/tasks/lessons/lesson-names.js';
import { loadLesson } from '../../src/tasks/lessons/lessons.js';
import { cnnzoo } from './cli.js';
import { temporaryFolder } from './folders.js';

/** Whether a lesson's quick way trains a network, which takes a minute where others take seconds. */
const trains = (name: string): boolean =>
  loadLesson(name).steps.some(({ quick }) => quick !== null && /\btrain\b/.test(JSON.stringify(quick.run)));

export const LESSONS_THAT_TRAIN = lessonNames().filter(trains);

export const OTHER_LESSONS = lessonNames().filter((name) => !trains(name));

/** A lesson's quick way is gone in processes of its own, and all its figures hold. */
export async function assertQuickWay(name: string): Promise<void> {
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
}
