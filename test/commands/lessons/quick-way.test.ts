import { test } from 'uvu';
import { assertQuickWay, OTHER_LESSONS } from '../../support/lessons.js';

/** Those that train are in test/long/lessons.long.ts. */
for (const name of OTHER_LESSONS) {
  test(`${name} goes its quick way and all its figures hold`, () => assertQuickWay(name));
}

test.run();
