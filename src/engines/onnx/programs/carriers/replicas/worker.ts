/** A thread with a replica of a network: does what it is told, one thing after the other, and reports what it is asked for. */

import { parentPort, workerData } from 'node:worker_threads';
import { type SentError, sentError } from '../../../../../base/machine/sent-errors.js';
import { nameSettings, type SettingNames } from '../../../../../base/text/settings.js';
import type { StateName } from '../../names.js';
import { Replica, type ReplicaPlan, type ReplicaStep, type SentTensor, tensorOf } from './replica.js';

/** What a thread is told. */
export type Order =
  | { readonly kind: 'start'; readonly plan: ReplicaPlan }
  | { readonly kind: 'load'; readonly state: ReadonlyMap<string, SentTensor> }
  | { readonly kind: 'train'; readonly steps: readonly ReplicaStep[] }
  | { readonly kind: 'slots' }
  | { readonly kind: 'end' };

/** What it says: that it is ready to train, that it has trained, its shards of the slots, or why it goes no further. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'trained' }
  | { readonly kind: 'slots'; readonly slots: ReadonlyMap<StateName, Float32Array> }
  | { readonly kind: 'failed'; readonly error: SentError };

const port = parentPort!;
nameSettings(workerData as SettingNames);
const report = (one: Report): void => port.postMessage(one);
let replica: Replica | undefined;
let queue: Promise<void> = Promise.resolve();

port.on('message', (order: Order) => {
  queue = queue.then(() => obey(order)).catch((error) => report({ kind: 'failed', error: sentError(error) }));
});

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case 'start':
      replica = await Replica.start(order.plan);
      return report({ kind: 'ready' });
    case 'load':
      return replica!.load(new Map([...order.state].map(([name, sent]) => [name, tensorOf(sent)])));
    case 'train':
      await replica!.train(order.steps);
      return report({ kind: 'trained' });
    case 'slots':
      return report({ kind: 'slots', slots: replica!.slots() });
    case 'end':
      await replica?.release();
      port.close();
  }
}
