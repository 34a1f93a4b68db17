/** A thread with a replica of a network: does what it is told, one thing after the other, and reports what it is asked for. */

import { parentPort } from 'node:worker_threads';
import { messageOf, WorkError } from '../../../../../base/errors.js';
import type { StateName } from '../../names.js';
import { Replica, type ReplicaPlan, type ReplicaStep, type SentTensor, tensorOf } from './replica.js';

/** What a thread is told. */
export type Order =
  | { readonly kind: 'start'; readonly plan: ReplicaPlan }
  | { readonly kind: 'load'; readonly state: ReadonlyMap<string, SentTensor> }
  | { readonly kind: 'train'; readonly steps: readonly ReplicaStep[] }
  | { readonly kind: 'slots' };

/** What it says: that it is ready to train, that it has trained, its shards of the slots, or why it goes no further. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'trained' }
  | { readonly kind: 'slots'; readonly slots: ReadonlyMap<StateName, Float32Array> }
  | { readonly kind: 'failed'; readonly message: string; readonly isExpected: boolean };

const port = parentPort!;
const report = (one: Report): void => port.postMessage(one);
let replica: Replica | undefined;
let queue: Promise<void> = Promise.resolve();

port.on('message', (order: Order) => {
  queue = queue.then(() => obey(order)).catch(reportFailure);
});

function reportFailure(error: unknown): void {
  report({ kind: 'failed', message: messageOf(error), isExpected: error instanceof WorkError });
}

async function obey(order: Order): Promise<void> {
  if (order.kind === 'start') {
    replica = await Replica.start(order.plan);
    report({ kind: 'ready' });
  } else if (order.kind === 'load') {
    replica!.load(new Map([...order.state].map(([name, sent]) => [name, tensorOf(sent)])));
  } else if (order.kind === 'train') {
    await replica!.train(order.steps);
    report({ kind: 'trained' });
  } else {
    report({ kind: 'slots', slots: replica!.slots() });
  }
}
