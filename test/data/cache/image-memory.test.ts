import { spawnSync } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { usableMemory } from '../../../src/base/machine/memory.js';
import { imageMemory } from '../../../src/data/index.js';
import { ROOT } from '../../support/cli.js';

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

test.run();
