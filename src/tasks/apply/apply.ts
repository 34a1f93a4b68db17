import { UsageError } from '../../base/errors.js';
import { sizeOf, type Tensors } from '../../base/tensor.js';
import { formatInteger } from '../../base/text/format.js';
import { setting } from '../../base/text/settings.js';
import type { DataNotice } from '../../data/sets/dataset.js';
import type { Graph, PixelScaling } from '../../models/graph/graph.js';
import { VECTOR_INPUT } from '../../models/part.js';
import { type Applied, type AppliedLayer, numbersOf } from './applied.js';
import { arithmeticAt, readPlace, type ValueArithmetic } from './at.js';
import { type Computing, compute } from './compute.js';
import { type Numbers, readData, requireData } from './data.js';
import { explainGradient, type Gradient } from './gradient.js';
import { type Shifts, shiftsOf, withShifted } from './shift.js';
import { graphOn, openSubject, type Subject, type SubjectRequest } from './subject.js';
import { type Unfolded, unfold } from './unfold.js';
import { chooseWeights } from './weights.js';
import { type Windows, windowsOf } from './windows.js';

/** What `apply` was asked for, as it was typed. */
export interface ApplyRequest extends SubjectRequest, Computing {
  readonly data: readonly string[];
  readonly kernel?: string;
  readonly bias?: string;
  readonly seed?: number;
  readonly at?: string;
  readonly windows?: boolean;
  readonly unfold?: boolean;
  /** Shift the picture to the right by 1 to so many columns, too. */
  readonly shift?: number;
  /** Gradients of the output: a matrix, `class:K`, or ones where it is only asked for. */
  readonly gradient?: unknown;
  /** Whether pictures in colour become grey. */
  readonly grey?: boolean;
  readonly dataDir?: string;
}

/** What layers made of numbers, and what else was asked about the last of them. */
export interface Explained extends Applied {
  readonly at: ValueArithmetic | null;
  readonly windows: Windows | null;
  readonly unfolded: Unfolded | null;
  readonly gradient: Gradient | null;
  /** null unless the picture was shifted. */
  readonly shifts: Shifts | null;
}

const SEED = 1;

/** More values than this in all outputs together would fill the memory. */
const MOST_OUTPUTS = 100_000_000;

/**
 * Computes what layers make of numbers.
 * @throws UsageError for layers and numbers that do not fit each other; WorkError for what cannot be read or computed
 */
export async function applyLayers(
  request: ApplyRequest,
  notify: (notice: DataNotice) => void = () => {},
): Promise<Explained> {
  const seed = readSeed(request.seed);
  await requireData(request.data);
  const subject = await openSubject(request, notify);
  const numbers = await numbersFor(subject, request, seed, notify);
  const { graph, input } = graphOn(subject, numbers.tensor.shape.slice(1), numbers.isRow);
  const own = { ...numbers.tensor, shape: [numbers.tensor.shape[0]!, ...input] };
  const given = request.shift === undefined ? own : withShifted(own, request.shift);
  requireRoom(graph, given.shape[0]!);
  const { weights, origin } = await chooseWeights(subject, graph, { ...request, seed }, notify);
  const last = graph.nodes.at(-1)!;
  const place = request.at === undefined ? null : readPlace(request.at, last.name, last.outputShape);
  const work = { graph, weights, input: given, seed, gradient: request.gradient };
  const { outputs, masks, gradient } = await compute(work, request);
  const layers = layersOf(graph, weights, outputs);
  const isBatch = numbers.isBatch || request.shift !== undefined;
  const applied = { name: subject.name, input: given, isBatch, layers, origin, masks };
  const at = place && arithmeticAt(last, place, numbersOf(applied, layers.at(-1)!, 0));
  const windows = request.windows ? requireWindows(layers.at(-1)!) : null;
  const found = gradient && explainGradient(applied, gradient);
  return {
    ...applied,
    at,
    windows,
    gradient: found,
    unfolded: request.unfold ? unfold(applied, layers.at(-1)!) : null,
    shifts: request.shift === undefined ? null : shiftsOf(layers.at(-1)!),
  };
}

function requireWindows(layer: AppliedLayer): Windows {
  const windows = windowsOf(layer);
  if (windows !== null) return windows;
  throw new UsageError(
    `${setting('windows')}: ${layer.node.name} slides no window over its input: a convolution or a pooling does (${setting('layer')} names one).`,
  );
}

function readSeed(seed = SEED): number {
  if (Number.isSafeInteger(seed) && seed >= 0 && seed <= 0xffffffff) return seed;
  throw new UsageError(`${setting('seed')} must be a whole number from 0 to 4294967295, got ${seed}.`);
}

/** @throws UsageError where there is no DATA and no network whose input could be made up */
async function numbersFor(
  { input, network, run }: Subject,
  { data, grey = false, dataDir }: ApplyRequest,
  seed: number,
  notify: (notice: DataNotice) => void,
): Promise<Numbers> {
  if (data.length === 0 && input === null) {
    throw new UsageError(
      'DATA is missing: give numbers such as "1 2; 3 4" (rows by ";"), random:4x4x1, a CSV file or a picture.',
    );
  }
  const items = data.length === 0 ? [`random:${input!.join('x')}`] : data;
  const pictures = input?.length === 3 ? (input as [number, number, number]) : undefined;
  const scaling = (channels: number): PixelScaling =>
    network !== null && input === network.input ? network.pixels : spread(channels);
  const trainedOn = run?.info.dataset;
  return readData(items, { pictures, scaling, grey, seed, dataDir, trainedOn, notify });
}

/** Bytes to values from 0 to 1. */
function spread(channels: number): PixelScaling {
  return { scale: Array<number>(channels).fill(1 / 255), offset: Array<number>(channels).fill(0) };
}

function requireRoom({ nodes }: Graph, images: number): void {
  const values = images * nodes.reduce((sum, { outputShape }) => sum + sizeOf(outputShape), 0);
  if (values <= MOST_OUTPUTS) return;
  throw new UsageError(
    `The layers would give ${formatInteger(values)} values, more than the ${formatInteger(MOST_OUTPUTS)} that can be looked at: take smaller or fewer images, or fewer layers (${setting('layer')}).`,
  );
}

function layersOf({ nodes }: Graph, weights: Tensors, outputs: Tensors): AppliedLayer[] {
  return nodes
    .filter(({ name }) => name !== VECTOR_INPUT)
    .map((node) => ({
      node,
      output: outputs.get(node.name)!,
      weights: new Map(node.weights.map(({ name }) => [name, weights.get(`${node.name}/${name}`)!])),
    }));
}
