import { Worker } from 'node:worker_threads';
import { messageOf, WorkError } from '../../base/errors.js';
import { entryPoint } from '../../base/files/places.js';
import { usableProcessors } from '../../base/machine/cores.js';
import { shortageOf } from '../../base/machine/system-errors.js';
import type { AugmentPlan } from './augment.js';

/** More are of no use to the fastest network that was measured. */
const MOST_THREADS = 8;

/** A batch to be augmented: pixels of [indices.length or more, H, W, C]. */
export interface AugmentRequest {
  readonly id: number;
  readonly epoch: number;
  /** The numbers of its images in the split. */
  readonly indices: Uint32Array;
  readonly pixels: Uint8Array<ArrayBuffer>;
}

export interface AugmentReply {
  readonly id: number;
  readonly pixels: Uint8Array<ArrayBuffer>;
}

interface Waiting {
  readonly thread: Thread;
  resolve(pixels: Uint8Array): void;
  reject(error: Error): void;
}

interface Thread {
  readonly worker: Worker;
  /** Batches that it has not given back. */
  batches: number;
}

/**
 * Threads that augment batches while steps run and others are read. The bytes are those that any other way of calling an
 * `Augment` gives, whichever thread does it.
 */
export class AugmentThreads {
  readonly #waiting = new Map<number, Waiting>();
  readonly #threads: readonly Thread[];
  #count = 0;

  /** @param count as many threads; by default one processor is left to the others */
  constructor(plan: AugmentPlan, count = Math.max(1, Math.min(MOST_THREADS, usableProcessors() - 1))) {
    this.#threads = Array.from({ length: count }, () => {
      const worker = new Worker(entryPoint('data/batches/augment-thread'), { workerData: plan });
      // What nobody waits for keeps no process alive.
      worker.unref();
      worker.on('message', (reply: AugmentReply) => this.#settle(reply));
      worker.on('error', (error) => {
        this.#fail(
          shortageOf(error) ?? new WorkError(`A thread that augments images failed: ${messageOf(error)}.`),
        );
      });
      return { worker, batches: 0 };
    });
  }

  /** Changes the images of a batch, whose memory moves to a thread and back. @returns its pixels */
  augment(epoch: number, indices: Uint32Array, pixels: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const thread = this.#threads.reduce((least, one) => (one.batches < least.batches ? one : least));
    const id = this.#count++;
    if (thread.batches++ === 0) thread.worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { thread, resolve, reject });
      const request: AugmentRequest = { id, epoch, indices: indices.slice(), pixels };
      thread.worker.postMessage(request, [pixels.buffer]);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
    this.#fail(new WorkError('Augmentation was ended.'));
  }

  #settle({ id, pixels }: AugmentReply): void {
    const { thread, resolve } = this.#waiting.get(id)!;
    this.#waiting.delete(id);
    if (--thread.batches === 0) thread.worker.unref();
    resolve(pixels);
  }

  #fail(error: WorkError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
