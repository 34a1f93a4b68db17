import { createHash } from 'node:crypto';
import { link, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isTemporaryOf, type Writing, writeWholeText } from '../base/files/files.js';
import { exists } from '../base/files/folders.js';
import type { Tensors } from '../base/tensor.js';
import { setting } from '../base/text/settings.js';
import type { ModelSpec } from '../models/config/spec.js';
import { type Checkpoint, readWeights, writeCheckpoint, writeWeights } from './checkpoint.js';
import { type MetricsLine, MetricsLog } from './metrics.js';
import type { Predictions } from './predictions.js';
import { predictionsText } from './predictions-file.js';
import { type EpochRecord, NO_PROGRESS, type RunProgress, whereIs } from './progress.js';
import { configText } from './run-config.js';
import type { RunInfo, TestResult } from './run-info.js';
import {
  CHECKPOINT,
  CONFIG,
  METRICS,
  PREDICTIONS,
  PREVIOUS,
  RUN_INFO,
  resumeCommand,
  WEIGHTS,
} from './run-paths.js';

const FILES = [CONFIG, RUN_INFO, METRICS, CHECKPOINT, WEIGHTS, PREDICTIONS];

/** Is told of all that is written down of a run: TensorBoard's files. */
export interface RunListener {
  /** A line of metrics.jsonl. */
  log(line: MetricsLine): Promise<void>;
  /** The end of an epoch, with the weights after it. */
  epoch(record: EpochRecord, weights: Tensors): Promise<void>;
  /** The figures of the test images, with the weights of an epoch. */
  test(epoch: number, result: TestResult): Promise<void>;
  close(): Promise<void>;
}

/** Where a run begins or goes on. */
interface Begin {
  readonly checkpoint: Checkpoint | null;
  /** Whether that is the one before checkpoint.safetensors, which cannot be used. */
  readonly isPrevious: boolean;
  /** Is told of everything that is written down, too. */
  readonly board: RunListener | null;
}

/** A run's folder while this process, which owns it, trains the run. Everything in it is written whole or not at all. */
export class RunFolder {
  #metrics: MetricsLog | undefined;
  /** Of the checkpoint on the disk; null before the first. */
  #saved: RunProgress | null;
  /** Whether checkpoint.safetensors is worth to be kept. */
  #isLatestWhole: boolean;
  /** Of the predictions.csv that this process has written. */
  #predictionsSha256: string | null = null;
  /** Whether there is enough on the disk to go on with. */
  #isRun: boolean;

  #current: RunInfo;
  readonly #board: RunListener | null;

  private constructor(
    readonly dir: string,
    current: RunInfo,
    { checkpoint, isPrevious }: Begin,
    board: RunListener | null,
  ) {
    this.#current = current;
    this.#board = board;
    this.#saved = checkpoint?.progress ?? null;
    this.#isLatestWhole = checkpoint !== null && !isPrevious;
    this.#isRun = exists(join(dir, RUN_INFO));
  }

