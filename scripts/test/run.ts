/**
 * `npm test`: compiles the project once, gives its test files to one process more than there are processors (tests also wait), the longest
 * first, and tells of each as it ends. A regular expression behind `--` picks files by their paths.
 * `--quick`: those alone that start no program and train nothing. `--record`: notes how long each file took.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { ROOT } from '../build.js';
import { chooseFiles, SECONDS } from './choose.js';
import { makePackage, makeProject } from './tree.js';

/** What a process says of a file that it ran. */
export interface FileResult {
  readonly total: number;
  readonly passed: number;
  /** As text; empty where nothing failed. */
  readonly failures: string;
}

interface Ended extends FileResult {
  readonly file: string;
  readonly seconds: number;
  /** What the tests printed themselves. */
  readonly output: string;
}

/** A file that takes longer has come to a standstill. */
const LIMIT_MS = 20 * 60_000;

/** The marks that uvu prints, one for each test, and its count of them; without colours. */
const MARKS = /[•✘] | {2}\(\d+ \/ \d+\)\n/g;

const RED = (text: string) => `\u001b[31m${text}\u001b[39m`;

/** A process with a temporary folder of its own, where it sees nothing of the others. */
function startWorker(tree: string, lane: number): ChildProcess {
  const temporary = join(tree, String(lane));
  mkdirSync(temporary, { recursive: true });
  const { NO_COLOR: _, ...env } = process.env;
  return fork(join(tree, 'project/scripts/test/worker.js'), {
    cwd: join(tree, 'project'),
    execArgv: [],
    env: {
      ...env,
      FORCE_COLOR: '1',
      TMPDIR: temporary,
      CNNZOO_TEST_CLI: join(tree, 'package/bin/cnnzoo.js'),
      // As many processes as processors: one thread each.
      CNNZOO_TEST_THREADS: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Has a process run a file. A process that ends meanwhile, whatever its exit code, is a failure of that file. */
function runFile(worker: ChildProcess, tree: string, file: string): Promise<Ended> {
  const start = performance.now();
  const limit = setTimeout(() => worker.kill('SIGKILL'), LIMIT_MS);
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk;
  };
  const streams = [worker.stdout!, worker.stderr!];
  for (const stream of streams) stream.on('data', collect);
  return new Promise((resolve) => {
    const end = (result: FileResult) => {
      clearTimeout(limit);
      for (const stream of streams) stream.off('data', collect);
      worker.off('message', end).off('close', breakOff);
      const seconds = (performance.now() - start) / 1000;
      resolve({ ...result, file, seconds, output: stripVTControlCharacters(output).replace(MARKS, '') });
    };
    const breakOff = (code: number | null, signal: string | null) => {
      end({
        total: 1,
        passed: 0,
        failures: `The process ended within this file (${signal ?? `code ${code}`}).\n`,
      });
    };
    worker.once('message', end).once('close', breakOff);
    worker.send(join(tree, 'project', file.replace(/\.tsx?$/, '.js')));
  });
}

function hasFailed({ total, passed }: FileResult): boolean {
  return passed < total || total === 0;
}

function tell(ended: Ended): void {
  const { file, total, passed, seconds, output, failures } = ended;
  const counts = `${passed} passed${passed < total ? `, ${total - passed} failed` : ''}`;
  const line = `${hasFailed(ended) ? '✘' : '•'} ${file}  ${counts}, ${seconds.toFixed(1)} s`;
  console.log(hasFailed(ended) ? RED(line) : line);
  if (total === 0) console.log('  It ran no test: does it end with test.run()?');
  for (const text of [output, failures]) if (text.trim() !== '') console.log(text.trimEnd());
}

/** Runs the files, each lane one after the other in a process that the lane keeps as long as it lives. */
async function runFiles(files: readonly string[], tree: string): Promise<Ended[]> {
  const waiting = [...files];
  const ended: Ended[] = [];
  const run = async (lane: number) => {
    let worker = startWorker(tree, lane);
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      if (isOver(worker)) worker = startWorker(tree, lane);
      const result = await runFile(worker, tree, file);
      tell(result);
      ended.push(result);
    }
    worker.kill();
  };
  await Promise.all(
    Array.from({ length: Math.min(availableParallelism() + 1, files.length) }, (_, i) => run(i)),
  );
  return ended;
}

/** Notes the seconds of files that ran; of the others, what was noted before, unless they are gone. */
function record(ended: readonly Ended[]): void {
  const noted = JSON.parse(readFileSync(SECONDS, 'utf8')) as Record<string, number>;
  const before = Object.entries(noted).filter(([file]) => existsSync(join(ROOT, file)));
  const now = ended.map(({ file, seconds }) => [file, Math.ceil(seconds)] as const);
  const all = [...new Map([...before, ...now])].sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(SECONDS, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
}

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, record: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const files = chooseFiles({ pattern: new RegExp(positionals[0] ?? '', 'i'), quick: values.quick });
const start = performance.now();
const tree = mkdtempSync(join(tmpdir(), 'cnnzoo-'));
process.once('exit', () => rmSync(tree, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
makePackage(join(tree, 'package'));
makeProject(join(tree, 'project'), join(tree, 'package/dist'));
const ended = await runFiles(files, tree);
if (values.record) record(ended);
const sum = (key: 'total' | 'passed') => ended.reduce((total, result) => total + result[key], 0);
const minutes = (performance.now() - start) / 60_000;
const failed = ended.filter(hasFailed).map(({ file }) => file);
if (failed.length > 0) console.log(RED(`\nFailed: ${failed.join(', ')}`));
console.log(
  `\n  Total:     ${sum('total')}\n  Passed:    ${sum('passed')}\n  Duration:  ${minutes.toFixed(1)} min`,
);
process.exitCode = files.length === 0 || failed.length > 0 ? 1 : 0;
