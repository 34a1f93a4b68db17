import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packageFolder, plainEnv, ROOT } from '../support/cli.js';

const test = suite('cnnzoo as a library');
/** Within the package, which finds itself by its name. */
const folder = mkdtempSync(join(packageFolder(), 'library-'));

/** The programs of docs/library.md, in their order. */
const PROGRAMS = [...readFileSync(join(ROOT, 'docs/library.md'), 'utf8').matchAll(/```js\n(.*?)```/gs)].map(
  ([, code]) => code!,
);

/** What each of them prints. */
const PRINTED: readonly RegExp[] = [
  /^epoch 1: loss \d\.\d{3}\nepoch 2: loss \d\.\d{3}\ncompleted 0\.\d+\n$/,
  /^interrupted\ncompleted\n$/,
  /^407050\n0\.\d+\n\d\n\[ 784, 512 \]\n$/,
  /^stopped completed \d+ 0\.\d+\nrun completed 2 0\.\d+\nstopped\n$/,
  /^\[ 9, 2, 6, 3 \]\n$/,
  /^mnist-mlp: completed\nstart end\nmnist-mlp: interrupted\n$/,
];

function run(file: string, code: string) {
  writeFileSync(join(folder, file), code);
  return spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8', env: plainEnv() });
}

test.after(() => rmSync(folder, { recursive: true }));

test('every program of docs/library.md prints what it says, and nothing else', () => {
  assert.is(PROGRAMS.length, PRINTED.length);
  for (const [i, program] of PROGRAMS.entries()) {
    const { status, stdout, stderr } = run(`program-${i}.js`, program);
    assert.is(status, 0, stderr);
    assert.match(stdout, PRINTED[i]!, `program ${i}`);
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
