import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { peakMemory } from '../../../src/base/machine/memory.js';
import { ROOT } from '../../support/cli.js';

const test = suite('peak memory');

const MODULE = join(ROOT, 'src/base/machine/memory.ts');

test('a process that starts another does not lend it its size', () => {
  const large = Buffer.alloc(600e6, 1);
  const child = spawnSync(
    process.execPath,
    [
      '--import',
      'tsx',
      '-e',
      `import(${JSON.stringify(MODULE)}).then((m) => process.stdout.write(String(m.peakMemory())))`,
    ],
    { encoding: 'utf8', cwd: ROOT },
  );
  const bytes = Number(child.stdout);
  assert.ok(bytes > 2e7 && bytes < 4e8, `${bytes} ${child.stderr}`);
  assert.ok(peakMemory() > large.length);
});

test.run();
