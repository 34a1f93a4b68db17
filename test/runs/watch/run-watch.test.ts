import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { thisProcess } from '../../../src/runs/run-owner.js';
import { MetricsTail } from '../../../src/runs/watch/metrics-tail.js';
import { RunWatch } from '../../../src/runs/watch/run-watch.js';
import { stoppingOf } from '../../../src/runs/watch/stopping.js';
import { withFolder, writeTree } from '../../support/folders.js';
import { GONE, stepLine, writeRun } from '../../support/runs.js';

const conditions = (watch: RunWatch) => watch.runs.map(({ name, condition }) => `${name} ${condition}`);

test('runs of a folder are found, those of comparisons too, and told apart by how they are', () =>
  withFolder((folder) => {
    writeRun(folder, 'a-done');
    writeRun(folder, 'b-lives', { status: 'running', owner: thisProcess(), done: 1 });
    writeRun(folder, 'c-killed', { status: 'running', owner: GONE, done: 1 });
    writeRun(folder, 'compare-1/lenet5-1', { status: 'interrupted', done: 2 });
    writeRun(folder, 'far', { status: 'running', owner: { ...GONE, host: 'elsewhere' } });
    writeTree(folder, {
      'broken/run.json': '{',
      'broken/config.yaml': '',
      'no-run/notes.txt': '',
      '.hidden/run.json': '{}',
    });
    const watch = new RunWatch(folder);
    assert.equal(watch.look(), { changed: true, left: false });
    assert.equal(conditions(watch), [
      'a-done completed',
      'b-lives training',
      'broken damaged',
      'c-killed gone',
      'compare-1/lenet5-1 interrupted',
      'far elsewhere',
    ]);
    assert.match(watch.runs[2]!.problem!, /no JSON/);
  }));

test('only what has changed is a new object, and nothing is where nothing has', () =>
  withFolder((folder) => {
    const dir = writeRun(folder, 'a', { status: 'running', owner: thisProcess(), done: 1 });
    writeRun(folder, 'b');
    const watch = new RunWatch(folder);
    watch.look();
    const before = watch.runs;
    assert.equal(watch.look(), { changed: false, left: false });
    assert.is(watch.runs, before);
    appendFileSync(join(dir, 'metrics.jsonl'), `${stepLine(2, 50)}\n${stepLine(2, 60)}`);
    assert.is(watch.look().changed, true);
    assert.is(watch.runs[0]!.now!.step, 50);
    assert.is(watch.runs[1], before[1]);
    appendFileSync(join(dir, 'metrics.jsonl'), '\n');
    watch.look();
    assert.is(watch.runs[0]!.now!.step, 60);
    // 0.05 epochs of 6,400 images in 0.2 seconds at the pace of the last lines.
    assert.ok(Math.abs(watch.runs[0]!.now!.imagesPerSecond! - 1600) < 1);
    assert.ok(Math.abs(watch.runs[0]!.now!.etaSeconds! - 1.4 * 4) < 0.01);
  }));

test('a run.json that is replaced, a run that is removed and one that is new are seen', () =>
  withFolder((folder) => {
    const dir = writeRun(folder, 'a', { status: 'running', owner: GONE, done: 1 });
    const watch = new RunWatch(folder);
    watch.look();
    const text = readFileSync(join(dir, 'run.json'), 'utf8').replace('"running"', '"interrupted"');
    writeFileSync(join(dir, '.run.json.tmp'), text);
    renameSync(join(dir, '.run.json.tmp'), join(dir, 'run.json'));
    watch.look();
    assert.equal(conditions(watch), ['a interrupted']);
    writeRun(folder, 'b');
    watch.look();
    assert.equal(conditions(watch), ['a interrupted', 'b completed']);
    rmSync(dir, { recursive: true });
    watch.look();
    assert.equal(conditions(watch), ['b completed']);
  }));

test('a budget leaves the rest for later', () =>
  withFolder((folder) => {
    for (let i = 0; i < 5; i++) writeRun(folder, `run-${i}`);
    const watch = new RunWatch(folder);
    assert.equal(watch.look(0), { changed: false, left: true });
    assert.equal(watch.look(), { changed: true, left: false });
    assert.is(watch.runs.length, 5);
  }));

test('metrics are read from where they ended, and anew where they were rewritten', () =>
  withFolder((folder) => {
    const path = join(folder, 'metrics.jsonl');
    const tail = new MetricsTail(path);
    assert.equal(tail.read(), { lines: [], isFresh: false });
    writeFileSync(path, `${stepLine(1, 10)}\n${stepLine(1, 20)}\n{"event":"st`);
    const at = () => tail.read().lines.map((line) => (line.event === 'step' ? line.step : 'epoch'));
    assert.equal(at(), [10, 20]);
    assert.equal(at(), []);
    appendFileSync(path, `ep","epoch":1,"step":30}\n`);
    assert.equal(at(), [30]);
    writeFileSync(join(folder, 'new'), `${stepLine(1, 10)}\n`);
    renameSync(join(folder, 'new'), path);
    const fresh = tail.read();
    assert.is(fresh.isFresh, true);
    assert.is(fresh.lines.length, 1);
  }));

test('a training is asked to stop by a signal that its process hears, and by no other', () => {
  const brief = (owner: ReturnType<typeof thisProcess>) => ({ owner, cnnzoo: '0.1.0' }) as never;
  const listener = () => {};
  const { pid } = process;
  if (process.platform === 'linux') {
    assert.match(
      (stoppingOf(brief(thisProcess()), 'after-epoch') as { problem: string }).problem,
      /only be stopped at once/,
    );
    process.on('SIGUSR2', listener);
    assert.equal(stoppingOf(brief(thisProcess()), 'after-epoch'), {
      pid,
      signal: 'SIGUSR2',
      line: `kill -USR2 ${pid}`,
    });
    process.off('SIGUSR2', listener);
  }
  assert.equal(stoppingOf(brief(GONE), 'now'), { problem: 'No process trains it any more.' });
  const far = { ...GONE, host: 'node7' };
  assert.equal(stoppingOf(brief(far), 'now'), {
    problem: `It is trained by process ${GONE.pid} on node7: stop it there.`,
  });
});

test.run();
