import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packageFolder, plainEnv } from '../support/cli.js';
import { libraryPrograms } from '../support/library-programs.js';

const test = suite('cnnzoo as a library');
/** Within the package, which finds itself by its name. */
const folder = mkdtempSync(join(packageFolder(), 'library-'));

function run(file: string, code: string) {
  writeFileSync(join(folder, file), code);
  return spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8', env: plainEnv() });
}

test.after(() => rmSync(folder, { recursive: true }));

test('every program of docs/library.md prints what it says, and nothing else', () => {
  for (const [i, { code, prints }] of libraryPrograms().entries()) {
    const { status, stdout, stderr } = run(`program-${i}.js`, code);
    assert.is(status, 0, stderr);
    assert.match(stdout, prints, `program ${i}`);
    assert.is(stderr, '', `program ${i}`);
  }
});

test('errors are classes that name the setting by its key', () => {
  const code = `
    import { train, UsageError, WorkError } from 'cnnzoo';
    const failure = async (options) => {
      try { for await (const _ of train(options)); } catch (error) { return error; }
    };
    const usage = await failure({ model: 'lenet5', batchSize: 0 });
    console.log(usage instanceof UsageError, usage.message);
    const work = await failure({ model: 'lenet5', dataset: './nowhere' });
    console.log(work instanceof WorkError, work.message);
  `;
  const { stdout } = run('errors.js', code);
  const [usage, work] = stdout.split('\n');
  assert.match(usage!, /^true batchSize 0: training\.batchSize must be/);
  assert.match(work!, /^true .*nowhere/);
});

test.run();
