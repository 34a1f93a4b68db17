import '../support/flags.js';
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { endQuietlyOnClosedPipe } from '../../src/ui/lines/pipe.js';
import { ROOT } from '../support/cli.js';
import { type Outcome, outcomeOf } from '../support/processes.js';

const failure = (code: string): Error => Object.assign(new Error(`write ${code}`), { code });

test('a closed pipe is told of once', () => {
  const stream = new EventEmitter();
  let calls = 0;
  const pipe = endQuietlyOnClosedPipe(stream as unknown as NodeJS.WritableStream, () => calls++);
  assert.not(pipe.closed);
  stream.emit('error', failure('EPIPE'));
  stream.emit('error', failure('EPIPE'));
  assert.ok(pipe.closed);
  assert.is(calls, 1);
  assert.throws(() => stream.emit('error', failure('ENOSPC')), /ENOSPC/);
  pipe.stop();
  assert.is(stream.listenerCount('error'), 0);
});

/** Runs a program of ours in a process of its own and ends reading its output after the first line. */
async function runProgram(program: string): Promise<Omit<Outcome, 'stdout'>> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const { stdout: _, ...ending } = await outcomeOf(child);
  return ending;
}

test('a program whose reader has gone ends with 0 and says nothing', async () => {
  const ending = await runProgram(`
    import { endQuietlyOnClosedPipe } from './src/ui/lines/pipe.ts';
    endQuietlyOnClosedPipe(process.stdout);
    setInterval(() => process.stdout.write('line\\n'), 10);
  `);
  assert.equal(ending, { code: 0, signal: null, stderr: '' });
});

test('leaving at once ends a process whatever it listens to and whatever its workers do', async () => {
  const ending = await runProgram(`
    import { Worker } from 'node:worker_threads';
    import { beforeLeaving, leaveAtOnce } from './src/ui/lines/leave.ts';
    process.on('SIGINT', () => {});
    beforeLeaving(() => process.stderr.write('restored'));
    beforeLeaving(() => process.stderr.write('taken back'))();
    const worker = new Worker('require("node:worker_threads").parentPort.postMessage(1); for (;;);', { eval: true, execArgv: [] });
    worker.on('message', () => leaveAtOnce());
  `);
  assert.equal(ending, { code: null, signal: 'SIGINT', stderr: 'restored' });
});

test.run();
