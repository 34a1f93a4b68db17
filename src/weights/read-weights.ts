import { readFile } from 'node:fs/promises';
import { UsageError, WorkError } from '../base/errors.js';
import { openRegular, whyUnreadable } from '../base/files/files.js';
import { notFinite, type Tensors } from '../base/tensor.js';
import { setting } from '../base/text/settings.js';
import { forOtherClasses } from '../engines/onnx/exchange/import/other-classes.js';
import { type Graph, weightsOf, withoutAuxiliaries } from '../models/graph/graph.js';
import { weightsIn } from '../runs/checkpoint.js';
import { readSafetensors } from '../runs/safetensors.js';
import { type FileFacts, fileFacts } from './file-facts.js';

/** Weights that a file brought. */
interface ReadWeights {
  /** Of every layer that counts in use; those of auxiliary classifiers only where the file has them. */
  readonly weights: Tensors;
  /** What was done to make them fit. */
  readonly notes: readonly string[];
  /** What a file of cnnzoo's says of itself; null of any other. */
  readonly facts: FileFacts | null;
}

/**
 * Weights for a graph out of a file of the user's: safetensors with names and layouts as in a run folder, be it a checkpoint,
 * the model.json of TensorFlow.js with the same, or an ONNX model of the same architecture, ours or another program's.
 * @throws UsageError where there is no such file; WorkError naming the first tensor that does not fit, its shape and the wanted one, or that holds what is no number
 */
export async function readWeightsFile(path: string, graph: Graph): Promise<ReadWeights> {
  const read = await readFitting(path, graph);
  const wrong = notFinite(read.weights);
  if (wrong)
    throw new WorkError(`${path} cannot be used: its weights for "${wrong.name}" hold ${wrong.value}.`);
  return read;
}

async function readFitting(path: string, graph: Graph): Promise<ReadWeights> {
  const form = { channels: graph.input[2], classes: graph.classes };
  switch (await kindOf(path)) {
    case 'safetensors': {
      const file = await readSafetensors(path);
      const weights = checked(path, weightsIn(file), graph);
      const { metadata } = file;
      return { weights, notes: [], facts: isOurs(metadata) ? fileFacts(path, metadata, null, form) : null };
    }
    case 'tfjs': {
      const { readTfjs } = await import('./tfjs-file.js');
      const { tensors, metadata, isOwn } = await readTfjs(path, await readFile(path, 'utf8'));
      const weights = checked(path, tensors, graph);
      return { weights, notes: [], facts: isOwn ? fileFacts(path, metadata, 'NHWC', form) : null };
    }
    default: {
      const bytes = await readFile(path).catch((error: unknown) => {
        throw new UsageError(`${setting('weights', path)}: ${whyUnreadable(error)}.`);
      });
      const { weightsFromOnnx } = await import('../engines/onnx/exchange/import/match.js');
      const read = weightsFromOnnx(path, bytes, graph);
      const { decodeModel } = await import('../engines/onnx/write/proto.js');
      const { producerName, metadataProps } = decodeModel(bytes);
      const metadata = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
      return { ...read, facts: producerName === 'cnnzoo' ? fileFacts(path, metadata, 'NCHW', form) : null };
    }
  }
}

/** Of a safetensors file. */
const isOurs = (metadata: Readonly<Record<string, string>>): boolean => metadata.cnnzoo !== undefined;

/**
 * A safetensors file begins with the length of its header, 8 bytes, and the header with a brace; the model.json of
 * TensorFlow.js with a brace.
 */
async function kindOf(path: string): Promise<'safetensors' | 'tfjs' | 'onnx'> {
  const head = Buffer.alloc(9);
  try {
    const handle = await openRegular(path);
    try {
      await handle.read(head, 0, 9, 0);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new UsageError(`${setting('weights', path)}: ${whyUnreadable(error)}.`);
  }
  const brace = '{'.charCodeAt(0);
  if (head[8] === brace && head.readUInt32LE(4) === 0) return 'safetensors';
  return head[0] === brace ? 'tfjs' : 'onnx';
}

function checked(path: string, tensors: Tensors, graph: Graph): Tensors {
  const used = new Set(withoutAuxiliaries(graph).nodes.map(({ name }) => name));
  const wanted = weightsOf(graph);
  for (const { fullName, node, spec } of wanted) {
    const found = tensors.get(fullName)?.shape;
    if (found === undefined && !used.has(node.name)) continue;
    if (found?.join() === spec.shape.join()) continue;
    const want = `[${spec.shape.join(', ')}]`;
    if (found) {
      const isLast = node.name === wanted.findLast((weight) => used.has(weight.node.name))?.node.name;
      const differs = spec.shape.map((extent, axis) => extent !== found[axis]);
      const isOfClasses =
        isLast && found.length === differs.length && differs.indexOf(true) === differs.length - 1;
      const wayOut = isOfClasses ? forOtherClasses(found.at(-1)!) : '';
      throw misfit(path, `"${fullName}" is [${found.join(', ')}], where ${want} is wanted${wayOut}`);
    }
    throw misfit(path, `it has no "${fullName}", where ${want} is wanted${foreign(tensors, graph)}`);
  }
  const names = new Set(wanted.map(({ fullName }) => fullName));
  const extra = [...tensors.keys()].find((name) => !names.has(name));
  if (extra)
    throw misfit(
      path,
      `${graph.name} has no place for its "${extra}" [${tensors.get(extra)!.shape.join(', ')}]`,
    );
  return tensors;
}

/** What to do with tensors of which none has a name of ours. */
function foreign(tensors: Tensors, graph: Graph): string {
  const layers = new Set(graph.nodes.map(({ name }) => name));
  const [first] = tensors.keys();
  if (first === undefined || [...tensors.keys()].some((name) => layers.has(name.split('/')[0]!))) return '';
  return `. Its tensors have the names of another program, such as "${first}": let that write an ONNX file, which has them in order`;
}

function misfit(path: string, why: string): WorkError {
  return new WorkError(`${path} does not fit: ${why}.`);
}
