import { sizeOf, type Tensor, type Tensors } from '../../../../base/tensor.js';
import { turnMatrix } from '../../../../base/turn-matrix.js';
import type { WeightLayout } from '../../operators/contract/operator.js';
import { isAsStored, unpack } from '../../plan/layout.js';
import type { Step } from '../view/graph.js';
import { MisfitError } from '../view/misfit.js';
import type { Constant } from '../view/tensors.js';
import { featureNumbers } from '../view/views.js';
import { isFolded, type Matching } from './search.js';

/** What was done to values on their way, beside rearranging them. */
export interface Changes {
  /** Batch normalizations that the file has folded away. */
  readonly folded: string[];
  /** Layers whose epsilon is another one in the file. */
  readonly epsilons: { readonly layer: string; readonly own: number; readonly theirs: number }[];
  /** Normalizations whose mean has taken a bias for which the convolution before has no place. */
  readonly absorbed: string[];
  /** Normalizations that the file computes from the batch, as it is in training. */
  readonly training: string[];
}

type Four = readonly [Constant, Constant, Constant, Constant];

/** A graph's weights from the steps of a file. */
export class Filling {
  readonly changes: Changes = { folded: [], epsilons: [], absorbed: [], training: [] };
  readonly #weights = new Map<string, Tensor>();
  readonly #sources = new Map<string, string>();
  /** Steps whose bias in the file belongs to a normalization that was folded into them. */
  readonly #giveBiasAway: ReadonlySet<Step>;
  readonly #path: string;
  readonly #layouts: ReadonlyMap<string, WeightLayout>;
  readonly #matching: Matching;

  constructor(path: string, layouts: ReadonlyMap<string, WeightLayout>, matching: Matching) {
    this.#path = path;
    this.#layouts = layouts;
    this.#matching = matching;
    const folded = [...matching].filter(([own, theirs]) => isFolded(own, theirs));
    this.#giveBiasAway = new Set(folded.map(([norm]) => norm.inputs[0]!.step));
  }

  /** @throws WorkError where values are missing or of a type that is not read */
  fill(): Tensors {
    for (const [own, theirs] of this.#matching) {
      if (own.kind === 'batchNorm') this.#fillNorm(own, theirs);
      else if ((own.kind === 'conv' || own.kind === 'dense') && own.inputs.length === 1)
        this.#fillKernel(own, theirs);
      else own.constants.forEach((constant, i) => this.#set(constant, theirs.constants[i]!));
    }
    return this.#weights;
  }

  #fillKernel(own: Step, theirs: Step): void {
    const [kernel, bias] = own.constants as [Constant, Constant?];
    const [given, givenBias] = theirs.constants as [Constant, Constant?];
    if (own.kind === 'dense') this.#put(kernel, given.name, denseKernel(own, theirs, given));
    else this.#set(kernel, given);
    if (!bias) return;
    if (givenBias && !this.#giveBiasAway.has(own)) this.#set(bias, givenBias);
    else this.#put(bias, kernel.name, new Float32Array(sizeOf(bias.dims)));
  }

  #fillNorm(own: Step, theirs: Step): void {
    if (isFolded(own, theirs)) {
      this.#unfold(own, theirs);
      return;
    }
    if (theirs.isTraining) this.changes.training.push(own.layer);
    const places = featurePlaces(own, theirs);
    const placed = (values: Float32Array) => (places ? Float32Array.from(places, (i) => values[i]!) : values);
    const [gamma, beta, mean, variance] = own.constants as Four;
    const [scale, shift, center, spread] = theirs.constants as Four;
    this.#set(gamma, scale, placed);
    this.#set(beta, shift, placed);
    const bias = this.#surplusBias(own);
    this.#set(mean, center, (values) => placed(bias ? values.map((value, i) => value - bias[i]!) : values));
    this.#set(variance, spread, (values) => placed(this.#withEpsilon(own, theirs, values)));
  }

