import { readdirSync, readFileSync } from 'node:fs';

/** Eight steps of one optimizer in PyTorch, float64: scripts/fixtures/optimizers.py. */
export interface OptimizerFixture {
  readonly optimizer: Record<string, unknown>;
  readonly learningRates: readonly number[];
  readonly initial: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  /** After each step. */
  readonly weights: readonly (readonly number[])[];
}

const FOLDER = new URL('../../fixtures/optimizers/', import.meta.url);

/** All of them, by the names of their files. */
export function optimizerFixtures(): [string, OptimizerFixture][] {
  const files = readdirSync(FOLDER).sort();
  return files.map((file) => [file, JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))]);
}