  /**
   * Begins a run in `dir`, or goes on with the run in it from `checkpoint`: later lines of metrics.jsonl and what a kill left
   * half written go away, and the weights of an epoch that was killed between its two files are written again.
   * @throws WorkError where something cannot be written.
   */
  static async open(dir: string, spec: ModelSpec, info: RunInfo, begin: Begin): Promise<RunFolder> {
    const { checkpoint, board } = begin;
    const folder = new RunFolder(dir, info, begin, board);
    for (const file of await readdir(dir)) {
      if (isTemporaryOf(file, FILES)) await rm(join(dir, file), { force: true });
    }
    const config = configText(spec, info.dataset.request);
    const before = await readFile(join(dir, CONFIG), 'utf8').catch(() => undefined);
    if (config !== before) await writeWholeText(join(dir, CONFIG), folder.#writing('the config'), config);
    await folder.update({});
    folder.#isRun = true;
    const progress = checkpoint?.progress ?? NO_PROGRESS;
    folder.#metrics = await MetricsLog.open(join(dir, METRICS), progress, folder.#writing('the metrics'));
    if (checkpoint !== null) await folder.#mendWeights(checkpoint);
    return folder;
  }

  get info(): RunInfo {
    return this.#current;
  }

  /** How far the checkpoint on the disk has come; null before the first. */
  get saved(): RunProgress | null {
    return this.#saved;
  }

  async log(line: MetricsLine): Promise<void> {
    await this.#metrics!.append(line);
    await this.#board?.log(line);
  }

  async logEpoch(record: EpochRecord, weights: Tensors): Promise<void> {
    await this.log({ event: 'epoch', ...record });
    await this.#board?.epoch(record, weights);
  }

  /** Weights, optimizer and progress in one file, beside the one before; run.json repeats the progress for readers. */
  async saveCheckpoint(checkpoint: Checkpoint): Promise<void> {
    await this.#metrics!.flush();
    const [path, writing] = [join(this.dir, CHECKPOINT), this.#writing('the checkpoint')];
    await writeCheckpoint(path, checkpoint, this.#current.model, writing, () => this.#keepLatest());
    this.#isLatestWhole = true;
    this.#saved = checkpoint.progress;
    await this.update(checkpoint.progress);
  }

  /** Makes the latest checkpoint the one before, as soon as the next is on the disk. At no moment there is none. */
  async #keepLatest(): Promise<void> {
    if (!this.#isLatestWhole) return;
    const [latest, previous] = [join(this.dir, CHECKPOINT), join(this.dir, PREVIOUS)];
    if (!exists(latest)) return;
    await rm(previous, { force: true });
    // File systems without hard links: then there is only the one before for a moment.
    await link(latest, previous).catch(() => rename(latest, previous));
  }

  async saveWeights(weights: Tensors, kind: 'best' | 'last', { epoch, step }: RunProgress): Promise<void> {
    const saved = { weights, kind, epoch, step };
    await writeWeights(join(this.dir, WEIGHTS), saved, this.#current.model, this.#writing('the weights'));
    if (this.#current.weights !== kind) await this.update({ weights: kind });
  }

  /** What weights.safetensors holds. */
  async readWeights(): Promise<Tensors> {
    return (await readWeights(join(this.dir, WEIGHTS))).weights;
  }

  /** What the network took each test image for: to be written before run.json tells of the evaluation. */
  async savePredictions(predictions: Predictions): Promise<void> {
    const [path, text] = [join(this.dir, PREDICTIONS), predictionsText(predictions)];
    await writeWholeText(path, this.#writing('the test predictions'), text);
    this.#predictionsSha256 = createHash('sha256').update(text).digest('hex');
  }

  /** Writes run.json with some of it changed. */
  async update(change: Partial<RunInfo>): Promise<void> {
    const predictionsSha256 = change.test ? this.#predictionsSha256 : this.#current.predictionsSha256;
    this.#current = { ...this.#current, ...change, predictionsSha256, updated: new Date().toISOString() };
    const text = `${JSON.stringify(this.#current, null, 2)}\n`;
    await writeWholeText(join(this.dir, RUN_INFO), this.#writing("the run's state"), text);
    if (change.test) await this.#board?.test(this.#current.bestEpoch ?? this.#current.epoch, change.test);
  }

  async close(): Promise<void> {
    await this.#metrics?.close();
    await this.#board?.close();
  }

  /** A checkpoint at an epoch's end holds the very weights that were to be written next. */
  async #mendWeights({ state, progress }: Checkpoint): Promise<void> {
    const { epoch, step, bestEpoch } = progress;
    if (epoch === 0 || step > 0 || (bestEpoch !== null && bestEpoch !== epoch)) return;
    const stored = await readWeights(join(this.dir, WEIGHTS)).catch(() => undefined);
    if (stored?.epoch === epoch && stored.step === 0) return;
    await this.saveWeights(state.weights, bestEpoch === null ? 'last' : 'best', progress);
  }

  #writing(what: string): Writing {
    if (!this.#isRun)
      return {
        what,
        rescue: () => `Training has not begun. Make room, or name another folder by ${setting('runDir')}.`,
      };
    return { what, rescue: () => this.#rescue() };
  }

  /** What is on the disk where something cannot be written to it. */
  #rescue(): string {
    const [saved, resume] = [this.#saved, resumeCommand(this.dir)];
    if (!exists(join(this.dir, RUN_INFO))) return 'What had been saved before is not there any more, either.';
    const isThere = [CHECKPOINT, PREVIOUS].some((file) => exists(join(this.dir, file)));
    const kept =
      saved === null
        ? 'No checkpoint had been saved before'
        : `The checkpoint before it (${whereIs(saved)}) is ${isThere ? 'intact' : 'not there any more'}`;
    return `${kept}. Once that is mended, go on with: ${resume}`;
  }
}
