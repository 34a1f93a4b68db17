import { type FileHandle, open } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { codeOf, UsageError } from '../../base/errors.js';
import { asWriteError, writeBytes } from '../../base/files/files.js';
import { makeFolders } from '../../base/files/folders.js';
import type { Tensors } from '../../base/tensor.js';
import { setting } from '../../base/text/settings.js';
import type { Graph } from '../../models/graph/graph.js';
import type { MetricsLine } from '../../runs/metrics.js';
import type { EpochRecord, RunProgress } from '../../runs/progress.js';
import type { RunListener } from '../../runs/run-folder.js';
import type { TestResult } from '../../runs/run-info.js';
import { imageEvent, scalarsEvent, startEvent, versionEvent } from './events.js';
import { recordOf } from './records.js';

/** Curves of one name lie over each other in TensorBoard. */
type Curve = 'train' | 'validation' | 'test';

/**
 * What a run writes for TensorBoard while it is trained: in a folder of the run's name its curves, under the names that
 * Keras gives them, and the first layer's filters.
 */
export class TensorBoard implements RunListener {
  readonly #files = new Map<Curve, EventFile>();
  readonly #testedEpochs = new Set<number>();

  readonly #asked: string;
  readonly #place: string;
  readonly #graph: Graph;
  readonly #stepsPerEpoch: number;
  /** Steps done before. */
  readonly #begin: number;

  private constructor(asked: string, place: string, graph: Graph, stepsPerEpoch: number, begin: number) {
    this.#asked = asked;
    this.#place = place;
    this.#graph = graph;
    this.#stepsPerEpoch = stepsPerEpoch;
    this.#begin = begin;
  }

  /**
   * Begins event files in `folder`; where a run goes on, what they had of later steps counts no more.
   * @throws UsageError where that cannot be a folder; WorkError where it cannot be written to
   */
  static async open(
    folder: string,
    run: string,
    graph: Graph,
    { stepsPerEpoch, progress }: { readonly stepsPerEpoch: number; readonly progress: RunProgress },
  ): Promise<TensorBoard> {
    const begin = progress.epoch * stepsPerEpoch + progress.step;
    const place = join(folder, basename(resolve(run)));
    const board = new TensorBoard(folder, place, graph, stepsPerEpoch, begin);
    await board.#file('train');
    return board;
  }

  /** A line of metrics.jsonl. */
  async log(line: MetricsLine): Promise<void> {
    if (line.event !== 'step') return;
    const { epoch, step, loss, accuracy, learningRate } = line;
    const scalars = { batch_loss: loss, batch_accuracy: accuracy, batch_learning_rate: learningRate };
    await this.#scalars('train', (epoch - 1) * this.#stepsPerEpoch + step, scalars);
  }

  /** The end of an epoch. */
  async epoch(record: EpochRecord, weights: Tensors): Promise<void> {
    const { epoch, loss, accuracy, validationLoss, validationAccuracy, imagesPerSecond } = record;
    const step = epoch * this.#stepsPerEpoch;
    const scalars = { epoch_loss: loss, epoch_accuracy: accuracy, images_per_second: imagesPerSecond };
    await this.#scalars('train', step, scalars);
    if (validationLoss !== null && validationAccuracy !== null) {
      const validation = { epoch_loss: validationLoss, epoch_accuracy: validationAccuracy };
      await this.#scalars('validation', step, validation);
    }
    if (record.testLoss !== null && record.testAccuracy !== null)
      await this.#logTest(epoch, { loss: record.testLoss, accuracy: record.testAccuracy });
    await this.filters(step, weights);
  }

  /** The test images, with the weights of an epoch; once each. */
  async test(epoch: number, result: TestResult): Promise<void> {
    if (!this.#testedEpochs.has(epoch)) await this.#logTest(epoch, result);
  }

  async #logTest(
    epoch: number,
    { loss, accuracy }: { readonly loss: number; readonly accuracy: number },
  ): Promise<void> {
    this.#testedEpochs.add(epoch);
    await this.#scalars('test', epoch * this.#stepsPerEpoch, { epoch_loss: loss, epoch_accuracy: accuracy });
  }

  /** The filters of the first convolution after so many steps; nothing where there is none. */
  async filters(step: number, weights: Tensors): Promise<void> {
    const { filterSheet } = await import('../../rasters/filter-sheet.js');
    const sheet = await filterSheet(this.#graph, weights);
    if (sheet) await (await this.#file('train')).write(imageEvent(step, `${sheet.layer}/kernel`, sheet));
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await file.close();
  }

  async #scalars(curve: Curve, step: number, values: Readonly<Record<string, number>>): Promise<void> {
    await (await this.#file(curve)).write(scalarsEvent(step, values));
  }

  async #file(curve: Curve): Promise<EventFile> {
    const file =
      this.#files.get(curve) ?? (await EventFile.open(join(this.#place, curve), this.#asked, this.#begin));
    this.#files.set(curve, file);
    return file;
  }
}

/** A TFRecord file of events; whoever reads it finds all that was written so far. */
class EventFile {
  readonly #path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  static async open(folder: string, asked: string, step: number): Promise<EventFile> {
    // What TensorBoard looks for is "tfevents"; it reads a folder's files in the order of the time in their names.
    const path = join(folder, `events.out.tfevents.${Math.floor(Date.now() / 1000)}.cnnzoo.${process.pid}`);
    try {
      await makeFolders(folder);
      const file = new EventFile(path, await open(path, 'a'));
      await file.write(versionEvent());
      if (step > 0) await file.write(startEvent(step + 1));
      return file;
    } catch (error) {
      if (['EEXIST', 'ENOTDIR'].includes(codeOf(error) ?? ''))
        throw new UsageError(
          `${setting('tensorboard', asked)}: a folder was expected, but there is a file in its way.`,
        );
      throw asWriteError(path, WRITING, error);
    }
  }

  async write(event: Uint8Array): Promise<void> {
    try {
      await writeBytes(this.#handle, recordOf(event));
    } catch (error) {
      throw asWriteError(this.#path, WRITING, error);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

const WRITING = {
  what: "TensorBoard's events",
  rescue: () => `Name another folder by ${setting('tensorboard')}, or leave it out.`,
};
