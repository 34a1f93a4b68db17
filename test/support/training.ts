import './flags.js';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StopRequest, TrainingEvent } from '../../src/runs/events.js';
import { readLines } from '../../src/runs/metrics.js';
import { planTraining, type TrainRequest } from '../../src/training/plan.js';
import { openTraining } from '../../src/training/session.js';
import { train } from '../../src/training/trainer.js';

/** A folder that is gone when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cnnzoo-test-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A network that trains in milliseconds and has everything that a checkpoint must keep: slots and dropout masks. */
export const TINY = `title: Tiny
input: [28, 28, 1]
classes: 10
dataset: digits
layers:
  - maxPool2d: 4
  - conv2d: { filters: 4, kernelSize: 3, activation: relu }
  - flatten
  - dropout: 0.2
  - dense: { units: classes, activation: softmax }
training:
  epochs: 2
  batchSize: 10
  optimizer: { name: sgd, learningRate: 0.05, momentum: 0.9 }
`;

/** Writes a model's file into a folder. */
export function writeModel(folder: string, config = TINY, name = 'tiny.yaml'): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, config);
  return path;
}

export interface Trained {
  readonly events: TrainingEvent[];
  readonly dir: string;
  /** Of what ended it too soon. */
  readonly error: unknown;
}

/** Trains in this process, as the command does but for the screen. */
export async function trainHere(
  request: TrainRequest,
  stopRequest: () => StopRequest | undefined = () => undefined,
  learningRateAt?: (update: number) => number,
): Promise<Trained> {
  const plan = await planTraining({ engine: 'onnx', device: 'cpu', threads: 1, ...request });
  const session = await openTraining(plan, { notify: () => {}, stopRequest });
  const events: TrainingEvent[] = [];
  let error: unknown;
  try {
    for await (const event of train({ ...session, learningRateAt })) events.push(event);
  } catch (thrown) {
    error = thrown;
  } finally {
    await session.close();
  }
  return { events, dir: session.folder.dir, error };
}

/** The lines of a run's metrics.jsonl without what depends on the clock. */
export function metricsOf(dir: string): object[] {
  return readLines(readFileSync(join(dir, 'metrics.jsonl'), 'utf8')).map(timeless);
}

/** Without the figures that depend on the clock. */
export function timeless(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !/second/i.test(key)));
}

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const REGISTER = new URL('./register.js', import.meta.url).href;

/** The sources, or where CNNZOO_TEST_CLI says so a program that is built, such as bin/cnnzoo.js, which starts faster. */
function commandLine(args: readonly string[]): string[] {
  const built = process.env.CNNZOO_TEST_CLI;
  return built === undefined ? ['--import', REGISTER, CLI, ...args] : [resolve(built), ...args];
}

/** Runs a command line in `cwd`; `during` may end it before its time. */
export async function cnnzoo(
  cwd: string,
  args: readonly string[],
  during: (child: ChildProcess) => void = () => {},
): Promise<Outcome> {
  const child = spawn(process.execPath, commandLine(args), {
    cwd,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (code, signal) => resolve([code, signal]));
  });
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  during(child);
  const [code, signal] = await ended;
  return { code, signal, stdout: stdout(), stderr: stderr() };
}

/** What has come out so far; the stream may be destroyed meanwhile. */
function textOf(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
