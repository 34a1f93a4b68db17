import { WorkError } from '../base/errors.js';
import { notFinite, type Tensors } from '../base/tensor.js';
import { setting } from '../base/text/settings.js';
import { whereIs } from '../runs/progress.js';
import type { RunFolder } from '../runs/run-folder.js';

/** Training that went astray: numbers became NaN or infinite. */
export class Divergence extends Error {}

/** @throws Divergence where `value` is not a number. */
export function requireFinite(value: number, what: string, where: string): void {
  if (!Number.isFinite(value)) throw new Divergence(`The ${what} became ${value} (${where})`);
}

/** @throws Divergence naming the first weight that holds something that is not a number. */
export function requireFiniteWeights(weights: Tensors, where: string): void {
  const found = notFinite(weights);
  if (found) throw new Divergence(`The weight ${found.name} became ${found.value} (${where})`);
}

/** What the user is told: what happened, what is kept, and what to try. */
export function divergenceError({ message }: Divergence, folder: RunFolder, learningRate: number): WorkError {
  const lower = learningRate > 1 ? 0.01 : Number((learningRate / 10).toPrecision(6));
  const kept =
    folder.saved === null
      ? 'there was no checkpoint yet'
      : `the last good checkpoint (${whereIs(folder.saved)}) is kept in ${folder.dir}`;
  return new WorkError(
    `${message}, so training stopped; ${kept}. Train again with a lower learning rate, such as ${setting('learningRate', lower)}.`,
  );
}
