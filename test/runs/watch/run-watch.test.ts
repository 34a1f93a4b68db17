import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { thisProcess } from '../../../src/base/machine/owner.js';
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

test('what cannot be read in a folder neither ends the watch nor hides the other runs', () =>
  withFolder((folder) => {
    writeRun(folder, 'a-good');
    writeRun(folder, 'z-good', { status: 'running', owner: thisProcess(), done: 1 });
    const inRun = (name: string, file: string) => join(folder, name, file);
    const without = (name: string, file: string): string => {
      writeRun(folder, name, { status: 'running', owner: thisProcess(), done: 1 });
      rmSync(inRun(name, file));
      return inRun(name, file);
    };
    const circle = (at: string) => {
      symlinkSync(`${at}-2`, at);
      symlinkSync(at, `${at}-2`);
    };
    circle(join(folder, 'circle'));
    symlinkSync('nowhere', join(folder, 'broken-link'));
    symlinkSync('.', join(folder, 'itself'));
    symlinkSync('a-good/run.json', join(folder, 'link-to-a-file'));
    circle(without('info-circle', 'run.json'));
    mkdirSync(without('info-folder', 'run.json'));
    circle(without('metrics-circle', 'metrics.jsonl'));
    mkdirSync(without('metrics-folder', 'metrics.jsonl'));
    mkdirSync(without('config-folder', 'config.yaml'));
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [without('info-pipe', 'run.json')]);
      execFileSync('mkfifo', [without('metrics-pipe', 'metrics.jsonl')]);
    }
    const mayReadAll = process.getuid?.() === 0;
    if (!mayReadAll) chmodSync(writeRun(folder, 'secret'), 0);
    const watch = new RunWatch(folder);
    for (let i = 0; i < 3; i++) watch.look();
    if (!mayReadAll) chmodSync(join(folder, 'secret'), 0o700);
    const found = watch.runs.map(({ name, condition, problem }) => `${name} ${condition} ${problem ?? ''}`);
    const posix = process.platform === 'win32' ? () => [] : (line: string) => [line];
    assert.equal(found, [
      'a-good completed ',
      'config-folder training ',
      'info-circle damaged run.json: its links lead in a circle',
      'info-folder damaged run.json: that is a folder',
      ...posix(
        'info-pipe damaged run.json: it is a pipe, device or socket, where a regular file was expected',
      ),
      'metrics-circle training ',
      'metrics-folder training ',
      ...posix('metrics-pipe training '),
      'z-good training ',
    ]);
  }));

test('a folder that is a file, a loop of links or not there has no runs', () =>
  withFolder((folder) => {
    writeTree(folder, { file: '' });
    symlinkSync('loop', join(folder, 'loop'));
    for (const name of ['file', 'loop', 'nowhere', 'x'.repeat(300)]) {
      const watch = new RunWatch(join(folder, name));
      assert.equal(watch.look(), { changed: false, left: false }, name);
      assert.equal(watch.runs, []);
      assert.equal(new MetricsTail(join(folder, name, 'metrics.jsonl')).read(), {
        lines: [],
        isFresh: false,
        left: false,
      });
    }
  }));

test('a run.json whose fields are not as they must be is told of, or shown without them', () =>
  withFolder((folder) => {
    const dir = writeRun(folder, 'a');
    const path = join(dir, 'run.json');
    const info = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const briefOf = (change: Readonly<Record<string, unknown>>) => {
      writeFileSync(path, JSON.stringify({ ...info, ...change }));
      const watch = new RunWatch(folder);
      watch.look();
      return watch.runs[0]!;
    };
    for (const [change, place] of [
      [{ dataset: {} }, 'dataset.name'],
      [{ engine: [] }, 'engine.device'],
      [{ status: 'happy' }, 'status'],
      [{ owner: { host: 'here' } }, 'owner.pid'],
      [{ epochs: '3' }, 'epochs'],
    ] as const)
      assert.is(briefOf(change).problem, `run.json: ${place} is missing or not what it must be`);
    assert.is(briefOf({ history: [null] }).problem, 'run.json: history is no list of epochs');
    assert.is(
      briefOf({ history: [{ imagesPerSecond: 'many' }] }).problem,
      'run.json: history is no list of epochs',
    );
    const { brief } = briefOf({ test: {}, title: 7, cnnzoo: undefined, params: null });
    assert.equal(
      [brief!.test, brief!.title, brief!.cnnzoo, brief!.params, brief!.model],
      [null, '', '', 0, 'lenet5'],
    );
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
    assert.equal(tail.read(), { lines: [], isFresh: false, left: false });
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

test('a long file is read piece by piece, whole lines of it, or its end alone', () =>
  withFolder((folder) => {
    const path = join(folder, 'metrics.jsonl');
    const all = Array.from({ length: 1000 }, (_, i) => stepLine(1 + Math.floor(i / 100), 1 + (i % 100)));
    writeFileSync(path, all.map((line) => `${line}\n`).join(''));
    const tail = new MetricsTail(path, { atOnce: 1000 });
    const found: unknown[] = [];
    let reads = 0;
    for (let left = true; left; reads++) {
      const read = tail.read();
      assert.is(read.isFresh, reads === 0);
      assert.ok(read.lines.length <= 10);
      found.push(...read.lines);
      left = read.left;
    }
    assert.equal(
      found,
      all.map((line) => JSON.parse(line)),
    );
    assert.ok(reads > 100, `${reads}`);
    const end = new MetricsTail(path, { endOnly: true });
    const last = () => end.read().lines.map((line) => (line.event === 'step' ? line.step : 'epoch'));
    const first = last();
    assert.ok(first.length > 90 && first.length < 200, `${first.length}`);
    assert.is(first.at(-1), 100);
    // What was added in a long pause is not read from its beginning either.
    appendFileSync(path, all.map((line) => `${line}\n`).join(''));
    assert.equal(last(), first);
  }));

test('a training is asked to stop by a signal that its process hears, and by no other', () => {
  const brief = (owner: ReturnType<typeof thisProcess>) => ({ owner, cnnzoo: '0.1.0' }) as never;
  if (process.platform === 'linux') {
    // A process of its own: in this one Ink may listen too, where it has drawn a screen for another test.
    const deaf = spawn('sleep', ['60']);
    try {
      const began = readFileSync(`/proc/${deaf.pid}/stat`, 'utf8').split(' ')[21]!;
      assert.equal(stoppingOf(brief({ ...thisProcess(), pid: deaf.pid!, began }), 'after-epoch'), {
        problem: `Process ${deaf.pid} is a cnnzoo 0.1.0 that can only be stopped at once.`,
      });
    } finally {
      deaf.kill();
    }
    const listener = () => {};
    const { pid } = process;
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
