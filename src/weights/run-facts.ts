import { dirname } from 'node:path';
import { WorkError } from '../base/errors.js';
import type { Graph } from '../models/graph/graph.js';
import { pixelScaling } from '../models/pixels.js';
import { isRun } from '../runs/run-paths.js';
import { openRun } from '../runs/run-reader.js';
import type { FileFacts } from './file-facts.js';
import { scalingOf } from './use-facts.js';

/** What the run says of weights that lie in its folder; null where they lie elsewhere, or it cannot be read. */
export function runFacts(
  path: string,
  { input, classes }: Pick<Graph, 'input' | 'classes'>,
): FileFacts | null {
  const run = runAround(path);
  if (run === null || run.spec.config.input[2] !== input[2]) return null;
  const { config, source } = run.spec;
  const pixels = pixelScaling(config.pixels, input[2], source.error);
  const labels = run.info.dataset.classes;
  return {
    scaling: scalingOf(pixels),
    ...(input[2] === 3 && { channelOrder: pixels.channelOrder ?? 'rgb' }),
    resize: pixels.resize ?? null,
    labels: labels.length === classes ? labels : null,
    size: [config.input[0], config.input[1]],
  };
}

function runAround(path: string) {
  const dir = dirname(path);
  if (!isRun(dir)) return null;
  try {
    return openRun(dir);
  } catch (error) {
    // The weights of a damaged run are of use, too.
    if (error instanceof WorkError) return null;
    throw error;
  }
}
