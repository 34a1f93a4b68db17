import type { TestPredictions } from '../../runs/predictions-file.js';
import { readPredictions } from '../../runs/predictions-file.js';
import type { TestResult } from '../../runs/run-info.js';
import type { Run } from '../../runs/run-reader.js';

/** A run with what its network does on the test images. */
export interface TestedRun {
  readonly run: Run;
  /** null where the run is not finished. */
  readonly test: TestResult | null;
  /** Image by image; null where that is not known. */
  readonly predictions: TestPredictions | null;
}

/** @throws WorkError where the run's predictions.csv is damaged. */
export function testedRun(run: Run): TestedRun {
  return { run, test: run.info.test, predictions: readPredictions(run.dir, run.info) };
}