  /** The variance is only used with epsilon added, so another epsilon is made good by it. */
  #withEpsilon(own: Step, theirs: Step, values: Float32Array): Float32Array {
    const by = theirs.epsilon - own.epsilon;
    if (Math.fround(own.epsilon) === Math.fround(theirs.epsilon)) return values;
    const moved = values.map((value) => value + by);
    if (moved.some((value) => value < 0)) {
      throw new MisfitError(
        this.#path,
        `${theirs.title} has epsilon ${short(theirs.epsilon)}, where ${own.layer} has ${short(own.epsilon)}, and variances too small to make up for it: give ${own.layer} the file's epsilon`,
        '.',
      );
    }
    this.changes.epsilons.push({ layer: own.layer, own: own.epsilon, theirs: theirs.epsilon });
    return moved;
  }

  /** The bias that the file has in front of a normalization and we have not. */
  #surplusBias(norm: Step): Float32Array | undefined {
    const before = norm.inputs[0]!.step;
    const given = this.#matching.get(before);
    const isPlain =
      given && before.inputs.length === 1 && (before.kind === 'conv' || before.kind === 'dense');
    const bias = isPlain && before.constants.length === 1 ? given.constants[1] : undefined;
    if (!bias) return undefined;
    this.changes.absorbed.push(norm.layer);
    return bias.values();
  }

  /** A normalization of which the file has left the bias of a convolution: gamma / sqrt(1 + epsilon) is 1. */
  #unfold(own: Step, theirs: Step): void {
    const [gamma, beta, mean, variance] = own.constants as Four;
    const count = sizeOf(gamma.dims);
    const all = (value: number) => new Float32Array(count).fill(value);
    const source = theirs.constants[0]!.name;
    const bias = theirs.constants[1];
    this.#put(gamma, source, all(Math.sqrt(1 + own.epsilon)));
    if (bias) this.#set(beta, bias);
    else this.#put(beta, source, all(0));
    this.#put(mean, source, all(0));
    this.#put(variance, source, all(1));
    this.changes.folded.push(own.layer);
  }

  #set(own: Constant, theirs: Constant, change = (values: Float32Array) => values): void {
    if (own.slot === undefined) return;
    this.#put(own, theirs.name, change(theirs.values()));
  }

  #put({ slot }: Constant, source: string, values: Float32Array): void {
    const layout = this.#layouts.get(slot!)!;
    const known = this.#sources.get(slot!);
    if (known !== undefined && known !== source)
      throw new MisfitError(this.#path, `"${known}" and "${source}" are one weight here, ${slot}`);
    this.#sources.set(slot!, source);
    // Values that lie as they are kept are the file's own array, which nobody else has.
    const data = isAsStored(layout) ? values : unpack(layout, values);
    this.#weights.set(slot!, { shape: layout.from, data });
  }
}

/** So many rows of a kernel are read at a time. */
const ROWS = 64;

/** The kernel of a dense layer as our step has it, [F, O], of a file's that may be turned or have its features in another order. */
function denseKernel(own: Step, theirs: Step, given: Constant): Float32Array {
  const matrix = given.turned ?? given;
  const isTurned = theirs.isTurned !== (given.turned !== undefined);
  const places = featurePlaces(own, theirs);
  const units = own.shape![1]!;
  const size = sizeOf(matrix.dims);
  const features = size / units;
  if (!places && !isTurned) return matrix.values();
  const kernel = new Float32Array(size);
  const rowOf = places && inverse(places);
  if (isTurned) {
    const read: Constant['read'] = (into, begin) => matrix.read(into, begin);
    turnMatrix(read, [units, features], (feature) => rowOf?.[feature] ?? feature, kernel);
    return kernel;
  }
  const part = new Float32Array(Math.min(ROWS, features) * units);
  for (let first = 0; first < features; first += ROWS) {
    const count = Math.min(ROWS, features - first);
    matrix.read(part.subarray(0, count * units), first * units);
    for (let i = 0; i < count; i++)
      kernel.set(part.subarray(i * units, (i + 1) * units), rowOf![first + i]! * units);
  }
  return kernel;
}

function inverse(places: Int32Array): Int32Array {
  const back = new Int32Array(places.length);
  places.forEach((place, i) => {
    back[place] = i;
  });
  return back;
}

/** For each value of the vector that our step reads its place in that of the file; undefined where they are the same. */
function featurePlaces(own: Step, theirs: Step): Int32Array | undefined {
  const [wanted, given] = [own, theirs].map(({ inputs }) => featureNumbers(inputs[0]!));
  if (!wanted && !given) return undefined;
  if (!given) return wanted;
  const places = new Int32Array(given.length);
  given.forEach((number, place) => {
    places[number] = place;
  });
  return wanted ? wanted.map((number) => places[number]!) : places;
}

export const short = (epsilon: number): string => String(Number(epsilon.toPrecision(6)));
