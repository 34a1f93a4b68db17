import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { textWidth } from '../../src/terminal/text.js';
import { createProgress } from '../../src/ui/lines/progress.js';
import { FakeTerminal } from '../support/screens/ui-terminal.js';

const ENV = { TERM: 'xterm' };

function setup(terminal: { isTTY: boolean; columns?: number }, env: Record<string, string> = ENV) {
  const state = { time: 0, text: '' };
  const stderr = {
    ...terminal,
    write: (text: string) => {
      state.text += text;
      return true;
    },
  } as unknown as NodeJS.WriteStream;
  return { state, progress: createProgress({ stderr, env, now: () => state.time }) };
}

test('one line, written over and taken away', () => {
  const { state, progress } = setup({ isTTY: true, columns: 60 });
  progress.update('fetching mnist', 0, 11_490_434, 'bytes');
  state.time = 50;
  progress.update('fetching mnist', 10, 11_490_434, 'bytes');
  state.time = 3000;
  progress.update('fetching mnist', 5_745_217, 11_490_434, 'bytes');
  progress.finish();
  progress.finish();
  assert.equal(state.text.split('\r'), [
    '',
    'fetching mnist    0 %  0 B of 11.5 MB\u001b[K',
    'fetching mnist   50 %  5.7 MB of 11.5 MB  3s to go\u001b[K',
    '\u001b[K',
  ]);
});

test('the line fits the terminal', () => {
  const terminal = new FakeTerminal(40, 10);
  const progress = createProgress({
    stderr: terminal as unknown as NodeJS.WriteStream,
    env: ENV,
    now: () => 0,
  });
  progress.update('looking at the test images of fashion-mnist', 128, 10_000, 'images');
  assert.is(textWidth(terminal.screen()[0]!), 39);
  progress.finish();
  assert.equal(terminal.screen(), []);
});

test('elsewhere a line now and then, and none for quick work', () => {
  for (const { state, progress } of [setup({ isTTY: false }), setup({ isTTY: true }, { ...ENV, CI: '1' })]) {
    progress.update('evaluating', 0, 100, 'batches');
    for (state.time = 0; state.time < 65_000; state.time += 1000)
      progress.update('evaluating', state.time / 1000, 100, 'batches');
    progress.update('downloading', 5, null, 'files');
    progress.finish();
    assert.is(
      state.text,
      'evaluating   30 %  30 of 100 batches  1m 10s to go\nevaluating   60 %  60 of 100 batches  40s to go\n',
    );
  }
});

test('an unknown end', () => {
  const { state, progress } = setup({ isTTY: true, columns: 60 });
  progress.update('reading', 1234, null, 'images');
  assert.is(state.text, '\rreading  1,234 images\u001b[K');
});

test.run();
