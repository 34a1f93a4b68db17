import { resolve } from 'node:path';
import { WorkError } from '../base/errors.js';
import { fileSha256 } from '../base/files/checksum.js';
import type { Tensors } from '../base/tensor.js';
import { setting } from '../base/text/settings.js';
import { OtherClassesError } from '../engines/onnx/exchange/view/misfit.js';
import { buildGraph } from '../models/build.js';
import type { ModelSpec } from '../models/config/spec.js';
import { type Graph, weightsOf } from '../models/graph/graph.js';
import { initialWeights } from '../models/graph/initial-weights.js';
import type { PixelsConfig } from '../recipe/pixels.js';
import type { Run } from '../runs/run-reader.js';
import type { Prepared } from '../weights/prepared.js';

/** What training begins with instead of random weights. */
export interface InitialWeights {
  /** The whole path of the file. */
  readonly file: string;
  readonly sha256: string;
  /** Of all layers: what the file does not have is drawn. */
  readonly weights: Tensors;
  /** The names of layers that the file has nothing for. */
  readonly drawn: ReadonlySet<string>;
  readonly notes: readonly string[];
  /** How pictures are prepared for them, but for what the config says itself; null where nothing is taken over. */
  readonly prepared: Prepared | null;
  /** Whether the file's last layer was for other classes and is left out. */
  readonly newHead: boolean;
}

interface InitialOptions {
  /** Whether a last layer for other classes is drawn anew. */
  readonly newHead: boolean;
  /** What the config itself says, which counts over what a family says; absent where it says everything, as a run's. */
  readonly said?: { readonly pixels: PixelsConfig | undefined };
  /** Of the file that a run was begun with. */
  readonly sha256?: string;
}

/**
 * @throws UsageError where there is no such file; WorkError where it does not fit or is not what the run was begun with
 */
export async function readInitialWeights(
  path: string,
  graph: Graph,
  spec: ModelSpec,
  { newHead, said, sha256: begun }: InitialOptions,
): Promise<InitialWeights> {
  const { weights, notes, facts, family, hasNewHead } = await readTrunk(path, graph, spec, newHead);
  const { picturesOf, preparedFor } = await import('../weights/prepared.js');
  const { pixelDifferences } = await import('../weights/use-facts.js');
  const differ = (seen: Pick<Graph, 'input' | 'pixels'>) =>
    facts === null ? [] : pixelDifferences(path, facts, seen, graph.name);
  const pictures = family ?? (facts !== null && differ(graph).length > 0 ? picturesOf(facts) : null);
  const prepared = pictures && said ? preparedFor(path, pictures, graph, spec, said.pixels) : null;
  const { fileOfRun } = await import('../weights/files/open.js');
  const file = fileOfRun(path) ?? path;
  const sha256 = await fileSha256(file);
  if (begun !== undefined && begun !== sha256) {
    throw new WorkError(
      `${path} is not what the run was begun with any more: its SHA-256 is ${sha256}, it was ${begun}.`,
    );
  }
  const missing = weightsOf(graph).filter(({ fullName }) => !weights.has(fullName));
  const drawn = initialWeights(graph, spec.config.training.seed, (fullName) => !weights.has(fullName));
  // In the graph's order, whatever that of the file is.
  const all = weightsOf(graph).map(
    ({ fullName }) => [fullName, weights.get(fullName) ?? drawn.get(fullName)!] as const,
  );
  const pixelNotes = differ({ ...graph, pixels: prepared?.pixels ?? graph.pixels }).map(
    (sentence) => `${sentence}: those of ${graph.name} count, and training makes the weights fit them.`,
  );
  const drawnNote = `${path} has no weights for ${missing[0]?.node.name} and what belongs to it: they are drawn by the seed.`;
  const keptNote = `${path} is for ${graph.classes} classes too, so that ${setting('newHead')} changes nothing: its last layer is taken with the others.`;
  return {
    file: resolve(file),
    sha256,
    weights: new Map(all),
    prepared,
    drawn: new Set(missing.map(({ node }) => node.name)),
    notes: [
      ...notes,
      ...(prepared === null ? [] : [prepared.note]),
      ...pixelNotes,
      ...(missing.length === 0 ? [] : [drawnNote]),
      ...(newHead && !hasNewHead ? [keptNote] : []),
    ],
    newHead: hasNewHead,
  };
}

/** What a file has for a graph: with a new head, all but the weights that are of other classes. */
async function readTrunk(path: string, graph: Graph, spec: ModelSpec, newHead: boolean) {
  const { readWeightsFile } = await import('../weights/read-weights.js');
  try {
    return { ...(await readWeightsFile(path, graph)), hasNewHead: false };
  } catch (error) {
    if (!newHead || !(error instanceof OtherClassesError)) throw error;
    const { weights, notes, facts, family } = await readWeightsFile(path, forClasses(spec, error));
    const shapes = new Map(weightsOf(graph).map(({ fullName, spec: { shape } }) => [fullName, shape.join()]));
    const fitting = [...weights].filter(([name, { shape }]) => shapes.get(name) === shape.join());
    // Names of the file's classes are not those that are taught.
    const unnamed = facts && { ...facts, labels: null };
    return { weights: new Map(fitting), notes, facts: unnamed, family, hasNewHead: true };
  }
}

/** @throws WorkError, with what to change, where the config's last layer has a number of its own */
function forClasses(spec: ModelSpec, error: OtherClassesError): Graph {
  try {
    return buildGraph(spec, { classes: error.classes });
  } catch {
    const way = 'write "units: classes" in the last layer of the config, so that it can be built for others.';
    throw new WorkError(`${error.message} There ${setting('newHead')} needs more: ${way}`);
  }
}

/** What a run was begun with; null where its weights were drawn. @throws as readInitialWeights */
export async function initialWeightsOf({ info, spec }: Run, graph: Graph): Promise<InitialWeights | null> {
  const { initialWeights: begun } = info;
  return begun && readInitialWeights(begun.file, graph, spec, begun);
}
