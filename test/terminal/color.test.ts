import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { colorLevel } from '../../src/terminal/color.js';
import { canDrawScreen, canRewrite, hasUnicode, isCi, reflowsLines } from '../../src/terminal/terminal.js';

const terminal = { isTTY: true, getColorDepth: () => 8 };
const file = {};

test('colour only on a terminal, as much as it has', () => {
  assert.is(colorLevel(file, { env: {} }), 0);
  assert.is(colorLevel(terminal, { env: {} }), 2);
  assert.is(colorLevel({ isTTY: true, getColorDepth: () => 24 }, { env: {} }), 3);
  assert.is(colorLevel({ isTTY: true, getColorDepth: () => 4 }, { env: {} }), 1);
  assert.is(colorLevel({ isTTY: true, getColorDepth: () => 1 }, { env: {} }), 0);
});

test('NO_COLOR counts unless it is empty', () => {
  assert.is(colorLevel(terminal, { env: { NO_COLOR: '1' } }), 0);
  assert.is(colorLevel(terminal, { env: { NO_COLOR: '' } }), 2);
});

test('FORCE_COLOR wins over NO_COLOR and over what the stream is', () => {
  assert.is(colorLevel(file, { env: { FORCE_COLOR: '' } }), 1);
  assert.is(colorLevel(file, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }), 1);
  assert.is(colorLevel(file, { env: { FORCE_COLOR: '3' } }), 3);
  assert.is(colorLevel(terminal, { env: { FORCE_COLOR: 'true' } }), 2);
  assert.is(colorLevel(terminal, { env: { FORCE_COLOR: '0' } }), 0);
  assert.is(colorLevel(terminal, { env: { FORCE_COLOR: 'false' } }), 0);
});

test('a flag wins over the environment', () => {
  assert.is(colorLevel(terminal, { env: { FORCE_COLOR: '3' }, flag: false }), 0);
  assert.is(colorLevel(file, { env: { NO_COLOR: '1' }, flag: true }), 1);
  assert.is(colorLevel(terminal, { env: { FORCE_COLOR: '0' }, flag: true }), 2);
});

test('the terminal is asked without the variables that were judged already', () => {
  const seen: object[] = [];
  const stream = {
    isTTY: true,
    getColorDepth: (env?: object) => {
      seen.push(env ?? {});
      return 8;
    },
  };
  colorLevel(stream, { env: { FORCE_COLOR: '1', NO_COLOR: '', TERM: 'xterm' } });
  assert.equal(seen, [{ TERM: 'xterm' }]);
});

test('a screen needs a terminal that can draw it, and no CI', () => {
  const env = { TERM: 'xterm-256color' };
  const tty = { isTTY: true, columns: 80 };
  assert.ok(canDrawScreen(tty, env));
  assert.not(canDrawScreen({ columns: 80 }, env));
  assert.not(canDrawScreen({ isTTY: true, columns: 19 }, env));
  assert.not(canDrawScreen(tty, { TERM: 'dumb' }));
  assert.not(canDrawScreen(tty, { ...env, CI: 'true' }));
  assert.not(canDrawScreen(tty, { ...env, INK_SCREEN_READER: 'true' }));
  assert.ok(canRewrite({ isTTY: true, columns: 10 }, env));
  if (process.platform !== 'win32') assert.not(canRewrite(tty, {}));
});

test('CI is set unless it is empty or says no', () => {
  for (const CI of ['1', 'true', 'yes']) assert.ok(isCi({ CI }));
  for (const CI of ['', '0', 'false']) assert.not(isCi({ CI }));
  assert.not(isCi({}));
  assert.ok(isCi({ CONTINUOUS_INTEGRATION: 'true' }));
});

test('characters beyond ASCII follow the locale', () => {
  assert.ok(hasUnicode({}));
  assert.ok(hasUnicode({ LANG: 'en_US.UTF-8' }));
  assert.ok(hasUnicode({ LANG: 'C', LC_ALL: 'C.utf8' }));
  if (process.platform !== 'win32') assert.not(hasUnicode({ LANG: 'en_US.UTF-8', LC_ALL: 'C' }));
  assert.not(hasUnicode({ TERM: 'linux', LANG: 'en_US.UTF-8' }));
});

test('terminals break their lines anew when they are resized, but for a few old ones', () => {
  assert.ok(reflowsLines({ TERM: 'xterm-256color' }));
  assert.not(reflowsLines({ TERM: 'xterm', XTERM_VERSION: 'XTerm(390)' }));
  assert.ok(reflowsLines({ TERM: 'tmux', XTERM_VERSION: 'XTerm(390)', TMUX: '/tmp/tmux' }));
});

test.run();
