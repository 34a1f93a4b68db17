import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sendSignal } from '../../../../src/ui/studio/services/signal.js';

test('of a process that has ended it is said so, in a sentence', () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  assert.is(sendSignal(pid, 'SIGKILL'), 'It has ended already.');
  assert.is(sendSignal(process.pid, 'SIGCONT'), null);
});

test.run();
