import { UsageError, WorkError } from '../base/errors.js';
import { notFinite, type Tensors } from '../base/tensor.js';
import { setting } from '../base/text/settings.js';
import { MisfitError, OtherClassesError } from '../engines/onnx/exchange/view/misfit.js';
import type { Graph } from '../models/graph/graph.js';
import type { Family } from './families/family.js';
import { type FileFacts, fileFacts } from './file-facts.js';
import type { OnnxFile } from './files/onnx-file.js';
import { openWeights } from './files/open.js';
import type { WeightsFile } from './files/tensor-file.js';
import { fill } from './filling.js';
import { knowFile, pairLayers } from './match-file.js';
import { ownTensors, readAll, requireOwn } from './own-file.js';
import { runFacts } from './run-facts.js';

/** Weights that a file brought. */
interface ReadWeights {
  /** Of every layer that counts in use; those of auxiliary classifiers only where the file has them. */
  readonly weights: Tensors;
  /** What was done to make them fit. */
  readonly notes: readonly string[];
  /** What a file of cnnzoo's says of itself; null of any other. */
  readonly facts: FileFacts | null;
  /** Whose names its layers have; null where they are nobody's that is known. */
  readonly family: Family | null;
}

/**
 * Weights for a graph out of a file of the user's: safetensors, PyTorch's, Keras's, TensorFlow.js's or ONNX's, or those of a
 * run folder. The first bytes tell which it is, names or the graph in it what belongs where.
 * @throws UsageError where there is no such file; WorkError naming the first tensor that does not fit, its shape and the
 * wanted one, or that holds what is no number; saying what the file is where it is none of weights, and what makes it one
 */
export async function readWeightsFile(path: string, graph: Graph): Promise<ReadWeights> {
  const file = await openWeights(path).catch((error: unknown) => {
    throw error instanceof UsageError ? new UsageError(`${setting('weights')} ${error.message}`) : error;
  });
  try {
    const read = await readFitting(file, graph);
    const wrong = notFinite(read.weights);
    if (wrong)
      throw new WorkError(
        `${path} cannot be used: its weights for "${wrong.name}" hold ${wrong.value}. Take some of an earlier time of their training.`,
      );
    return read;
  } finally {
    await file.close();
  }
}

async function readFitting(file: WeightsFile, graph: Graph): Promise<ReadWeights> {
  if (file.format === 'onnx') return readOnnx(file as OnnxFile, graph);
  const tensors = ownTensors(file, graph);
  if (!tensors) return readForeign(file, graph);
  requireOwn(file.path, tensors, graph);
  await file.verify();
  return { weights: readAll(file.path, tensors), notes: [], facts: ownFacts(file, graph), family: null };
}

/** What a file of cnnzoo's says of itself. */
function ownFacts(
  { path, isOwn, metadata, format }: WeightsFile,
  { input, classes }: Graph,
): FileFacts | null {
  if (!isOwn) return null;
  const layout = { onnx: 'NCHW', 'tensorflow.js': 'NHWC' } as const;
  const wanted = format === 'onnx' || format === 'tensorflow.js' ? layout[format] : null;
  const facts = fileFacts(path, metadata, wanted, { channels: input[2], classes });
  // Of weights in a run's folder the run says it.
  return facts.scaling === null ? (runFacts(path, { input, classes }) ?? facts) : facts;
}

/** What a file says of itself that we exported for PyTorch; null of any other. */
function exportedFacts({ path, format, metadata }: WeightsFile, { input, classes }: Graph): FileFacts | null {
  if (format !== 'safetensors' || metadata.cnnzoo === undefined) return null;
  return fileFacts(path, metadata, 'NCHW', { channels: input[2], classes });
}

async function readOnnx(file: OnnxFile, graph: Graph): Promise<ReadWeights> {
  const { weightsFromOnnx } = await import('../engines/onnx/exchange/import/match.js');
  const read = weightsFromOnnx(file.path, file.model, graph);
  return { ...read, facts: ownFacts(file, graph), family: null };
}

async function readForeign(file: WeightsFile, graph: Graph): Promise<ReadWeights> {
  const { path } = file;
  const known = knowFile(file);
  const { family } = known;
  const pairing = pairLayers(known, graph);
  if (pairing.pairs === null) {
    const { misfit, classes } = pairing;
    throw classes === null ? new MisfitError(path, misfit) : new OtherClassesError(path, misfit, classes);
  }
  await file.verify();
  const { weights, notes } = fill(path, graph, pairing.pairs, family?.epsilon ?? null);
  const facts = exportedFacts(file, graph);
  // What we exported says it all itself.
  return { weights, notes, facts, family: facts === null ? family : null };
}
