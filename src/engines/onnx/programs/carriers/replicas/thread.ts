import { Worker } from 'node:worker_threads';
import { messageOf, WorkError } from '../../../../../base/errors.js';
import { entryPoint } from '../../../../../base/files/places.js';
import { shortageOf } from '../../../../../base/machine/system-errors.js';
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
  readonly #worker = new Worker(entryPoint('engines/onnx/programs/carriers/replicas/worker'));
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
    this.#worker.on('exit', (code) =>
      this.#fail(new WorkError(`A thread of the engine ended with code ${code}.`)),
    );
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

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(report: Report): void {
    if (report.kind === 'failed') {
      const { message, isExpected } = report;
      this.#fail(isExpected ? new WorkError(message) : new Error(`internal: ${message}`));
      return;
    }
    const waiting = this.#waiting.splice(
      this.#waiting.findIndex(({ kind }) => kind === report.kind),
      1,
    );
    if (this.#waiting.length === 0) this.#worker.unref();
    waiting[0]!.resolve(report);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#onFailure();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
