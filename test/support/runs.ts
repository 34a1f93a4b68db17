import { join } from 'node:path';
import { thisProcess } from '../../src/base/machine/owner.js';
import { loadModel } from '../../src/models/zoo.js';
import { configText } from '../../src/runs/run-config.js';
import type { RunInfo } from '../../src/runs/run-info.js';
import { writeTree } from './folders.js';

export interface WrittenRun {
  readonly model?: string;
  readonly status?: RunInfo['status'];
  readonly epochs?: number;
  readonly seed?: number;
  /** Of metrics.jsonl. */
  readonly linesPerEpoch?: number;
  /** Epochs done. */
  readonly done?: number;
  readonly owner?: RunInfo['owner'];
  readonly learningRate?: number;
  readonly created?: string;
  readonly accuracy?: number;
  readonly dataset?: string;
  readonly standsInFor?: string;
  /** That are learned from. */
  readonly images?: number;
  readonly tags?: readonly string[];
}

/** A process that is there no more: none has so high a number. */
export const GONE = { ...thisProcess(), pid: 4_194_304, began: '1' };

/** Writes a run folder without its weights, with figures that become better. */
export function writeRun(folder: string, name: string, wish: WrittenRun = {}): string {
  const { model = 'lenet5', status = 'completed', epochs = 3, seed = 1, linesPerEpoch = 20 } = wish;
  const { done = epochs, owner = GONE, created = '2026-08-01T12:00:00.000Z', accuracy = 0.98 } = wish;
  const { dataset = 'digits', tags = [], standsInFor, images = 6400 } = wish;
  const spec = loadModel(model, wish.learningRate === undefined ? [] : [rate(wish.learningRate)]);
  const records = Array.from({ length: done }, (_, i) => record(i + 1, accuracy));
  const info = {
    format: 1,
    status,
    model,
    title: spec.config.title,
    params: 61706,
    seed,
    epochs,
    batchSize: 64,
    stepsPerEpoch: 100,
    dataset: {
      name: dataset,
      request: dataset,
      dataDir: null,
      identity: dataset,
      origin: 'drawn',
      classes: [...'0123456789'],
      standsInFor,
      limit: null,
      trainImages: images,
      validationImages: 0,
      testImages: 1000,
    },
    engine: {
      name: 'onnx',
      device: 'cpu',
      deviceDescription: '2 threads, a processor',
      threads: null,
      versions: {},
    },
    until: [],
    initialWeights: null,
    networkSets: [],
    tags,
    replanned: [],
    cnnzoo: '0.1.0',
    node: 'v20.19.0',
    owner,
    created,
    updated: created,
    epoch: done,
    step: 0,
    epochSums: { loss: 0, correct: 0, images: 0 },
    lineSums: { loss: 0, correct: 0, images: 0 },
    epochTrainingSeconds: 0,
    epochSeconds: 0,
    seconds: 4 * done,
    history: records,
    bestEpoch: null,
    weights: 'last',
    test: status === 'completed' ? { images: 1000, loss: 1 - accuracy, accuracy } : null,
    predictionsSha256: null,
  };
  const metrics = records.flatMap((one) => [
    ...steps(one.epoch, linesPerEpoch),
    JSON.stringify({ event: 'epoch', ...one }),
  ]);
  const dir = join(folder, name);
  writeTree(dir, {
    'config.yaml': configText(spec, dataset),
    'run.json': JSON.stringify(info, null, 2),
    'metrics.jsonl': metrics.map((line) => `${line}\n`).join(''),
  });
  return dir;
}

function rate(learningRate: number) {
  return { path: ['training', 'optimizer', 'learningRate'], value: learningRate, origin: 'a test' };
}

function record(epoch: number, accuracy: number) {
  return {
    epoch,
    loss: 1 / (epoch + 1),
    accuracy: accuracy - 0.1 / epoch,
    validationLoss: null,
    validationAccuracy: null,
    testLoss: null,
    testAccuracy: null,
    seconds: 4,
    imagesPerSecond: 1600,
  };
}

/** Lines of steps as training writes them. */
export function steps(epoch: number, lines: number): string[] {
  return Array.from({ length: lines }, (_, i) => stepLine(epoch, ((i + 1) * 100) / lines));
}

export function stepLine(epoch: number, step: number): string {
  const at = epoch - 1 + step / 100;
  const line = {
    event: 'step',
    epoch,
    step,
    loss: 2.3 / (1 + 3 * at),
    accuracy: 1 - 0.9 / (1 + 3 * at),
    learningRate: 0.001,
    seconds: 4 * at,
  };
  return JSON.stringify(line);
}
