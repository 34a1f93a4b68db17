import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RunSource } from '../../../../src/ui/studio/services/run-source.js';
import { EMPTY_RUNS, type RunsState } from '../../../../src/ui/studio/state/runs-state.js';
import { writeRun } from '../../../support/runs.js';
import '../../../support/flags.js';
import { emptyState } from '../../../../src/ui/studio/state/studio-state.js';
import { temporaryFolder, withFolder } from '../../../support/folders.js';

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

test('curves of many long runs are read bit by bit, so that a key never waits for all of them', () =>
  withFolder((folder) => {
    const dirs = Array.from({ length: 12 }, (_, i) =>
      writeRun(folder, `run-${String(i).padStart(2, '0')}`, { epochs: 100, linesPerEpoch: 100 }),
    );
    const source = new RunSource(folder);
    let { runs } = emptyState(folder, { columns: 80, rows: 24 });
    while (!runs.isRead) runs = source.look(runs, []).state;
    const seconds: number[] = [];
    const complete: number[] = [];
    for (let left = true; left; ) {
      const begin = performance.now();
      const looked = source.look(runs, dirs);
      seconds.push(performance.now() - begin);
      ({ left } = looked);
      runs = looked.state;
      complete.push(Object.keys(runs.curves).length);
    }
    assert.ok(seconds.length > 3, `${seconds.length} looks`);
    assert.ok(complete[0]! < dirs.length, 'one look read all');
    const median = seconds.toSorted((a, b) => a - b)[seconds.length >> 1]!;
    assert.ok(median < 50, `a look takes ${median.toFixed(0)} ms`);
    assert.equal(Object.keys(runs.curves).sort(), dirs);
    for (const dir of dirs) {
      const { loss } = runs.curves[dir]!.epochs;
      assert.is(loss.at(-1)!.x, 100);
      assert.ok(loss.length > 500 && loss.length <= 1024, `${loss.length} points`);
    }
    assert.is(source.look(runs, dirs).state, runs, 'nothing is new, and yet there is another state');
    assert.is(source.look(runs, dirs).left, false);
  }));

test('a run without metrics has empty curves, and one that is none has none', () =>
  withFolder((folder) => {
    const dir = writeRun(folder, 'young', { linesPerEpoch: 0, done: 0, status: 'interrupted' });
    const source = new RunSource(folder);
    const { runs } = emptyState(folder, { columns: 80, rows: 24 });
    const { state, left } = source.look(runs, [dir, join(folder, 'nowhere')]);
    assert.is(left, false);
    assert.equal(Object.keys(state.curves), [dir]);
    assert.equal(state.curves[dir]!.seconds.loss, []);
  }));

test.run();
