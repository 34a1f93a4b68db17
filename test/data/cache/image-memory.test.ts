import '../../support/flags.js';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { usableMemory } from '../../../src/base/machine/memory.js';
import { imageMemory, loadDataset } from '../../../src/data/index.js';
import type { DataNotice, DatasetRequest } from '../../../src/data/sets/dataset.js';
import { ROOT } from '../../support/cli.js';
import { classOf, load } from '../../support/files/pictures.js';
import { withFolder, writeTree } from '../../support/folders.js';

test('images take 1 GB of memory, or a quarter of what there is', () => {
  assert.is(imageMemory(), Math.min(1e9, usableMemory() / 4));
});

test('a control group that grants less lets them take less', () => {
  const group = `/sys/fs/cgroup/memory/cnnzoo-test-${process.pid}`;
  try {
    mkdirSync(group);
  } catch {
    console.log('skipped: control groups can be made by root only');
    return;
  }
  try {
    writeFileSync(`${group}/memory.limit_in_bytes`, String(800 * 2 ** 20));
    const url = (path: string) => pathToFileURL(join(ROOT, path)).href;
    const program = `import { imageMemory } from '${url('src/data/index.ts')}'; console.log(String(imageMemory()));`;
    const node = [process.execPath, '--import', url('test/support/register.js')];
    const command = ['-c', `echo $$ > ${group}/cgroup.procs && exec "$@"`, 'bash', ...node];
    const { stdout, stderr } = spawnSync('bash', [...command, '--input-type=module', '-e', program], {
      encoding: 'utf8',
    });
    assert.is(stdout.trim(), String(200 * 2 ** 20), stderr);
  } finally {
    rmdirSync(group);
  }
});

test('memory that keeps fewer images than a batch has is told of, once and with figures', () =>
  withFolder(async (root) => {
    writeTree(root, { ...(await classOf('train/a', 4, 0)), ...(await classOf('train/b', 4, 9)) });
    writeTree(root, { ...(await classOf('test/a', 1, 99)), ...(await classOf('test/b', 1, 98)) });
    const messages = async (rest: Partial<DatasetRequest>) =>
      (await load(root, rest)).said.map(({ message }) => message);
    const rest = 'the others are read from the disk or made anew whenever they are needed.';
    // A picture is one pixel of three channels.
    assert.equal(await messages({ memoryBytes: 11, batchSize: 4 }), [
      `--image-memory of 11 B keeps 3 of 10 images in memory, as a batch of 4 takes 12 B; ${rest}`,
    ]);
    assert.equal(await messages({ memoryBytes: 2 }), [
      `--image-memory of 2 B keeps 0 of 10 images in memory, as one takes 3 B; ${rest}`,
    ]);
    for (const enough of [
      { memoryBytes: 12, batchSize: 4 },
      { memoryBytes: 0, batchSize: 4 },
      { batchSize: 4 },
    ])
      assert.equal(await messages(enough), []);
    const said: string[] = [];
    const notify = (notice: DataNotice) => void (notice.kind === 'notice' && said.push(notice.message));
    const wish = { name: 'shapes', explicit: true, shape: [32, 32, 3], classes: 10 } as const;
    await loadDataset({ ...wish, memoryBytes: 5000, batchSize: 16, notify });
    assert.equal(said, [
      `--image-memory of 5.0 kB keeps 1 of 12,000 images in memory, as a batch of 16 takes 49.2 kB; ${rest}`,
    ]);
  }));

test.run();
