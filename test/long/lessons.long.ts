import { test } from 'uvu';
import { assertQuickWay, LESSONS_THAT_TRAIN } from '../support/lessons.js';

/** The others are in test/commands/lessons/quick-way.test.ts. */
for (const name of LESSONS_THAT_TRAIN) {
  test(`${name} goes its quick way and all its figures hold`, () => assertQuickWay(name));
}

test.run();
