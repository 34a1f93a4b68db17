import { Worker } from 'node:worker_threads';
import { messageOf, WorkError } from '../../../../../base/errors.js';
import { entryPoint } from '../../../../../base/files/places.js';
import { receivedError } from '../../../../../base/machine/sent-errors.js';
import { shortageOf } from '../../../../../base/machine/system-errors.js';
import { settingNames } from '../../../../../base/text/settings.js';
import type { Order, Report } from './worker.js';

type Kind = Exclude<Report['kind'], 'failed'>;
type ReportOf<K extends Kind> = Extract<Report, { kind: K }>;

interface Waiting {
  readonly kind: Kind;
  resolve(report: Report): void;
  reject(error: Error): void;
}

/** A thread that a replica computes in. It loads ONNX Runtime as soon as it is made, and has a replica once it is told to start one. */
export class ReplicaThread {
  readonly #worker = new Worker(entryPoint('engines/onnx/programs/carriers/replicas/worker'), {
    workerData: settingNames(),
  });
  readonly #ended: Promise<void>;
  readonly #waiting: Waiting[] = [];
  #failure: Error | undefined;
  #onFailure: () => void = () => {};

  constructor() {
    // What nobody waits for keeps no process alive.
    this.#worker.unref();
    this.#worker.on('message', (report: Report) => this.#settle(report));
    this.#worker.on('error', (error) =>
      this.#fail(shortageOf(error) ?? new WorkError(`A thread of the engine failed: ${messageOf(error)}.`)),
    );
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#fail(new WorkError(`A thread of the engine ended with code ${code}.`));
        resolve();
      });
    });
  }

  /** What is to be done when it goes no further, whenever that is. */
  set onFailure(action: () => void) {
    this.#onFailure = action;
    if (this.#failure) action();
  }

  tell(order: Order): void {
    this.#worker.postMessage(order);
  }

  /** Tells it something, and waits for the report of this kind. @throws WorkError where it goes no further */
  ask<K extends Kind>(order: Order, kind: K): Promise<ReportOf<K>> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#worker.ref();
    this.tell(order);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ kind, resolve: (report) => resolve(report as ReportOf<K>), reject });
    });
  }

  /**
   * Ends it once it has done what it was told: to be called when its replica waits for nobody. (A thread that is ended by force
   * within a run of ONNX Runtime ends the whole process.)
   */
  async end(): Promise<void> {
    this.#worker.ref();
    this.tell({ kind: 'end' });
    await this.#ended;
  }

  #settle(report: Report): void {
    if (report.kind === 'failed') {
      this.#fail(receivedError(report.error));
      return;
    }
    const at = this.#waiting.findIndex(({ kind }) => kind === report.kind);
    if (at < 0) return;
    const [waiting] = this.#waiting.splice(at, 1);
    if (this.#waiting.length === 0) this.#worker.unref();
    waiting!.resolve(report);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#onFailure();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
