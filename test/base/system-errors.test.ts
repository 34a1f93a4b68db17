import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/base/errors.js';
import { requireThreads, usableProcessors } from '../../src/base/machine/cores.js';
import { shortageOf } from '../../src/base/machine/system-errors.js';
import { plainEnv, program, ROOT, runCli } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { writeModel } from '../support/training.js';

const folder = temporaryFolder();
const model = writeModel(folder);

/** Runs the program under a limit of the shell; null where there is no such shell. */
function limited(limit: string, words: readonly string[]): { code: number | null; stderr: string } {
  const line = `${limit}; exec "$@"`;
  const { status, stderr } = spawnSync('bash', ['-c', line, 'bash', process.execPath, program(), ...words], {
    cwd: ROOT,
    encoding: 'utf8',
    env: plainEnv(),
  });
  return { code: status, stderr };
}

const isUnix = process.platform !== 'win32' && existsSync('/bin/bash');

test('what has been said in our own words is not said again around them', () => {
  const shortage = shortageOf(new Error('std::bad_alloc'))!;
  assert.match(shortage.message, /^Memory has run out: .* \(std::bad_alloc\)$/);
  assert.is(shortageOf(shortage), undefined);
});

test('a file that may not become as large is told with the way out, and the run remains', () => {
  if (!isUnix) return;
  const dir = join(folder, 'small');
  const words = ['train', model, '--limit', '60', '--epochs', '1', '--run-dir', dir, '--threads', '1'];
  const { code, stderr } = limited('ulimit -f 2', words);
  assert.is(code, 1, stderr);
  assert.match(
    stderr,
    /could not be written to .*: it would be larger than files may be here \(ulimit -f\)\./,
  );
  assert.not.match(stderr, 'internal');
});

test('a shortage of the system is one sentence with the way out', () => {
  const cases: [Error, RegExp][] = [
    [failed('EMFILE', 'EMFILE: too many open files'), /^This process may open no more files: .*ulimit -n/],
    [failed('EAGAIN', 'spawn EAGAIN'), /^No more threads or processes can be started here: .*--threads/],
    [failed('ERR_WORKER_INIT_FAILED', 'Worker initialization failure: EAGAIN'), /^No more threads/],
    [failed('ERR_WORKER_INIT_FAILED', 'Worker initialization failure: EMFILE'), /^This process may open/],
    [failed('ENOMEM', 'ENOMEM: not enough memory'), /^Memory has run out: .*--batch-size/],
    [failed('ENOSPC', 'ENOSPC: no space left on device'), /^The disk is full: make room/],
    [failed('EFBIG', 'EFBIG: file too large'), /^A file would become larger than is allowed here/],
    [new RangeError('Array buffer allocation failed'), /^Memory has run out/],
    [failed('ERR_DLOPEN_FAILED', 'x.so: failed to map segment from shared object'), /^Memory has run out/],
    [
      failed('ERR_DLOPEN_FAILED', 'libvips.so: cannot open shared object file\n at x'),
      /^A library cannot be loaded: libvips\.so: cannot open shared object file\. Install cnnzoo anew/,
    ],
    [new Error('pthread_create failed, error msg: Resource temporarily unavailable'), /^No more threads/],
  ];
  for (const [error, sentence] of cases) assert.match(shortageOf(error)?.message ?? 'none', sentence);
  assert.is(shortageOf(new TypeError('x is not a function')), undefined);
});

test('--threads asks for no more than this process may use', () => {
  const usable = usableProcessors();
  requireThreads(usable);
  requireThreads(undefined);
  assert.throws(
    () => requireThreads(usable + 1),
    (error: unknown) => error instanceof UsageError,
  );
  for (const words of [
    ['train', model, '--dataset', 'digits', '--run-dir', join(folder, 'many')],
    ['bench', model],
  ]) {
    const { code, stderr } = runCli([...words, '--threads', '100000']);
    assert.is(code, 2);
    assert.match(stderr, `--threads 100000: this process may use ${usable} processor`);
    assert.match(stderr, `so take --threads ${usable} or less.\n`);
  }
  assert.not.ok(existsSync(join(folder, 'many')));
});

function failed(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

test.run();
