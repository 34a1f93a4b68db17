import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isThere, statusOf } from '../../../src/base/files/folders.js';
import { withFolder, writeTree } from '../../support/folders.js';

test('whatever stands in the way to a file, it is told as not there and not thrown', () =>
  withFolder((folder) => {
    writeTree(folder, { file: 'abc' });
    symlinkSync('loop', join(folder, 'loop'));
    symlinkSync('nowhere', join(folder, 'broken'));
    assert.is(statusOf(join(folder, 'file'))!.size, 3);
    assert.is(statusOf(folder)!.isDirectory(), true);
    for (const name of ['loop', 'loop/inside', 'broken', 'nowhere', 'file/inside', 'x'.repeat(5000)])
      assert.is(statusOf(join(folder, name)), undefined, name);
    assert.equal(
      ['file', 'loop', 'broken', 'loop/inside', 'nowhere', 'x'.repeat(5000)].map((name) =>
        isThere(join(folder, name)),
      ),
      [true, true, true, false, false, false],
    );
  }));

test.run();
