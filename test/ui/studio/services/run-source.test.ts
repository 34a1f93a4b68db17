import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RunSource } from '../../../../src/ui/studio/services/run-source.js';
import { EMPTY_RUNS, type RunsState } from '../../../../src/ui/studio/state/runs-state.js';
import { temporaryFolder } from '../../../support/folders.js';
import { writeRun } from '../../../support/runs.js';

test('a run that is made anew in the same folder has its new config, and settings that differ no longer are forgotten', () => {
  const folder = temporaryFolder();
  const source = new RunSource(folder);
  const look = (state: RunsState): RunsState => {
    for (let now = state; ; ) {
      const looked = source.look(now, []);
      const read = source.readConfigs(looked.state);
      if (!looked.left && !read.left) return read.state;
      now = read.state;
    }
  };
  const [a, b] = [writeRun(folder, 'a'), writeRun(folder, 'b', { model: 'mnist-mlp', learningRate: 0.01 })];
  const first = look(EMPTY_RUNS);
  assert.is(first.configs[b]!.training.optimizer!.learningRate, 0.01);
  assert.ok(first.differing.length > 0);
  assert.is(look(first), first);

  rmSync(b, { recursive: true });
  writeRun(folder, 'b', { model: 'mnist-mlp', learningRate: 0.02, created: '2026-08-02T12:00:00.000Z' });
  const anew = look(first);
  assert.is(anew.configs[b]!.training.optimizer!.learningRate, 0.02);

  rmSync(join(folder, 'b'), { recursive: true });
  const alone = look(anew);
  assert.equal(Object.keys(alone.configs), [a]);
  assert.equal(alone.differing, []);
});

test.run();
