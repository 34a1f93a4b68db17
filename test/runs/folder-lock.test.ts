import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/base/errors.js';
import { temporaryName, writeWholeText } from '../../src/base/files/files.js';
import { thisProcess } from '../../src/base/machine/owner.js';
import { type FolderLock, isOfLock, LOCK, lockFolder } from '../../src/runs/folder-lock.js';
import { claimFolder } from '../../src/runs/run-paths.js';
import { temporaryFolder } from '../support/folders.js';

const folder = temporaryFolder();

function emptyFolder(name: string): string {
  const dir = join(folder, name);
  mkdirSync(dir);
  return dir;
}

/** Leaves a lock as a process would that was killed, but for what `change` says. */
function leaveLock(dir: string, change: object = {}): void {
  const gone = { ...thisProcess(), began: '1', token: 'ab'.repeat(12), since: '2026-01-31T10:00:00.000Z' };
  writeFileSync(join(dir, LOCK), JSON.stringify({ ...gone, ...change }));
}

async function refusal(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    assert.instance(error, UsageError, String(error));
    return (error as Error).message;
  }
  return 'no error';
}

test('a folder has one owner, and is free again once that has released it', async () => {
  const dir = emptyFolder('one');
  const lock = await lockFolder(dir);
  assert.is(lock.tookOver, false);
  const busy = `${dir} is being trained by process ${process.pid}: wait for it, or stop it first.`;
  assert.is(await refusal(() => lockFolder(dir)), busy);
  assert.is(await refusal(() => claimFolder(dir, 'tiny')), busy);
  await lock.release();
  assert.equal(readdirSync(dir), []);
  await (await lockFolder(dir)).release();
});

test('an owner that is gone is followed by one process, however many try at once', async () => {
  for (let round = 0; round < 20; round++) {
    const dir = emptyFolder(`race-${round}`);
    leaveLock(dir);
    const tries = await Promise.allSettled(Array.from({ length: 10 }, () => lockFolder(dir)));
    const won = tries.filter((result): result is PromiseFulfilledResult<FolderLock> => 'value' in result);
    assert.is(won.length, 1);
    assert.is(won[0]!.value.tookOver, true);
    for (const result of tries) if ('reason' in result) assert.instance(result.reason, UsageError);
    assert.equal(readdirSync(dir), [LOCK]);
    await won[0]!.value.release();
  }
});

test('so is one that was killed while it took the folder over', async () => {
  const dir = emptyFolder('chain');
  leaveLock(dir);
  const right = join(dir, `.${LOCK}.${'ab'.repeat(12)}.next`);
  writeFileSync(
    right,
    JSON.stringify({ ...JSON.parse(readFileSync(join(dir, LOCK), 'utf8')), token: 'cd'.repeat(12) }),
  );
  writeFileSync(join(dir, `.${LOCK}.0a1b2c3d4e5f.tmp`), '{');
  // And of that right itself, before it had its name.
  writeFileSync(temporaryName(right), '{');
  assert.ok(readdirSync(dir).every(isOfLock));
  const lock = await lockFolder(dir);
  assert.equal(readdirSync(dir), [LOCK]);
  await lock.release();
});

test('the owner on another host is named, and the file to remove', async () => {
  const dir = emptyFolder('host');
  leaveLock(dir, { host: 'node\u001b7', pid: 123 });
  assert.is(
    await refusal(() => lockFolder(dir)),
    `${dir} belongs to process 123 on "node\\u001b7" since "2026-01-31T10:00:00.000Z": whether that still runs cannot be seen from here. If it does not, remove ${join(dir, LOCK)} and try again.`,
  );
});

test('a machine that was started anew has no process of before; of another container that cannot be seen', async () => {
  const { boot, pids } = thisProcess();
  if (boot === null || pids === null) return;
  const [restarted, container] = [emptyFolder('restarted'), emptyFolder('container')];
  const isWholeMachine = pids === 'pid:[4026531836]';
  leaveLock(restarted, { boot: 'before', began: thisProcess().began });
  if (isWholeMachine) assert.is((await lockFolder(restarted)).tookOver, true);
  leaveLock(container, { pids: 'pid:[1]' });
  assert.match(await refusal(() => lockFolder(container)), /cannot be seen from here/);
});

test('another process that lives is waited for', async () => {
  const dir = emptyFolder('alive');
  const child: ChildProcess = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)']);
  try {
    const stat = process.platform === 'linux' ? readFileSync(`/proc/${child.pid}/stat`, 'utf8') : undefined;
    const began = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
    leaveLock(dir, { pid: child.pid, began });
    assert.match(
      await refusal(() => lockFolder(dir)),
      new RegExp(`is being trained by process ${child.pid}: `),
    );
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    assert.is((await lockFolder(dir)).tookOver, true);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a lock that cannot be read is not taken for none', async () => {
  const dir = emptyFolder('damaged');
  writeFileSync(join(dir, LOCK), '{"pid": 1');
  assert.match(
    await refusal(() => lockFolder(dir)),
    /owner\.lock says which process owns its folder, but cannot be read: .* remove it and try again\.$/,
  );
});

test('a folder that holds a dead lock, and what its owner had begun, is free', async () => {
  const dir = emptyFolder('begun');
  leaveLock(dir);
  await (await claimFolder(dir, 'tiny')).release();
  leaveLock(dir);
  for (const file of ['config.yaml', '.run.json.0a1b2c3d4e5f.tmp']) writeFileSync(join(dir, file), '');
  await (await claimFolder(dir, 'tiny')).release();
  assert.match(await refusal(() => claimFolder(dir, 'tiny')), /the folder is not empty/);
  leaveLock(dir);
  writeFileSync(join(dir, 'notes.txt'), '');
  assert.match(await refusal(() => claimFolder(dir, 'tiny')), /the folder is not empty/);
});

test('a run that never began takes its lock away with its folder', async () => {
  const claim = await claimFolder(join(folder, 'never'), 'tiny');
  assert.equal(readdirSync(claim.dir), [LOCK]);
  await claim.abandon();
  assert.not(readdirSync(folder).includes('never'));
});

test('temporary files have names that cannot be guessed, and a link is replaced, never followed', async () => {
  const dir = emptyFolder('links');
  const [victim, path] = [join(folder, 'victim'), join(dir, 'run.json')];
  writeFileSync(victim, 'precious');
  for (const name of [`.run.json.${process.pid}.tmp`, 'run.json']) symlinkSync(victim, join(dir, name));
  await writeWholeText(path, { what: 'the state' }, 'new');
  assert.is(readFileSync(victim, 'utf8'), 'precious');
  assert.is(readFileSync(path, 'utf8'), 'new');
  const long = join(dir, `${'x'.repeat(250)}.svg`);
  await writeWholeText(long, { what: 'the picture' }, 'long');
  assert.is(readFileSync(long, 'utf8'), 'long');
});

test.run();
