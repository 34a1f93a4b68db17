/** A thread that augments batches, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { sizeOf } from '../../base/tensor.js';
import { type AugmentPlan, augmentBy } from './augment.js';
import type { AugmentReply, AugmentRequest } from './augment-threads.js';

const port = parentPort!;
const plan = workerData as AugmentPlan;
const changes = augmentBy(plan);
const imageBytes = sizeOf(plan.shape);

port.on('message', ({ id, epoch, indices, pixels }: AugmentRequest) => {
  const augment = changes(epoch);
  indices.forEach((index, i) => {
    augment(index, pixels.subarray(i * imageBytes, (i + 1) * imageBytes));
  });
  const reply: AugmentReply = { id, pixels };
  port.postMessage(reply, [pixels.buffer]);
});
