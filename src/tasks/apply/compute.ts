import { UsageError } from '../../base/errors.js';
import { requireThreads } from '../../base/machine/cores.js';
import { randomStream } from '../../base/random.js';
import { copyOf, sizeOf, type Tensor, type Tensors } from '../../base/tensor.js';
import { setting } from '../../base/text/settings.js';
import type { Engine } from '../../engines/engine.js';
import type { EngineChoice } from '../../engines/host/engines.js';
import { startEngine } from '../../engines/host/index.js';
import { dropoutsOf, type Graph, outputNode } from '../../models/graph/graph.js';
import { readMatrix } from './matrix.js';

export interface Work {
  readonly graph: Graph;
  readonly weights: Tensors;
  /** [N, H, W, C] or [N, F] */
  readonly input: Tensor;
  readonly seed: number;
  /** `gradient` as it was typed; undefined where it was not. */
  readonly gradient: unknown;
}

/** Where it is computed. */
export interface Computing {
  readonly engine: EngineChoice;
  readonly device: string;
  readonly threads?: number;
}

/** Gradients as the engine gives them. */
export interface ComputedGradient {
  /** Of the output, as they were given. */
  readonly given: Tensor;
  /** The class whose cross-entropy they are of, if they are. */
  readonly ofClass: number | null;
  readonly input: Tensor;
  readonly weights: Tensors;
}

export interface Computed {
  readonly outputs: Tensors;
  /** Of dropout layers, where all is as in training. */
  readonly masks?: ReadonlyMap<string, Uint8Array>;
  readonly gradient: ComputedGradient | null;
}

/** What the layers make of the input; with gradients all is as in training. @throws UsageError for gradients of another shape */
export async function compute(work: Work, { engine, device, threads }: Computing): Promise<Computed> {
  requireThreads(threads);
  const batchSize = work.input.shape[0]!;
  const started = await startEngine({
    engine,
    device,
    threads,
    work: { graph: work.graph, mode: 'infer', batchSize },
  });
  try {
    if (work.gradient !== undefined && work.gradient !== false) return await forthAndBack(started, work);
    const program = await started.layersProgram(work.graph, batchSize);
    await program.load(copyOf(work.weights));
    return { outputs: await program.run(asImages(work)), gradient: null };
  } finally {
    await started.dispose();
  }
}

/** A vector is an image of 1x1xF to an engine. */
function asImages({ graph, input }: Work): Tensor {
  return { shape: [input.shape[0]!, ...graph.input], data: input.data };
}

async function forthAndBack(engine: Engine, work: Work): Promise<Computed> {
  const { graph, weights, seed } = work;
  const program = await engine.gradientsProgram(graph, { batchSize: work.input.shape[0]! });
  await program.load(copyOf(weights));
  const masks = masksFor(work, seed);
  const input = asImages(work);
  const shape = [input.shape[0]!, ...outputNode(graph).outputShape];
  const run = (gradient: Tensor) => program.run({ input, gradient, masks });
  const ofClass = readClass(work.gradient, graph);
  const given =
    ofClass === null
      ? readGradient(work.gradient, shape)
      : crossEntropyGradient(graph, (await run(zeros(shape))).outputs, ofClass);
  const { outputs, input: ofInput, weights: ofWeights } = await run(given);
  const gradient = { given, ofClass, input: { ...work.input, data: ofInput.data }, weights: ofWeights };
  return { outputs, masks, gradient };
}

function zeros(shape: readonly number[]): Tensor {
  return { shape, data: new Float32Array(sizeOf(shape)) };
}

/** Of every dropout layer: which values it keeps. */
function masksFor({ graph, input }: Work, seed: number): Map<string, Uint8Array> {
  return new Map(
    dropoutsOf(graph).map(({ name, rate, shape }) => {
      const random = randomStream(seed, 'dropout', name);
      const size = input.shape[0]! * sizeOf(shape);
      return [name, new Uint8Array(size).map(() => (random.uniform() < rate ? 0 : 1))];
    }),
  );
}

/** The class of `class:3`; null for other gradients. @throws UsageError where there is no such class, or none at all */
function readClass(text: unknown, graph: Graph): number | null {
  const found = /^class:(.*)$/.exec(String(text));
  if (found === null) return null;
  const { name, outputShape, activation } = outputNode(graph);
  const [classes] = outputShape;
  if (outputShape.length !== 1 || !['softmax', 'softmin', 'linear'].includes(activation)) {
    throw new UsageError(
      `${setting('gradient', String(text))}: ${name} gives no classes, but ${outputShape.join('x')} values of ${activation}: end in a dense layer with softmax, or give the gradients as numbers.`,
    );
  }
  const label = /^\d{1,9}$/.test(found[1]!) ? Number(found[1]) : Number.NaN;
  if (label < classes!) return label;
  throw new UsageError(
    `${setting('gradient', String(text))}: ${name} gives ${classes} classes, class:0 to class:${classes! - 1}.`,
  );
}

/** Of -log p of a class: with respect to the probabilities, or to logits where the last layer gives these. */
function crossEntropyGradient(graph: Graph, outputs: Tensors, label: number): Tensor {
  const { name, activation } = outputNode(graph);
  const { shape, data } = outputs.get(name)!;
  const classes = shape.at(-1)!;
  const gradient = zeros(shape);
  for (let image = 0; image < shape[0]!; image++) {
    const row = data.subarray(image * classes, (image + 1) * classes);
    const at = image * classes;
    if (activation !== 'linear') gradient.data[at + label] = -1 / row[label]!;
    else
      gradient.data.set(
        softmax(row).map((p, k) => p - (k === label ? 1 : 0)),
        at,
      );
  }
  return gradient;
}

function softmax(logits: Float32Array): number[] {
  const largest = logits.reduce((most, z) => Math.max(most, z), Number.NEGATIVE_INFINITY);
  const powers = Array.from(logits, (z) => Math.exp(z - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** Gradients as numbers: of one image for every image, or of all; ones where only the flag was given. */
function readGradient(text: unknown, shape: readonly number[]): Tensor {
  if (text === true) return { shape, data: new Float32Array(sizeOf(shape)).fill(1) };
  const read = readMatrix(String(text), setting('gradient'));
  const [count, ...rest] = shape;
  const isOne = rest.length === 3 ? read.shape.join() === rest.join() : read.data.length === rest[0];
  if (!isOne && read.data.length !== 1) {
    throw new UsageError(
      `${setting('gradient')} is ${read.shape.join('x')}, but the output is ${rest.join('x')}: give as many numbers, one for all, or none for ones.`,
    );
  }
  const one = isOne ? read.data : new Float32Array(sizeOf(rest)).fill(read.data[0]!);
  const data = new Float32Array(sizeOf(shape));
  for (let image = 0; image < count!; image++) data.set(one, image * one.length);
  return { shape, data };
}
