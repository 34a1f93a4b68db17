import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packageFolder, plainEnv, program, type Ran } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';

const folder = temporaryFolder();

function run(...args: string[]): Ran {
  return runIn({ CNNZOO_DATA: join(folder, 'data') }, folder, program(), ...args);
}

function runIn(env: NodeJS.ProcessEnv, cwd: string, ...args: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
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
  const script = "import * as cnnzoo from 'cnnzoo'; console.log(typeof cnnzoo.loadModel)";
  const { code, stdout, stderr } = runIn({}, packageFolder(), '--input-type=module', '-e', script);
  assert.is(stderr, '');
  assert.is(code, 0);
  assert.is(stdout, 'function\n');
});

test('leaves nothing in the home and the temporary folder: no telemetry', () => {
  const budget = ['--dataset', 'digits', '--limit', '64', '--epochs', '1', '--batch-size', '32'];
  for (const args of [
    ['train', 'lenet5', ...budget, '--run-dir', 'quiet'],
    ['evaluate', 'quiet'],
    ['export', 'quiet', '--to', 'onnx', '--out', 'quiet.onnx'],
    ['bench', 'lenet5', '--steps', '2'],
    ['doctor'],
  ]) {
    const { env, left } = emptyHome();
    const { code, stderr } = runIn(env, folder, program(), ...args);
    assert.is(code, 0, stderr);
    assert.equal(left(), [], `${args[0]} left files behind`);
  }
});

test.run();
