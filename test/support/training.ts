import './flags.js';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StopRequest, TrainingEvent } from '../../src/runs/events.js';
import { readLines } from '../../src/runs/metrics.js';
import { planTraining, type TrainRequest } from '../../src/training/plan.js';
import { openTraining } from '../../src/training/session.js';
import { train } from '../../src/training/trainer.js';

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
