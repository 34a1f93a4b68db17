import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { textWidth } from '../../../../src/terminal/text.js';
import { shortNames } from '../../../../src/ui/studio/parts/short-names.js';

test('names that would be cut to the same lose what they have in common', () => {
  const names = [
    'compare-20260801/lenet5-optimizer.learningRate=0.001',
    'compare-20260802/lenet5-optimizer.learningRate=0.001',
    'compare-20260801/lenet5-optimizer.learningRate=0.01',
    'short',
  ];
  const short = shortNames(names);
  for (const width of [12, 16, 20, 30, 60]) {
    const shown = names.map((name) => short(name, width, '…'));
    for (const text of shown) assert.ok(textWidth(text) <= width, text);
    if (width > 12) assert.is(new Set(shown).size, names.length, shown.join(' '));
    assert.is(shown[3], 'short');
  }
  const seeds = shortNames(['lenet5-batchSize=32-seed=1', 'lenet5-batchSize=64-seed=1']);
  assert.is(seeds('lenet5-batchSize=64-seed=1', 14, '…'), 'lene…64-seed=1');
});

test.run();
