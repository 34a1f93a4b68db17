import { UsageError } from '../../base/errors.js';
import type { Tensor, Tensors } from '../../base/tensor.js';
import { setting } from '../../base/text/settings.js';
import type { DataNotice } from '../../data/sets/dataset.js';
import { type Graph, weightsOf } from '../../models/graph/graph.js';
import { initialWeights } from '../../models/graph/initial-weights.js';
import { readKernel, readMatrix } from './matrix.js';
import { type Subject, weightsOfFile } from './subject.js';

export interface WeightsRequest {
  readonly kernel?: string;
  readonly bias?: string;
  readonly weights?: string;
  /** Of weights that are drawn. */
  readonly seed: number;
}

/** The weights of a graph and, in words, where they are from; null where there is none. */
interface ChosenWeights {
  readonly weights: Tensors;
  readonly origin: string | null;
}

/**
 * Those of a run or a file, else drawn by their initializers; `kernel` and `bias` come first.
 * @throws UsageError where these are of another shape than the layer's, or several layers have some
 */
export async function chooseWeights(
  subject: Subject,
  graph: Graph,
  request: WeightsRequest,
  notify: (notice: DataNotice) => void,
): Promise<ChosenWeights> {
  const given = givenWeights(graph, request);
  const file = request.weights;
  const drawn = () => initialWeights(graph, request.seed, (fullName) => !given.has(fullName));
  const base =
    file !== undefined && subject.weights === null
      ? await weightsOfFile(file, graph, notify)
      : { weights: subject.weights ?? drawn(), origin: subject.origin };
  const weights = new Map(
    weightsOf(graph).map(({ fullName }) => [fullName, given.get(fullName) ?? base.weights.get(fullName)!]),
  );
  return { weights, origin: describe(graph, given, base.origin, request.seed) };
}

/** Weights that begin as these are not drawn. */
const FIXED: readonly unknown[] = ['zeros', 'ones'];

function describe(graph: Graph, given: Tensors, origin: string | null, seed: number): string | null {
  const all = weightsOf(graph);
  if (all.length === 0) return null;
  const rest = all.filter(({ fullName }) => !given.has(fullName));
  const isDrawn = rest.some(({ spec }) => !FIXED.includes(spec.initializer));
  const others = rest.length === 0 ? null : (origin ?? (isDrawn ? `drawn with seed ${seed}` : null));
  if (given.size === 0) return others;
  return others === null ? 'given' : `given; the others ${others}`;
}

function givenWeights(graph: Graph, { kernel, bias }: WeightsRequest): Tensors {
  const given = new Map<string, Tensor>();
  if (kernel !== undefined) {
    const { fullName, shape } = onlyWeight(graph, 'kernel');
    given.set(fullName, { shape, data: kernelOf(kernel, shape) });
  }
  if (bias !== undefined) {
    const { fullName, shape } = onlyWeight(graph, 'bias');
    given.set(fullName, { shape, data: biasOf(bias, shape) });
  }
  return given;
}

/** The one layer that has such a weight. */
function onlyWeight(graph: Graph, name: 'kernel' | 'bias'): { fullName: string; shape: readonly number[] } {
  const found = weightsOf(graph).filter(({ spec }) => spec.name === name);
  if (found.length === 1) return { fullName: found[0]!.fullName, shape: found[0]!.spec.shape };
  const layers = found.map(({ node }) => node.name).join(', ');
  throw new UsageError(
    found.length === 0
      ? `${setting(name)}: none of these layers has a ${name}: leave it out.`
      : `${setting(name)} sets that of one layer, but ${found.length} have one (${layers}): take one of them alone, or give all weights by ${setting('weights', 'FILE')}.`,
  );
}

/** Values of a kernel [kh, kw, C, filters], of one by pairs [kh, kw, pairs], or of a dense layer [in, units]. */
function kernelOf(text: string, shape: readonly number[]): Float32Array {
  const read = readKernel(text, setting('kernel'));
  const given = read.shape.slice(0, shape.length);
  const rest = read.shape.slice(shape.length);
  if (given.join() === shape.join() && rest.every((extent) => extent === 1)) return read.data;
  const parts = ['rows by ;', 'values by spaces', 'input channels by |', 'filters by /'].slice(
    0,
    shape.length,
  );
  throw new UsageError(
    `${setting('kernel')} is ${[...given, ...rest.filter((extent) => extent > 1)].join('x')}, but the layer's is ${shape.join('x')} (${parts.join(', ')}): give as many numbers.`,
  );
}

function biasOf(text: string, shape: readonly number[]): Float32Array {
  const { data } = readMatrix(text.replaceAll(/[;|/]/g, ' '), setting('bias'));
  const [count] = shape;
  if (data.length === count) return data;
  // One for all is what a hand-made example means by "bias 3".
  if (data.length === 1) return new Float32Array(count!).fill(data[0]!);
  throw new UsageError(
    `${setting('bias')} has ${data.length} values, but the layer has ${count} outputs: give ${count}, or one for all.`,
  );
}
