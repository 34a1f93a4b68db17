import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { edited } from '../../../../src/ui/studio/parts/edit.js';
import { lineOf, wordsOf } from '../../../../src/ui/studio/parts/words.js';
import { textField } from '../../../../src/ui/studio/state/overlay.js';

test('words are taken apart as bash does', () => {
  for (const line of [
    "a 'b c' \"d 'e\" f\\ g",
    "''",
    'x"y z"w',
    '  spaced   out ',
    "it\\'s",
    'a=b "c\\"d"',
    '網 "絡 字"',
  ]) {
    const bash = execFileSync('bash', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' });
    assert.equal(wordsOf(line), bash.replace(/\n$/, '').split('\n'), line);
  }
  assert.is(wordsOf("it's"), null);
});

test('a command line that is shown is taken apart into the same words', () => {
  const words = ['train', 'my model.yaml', '--set', "title=it's", '網絡'];
  assert.equal(wordsOf(lineOf(words)), ['cnnzoo', ...words]);
});

test('keys edit a text by its characters, wide ones and emoji too', () => {
  let field = textField('');
  const press = (...keys: readonly string[]) => {
    for (const key of keys) field = edited(field, key) ?? field;
  };
  press('a', '網', '🙂', 'left', 'b');
  assert.equal(field, { text: 'a網b🙂', at: 3 });
  press('backspace', 'backspace');
  assert.equal(field, { text: 'a🙂', at: 1 });
  press('delete');
  assert.equal(field, { text: 'a', at: 1 });
  press('ctrl-d', 'home', 'x', 'end', ' ', 'w', 'o', 'ctrl-w');
  assert.equal(field, { text: 'xa ', at: 3 });
  press('ctrl-u');
  assert.equal(field, { text: '', at: 0 });
  assert.is(edited(field, 'pageup'), undefined);
});

test.run();
