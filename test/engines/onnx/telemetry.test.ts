import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plainEnv, ROOT } from '../../support/cli.js';

/** Runs a script in a process whose environment says nothing of telemetry but `env`. No session begins, so nothing is sent. */
function run(script: string, env: NodeJS.ProcessEnv = {}): { stdout: string; stderr: string } {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', './test/support/register.js', '--input-type=module', '-e', script],
    { cwd: ROOT, encoding: 'utf8', env: plainEnv({ ORT_DISABLE_TELEMETRY: undefined, ...env }) },
  );
  return { stdout: stdout.trim(), stderr };
}

/** What native code sees of the environment: the child inherits it. */
const SEEN =
  "(await import('node:child_process')).execFileSync('/usr/bin/env', { encoding: 'utf8' }).includes('ORT_DISABLE_TELEMETRY=1')";
const LOAD = "await import('./src/engines/onnx/library/onnxruntime.ts');";

test('ONNX Runtime is loaded with its telemetry switched off', () => {
  assert.is(run(`${LOAD} console.log(${SEEN});`).stdout, 'true');
});

test('CNNZOO_ORT_TELEMETRY=1 leaves it as it is', () => {
  assert.is(run(`${LOAD} console.log(${SEEN});`, { CNNZOO_ORT_TELEMETRY: '1' }).stdout, 'false');
});

test('a thread that cannot switch it off does not load ONNX Runtime', () => {
  const inThread = (before: string) => `
    import { Worker } from 'node:worker_threads';
    ${before}
    const thread = new Worker("import('./src/engines/onnx/library/onnxruntime.ts').then(() => console.log('loaded'), ({ message }) => console.log(message))", { eval: true });
    await new Promise((resolve) => thread.on('exit', resolve));`;
  assert.match(
    run(inThread('')).stdout,
    /^ONNX Runtime would send telemetry, which cannot be switched off from a thread: set /,
  );
  assert.is(run(inThread("process.env.ORT_DISABLE_TELEMETRY = '1';")).stdout, 'loaded');
});

test.run();
