import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundle } from '../../scripts/build.js';
import { plainEnv, type Ran, ROOT } from '../support/cli.js';

/** The package as users have it: bin/, configs/ and a fresh dist/, without src/. */
const folder = mkdtempSync(join(tmpdir(), 'cnnzoo-built-'));
const test = suite('the built program');

function run(...args: string[]): Ran {
  return runIn({ CNNZOO_DATA: join(folder, 'data') }, join(folder, 'bin/cnnzoo.js'), ...args);
}

function runIn(env: NodeJS.ProcessEnv, ...args: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: plainEnv(env),
  });
  return { code: status, stdout, stderr };
}

/** A home and a temporary folder with nothing in them; `left` lists what was written there since. */
function emptyHome(): { env: NodeJS.ProcessEnv; left: () => string[] } {
  const home = mkdtempSync(join(folder, 'home-'));
  const temporary = mkdtempSync(join(folder, 'tmp-'));
  const env = { HOME: home, TMPDIR: temporary, XDG_CACHE_HOME: undefined, ORT_DISABLE_TELEMETRY: undefined };
  const left = () => [home, temporary].flatMap((of) => readdirSync(of, { recursive: true }).map(String));
  return { env, left };
}

test.before(() => {
  mkdirSync(join(folder, 'bin'));
  for (const file of ['package.json', 'bin/cnnzoo.js']) copyFileSync(join(ROOT, file), join(folder, file));
  for (const name of ['configs', 'node_modules']) symlinkSync(join(ROOT, name), join(folder, name));
  bundle(join(folder, 'dist'));
});
test.after(() => rmSync(folder, { recursive: true }));

test('finds its models', () => {
  const { code, stdout, stderr } = run('summary', 'vgg16', '--json');
  assert.is(stderr, '');
  assert.is(code, 0);
  assert.is(JSON.parse(stdout).totals.params, 138_357_544);
});

test('finds its engine thread: it trains', () => {
  const { code, stdout, stderr } = run(
    ...['train', 'lenet5', '--dataset', 'digits', '--limit', '64', '--epochs', '1', '--batch-size', '32'],
    ...['--run-dir', 'run', '--json'],
  );
  assert.is(code, 0, stderr);
  assert.is(JSON.parse(stdout.trim().split('\n').at(-1)!).reason, 'completed');
  assert.ok(existsSync(join(folder, 'run/weights.safetensors')));
});

test('finds the probe of its providers', () => {
  const { code, stdout, stderr } = run('doctor', '--json');
  assert.is(code, 0, stderr);
  const webgpu = JSON.parse(stdout).find(({ name }: { name: string }) => name === 'onnx engine, webgpu');
  // With code 1 Node ends where there is no such script.
  assert.not.match(webgpu.detail, /\(code 1\)/);
});

test('names the sources in the stack of --verbose', () => {
  const { stderr } = run('summary', 'lenet-5', '--verbose');
  assert.match(stderr, /^There is no model "lenet-5"/);
  assert.match(stderr, /\n +at .*src\/models\/\w[\w-]*\.ts:\d+/);
});

test('is a library too', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', "import * as cnnzoo from 'cnnzoo'; console.log(typeof cnnzoo.loadModel)"],
    { cwd: folder, encoding: 'utf8' },
  );
  assert.is(stderr, '');
  assert.is(status, 0);
  assert.is(stdout, 'function\n');
});

test('leaves nothing in the home and the temporary folder: no telemetry', () => {
  const cli = join(folder, 'bin/cnnzoo.js');
  const budget = ['--dataset', 'digits', '--limit', '64', '--epochs', '1', '--batch-size', '32'];
  for (const args of [
    ['train', 'lenet5', ...budget, '--run-dir', 'quiet'],
    ['evaluate', 'quiet'],
    ['export', 'quiet', '--to', 'onnx', '--out', 'quiet.onnx'],
    ['bench', 'lenet5', '--steps', '2'],
    ['doctor'],
  ]) {
    const { env, left } = emptyHome();
    const { code, stderr } = runIn(env, cli, ...args);
    assert.is(code, 0, stderr);
    assert.equal(left(), [], `${args[0]} left files behind`);
  }
});

test.run();
