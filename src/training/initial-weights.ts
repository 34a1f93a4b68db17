import { resolve } from 'node:path';
import { WorkError } from '../base/errors.js';
import { fileSha256 } from '../base/files/checksum.js';
import type { Tensors } from '../base/tensor.js';
import type { ModelSpec } from '../models/config/spec.js';
import { type Graph, weightsOf } from '../models/graph/graph.js';
import { initialWeights } from '../models/graph/initial-weights.js';
import type { Run } from '../runs/run-reader.js';

/** What training begins with instead of random weights. */
export interface InitialWeights {
  /** The whole path of the file. */
  readonly file: string;
  readonly sha256: string;
  /** Of all layers: what the file does not have is drawn. */
  readonly weights: Tensors;
  readonly notes: readonly string[];
}

/**
 * @param begun what a run that was begun with the file knows of it
 * @throws UsageError where there is no such file; WorkError where it does not fit or is not what the run was begun with
 */
export async function readInitialWeights(
  path: string,
  graph: Graph,
  { config }: ModelSpec,
  begun?: { readonly sha256: string },
): Promise<InitialWeights> {
  const { readWeightsFile } = await import('../weights/read-weights.js');
  const { weights, notes, facts } = await readWeightsFile(path, graph);
  const { fileOfRun } = await import('../weights/files/open.js');
  const file = fileOfRun(path) ?? path;
  const sha256 = await fileSha256(file);
  if (begun && begun.sha256 !== sha256) {
    throw new WorkError(
      `${path} is not what the run was begun with any more: its SHA-256 is ${sha256}, it was ${begun.sha256}.`,
    );
  }
  const missing = weightsOf(graph).filter(({ fullName }) => !weights.has(fullName));
  const drawn = missing.length === 0 ? new Map() : initialWeights(graph, config.training.seed);
  // In the graph's order, whatever that of the file is.
  const all = weightsOf(graph).map(
    ({ fullName }) => [fullName, weights.get(fullName) ?? drawn.get(fullName)!] as const,
  );
  const { pixelsDiffer } = await import('../weights/use-facts.js');
  const otherPixels = pixelsDiffer(path, facts?.scaling ?? null, graph.pixels, graph.name);
  const pixelsNote = `${otherPixels}: those of ${graph.name} count, and training makes the weights fit them.`;
  const drawnNote = `${path} has no weights for ${missing[0]?.node.name} and what belongs to it: they are drawn by the seed.`;
  return {
    file: resolve(file),
    sha256,
    weights: new Map(all),
    notes: [
      ...notes,
      ...(otherPixels === null ? [] : [pixelsNote]),
      ...(missing.length === 0 ? [] : [drawnNote]),
    ],
  };
}

/** What a run was begun with; null where its weights were drawn. @throws as readInitialWeights */
export async function initialWeightsOf({ info, spec }: Run, graph: Graph): Promise<InitialWeights | null> {
  const { initialWeights: begun } = info;
  return begun && readInitialWeights(begun.file, graph, spec, begun);
}
