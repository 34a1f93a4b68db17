import { WorkError } from '../../../base/errors.js';
import { sizeOf, type Tensor, type Tensors } from '../../../base/tensor.js';
import { type Graph, weightsOf } from '../../../models/graph/graph.js';
import type { OptimizerConfig } from '../../../recipe/optimizers/index.js';
import type { WeightLayout } from '../operators/contract/operator.js';
import { pack, packedDims, packInto, unpack } from '../plan/layout.js';
import { type PlacedTrace, placedWeights } from '../plan/placement.js';
import type { Blocks } from '../write/map-layout.js';

/** A weight's place in a group. */
interface Member {
  readonly name: string;
  readonly layout: WeightLayout;
  readonly dims: readonly number[];
  /** Values as packed, with those that only fill up. */
  readonly size: number;
}

/**
 * Weights that a program keeps in one tensor: small ones together, so that the optimizer updates them in one go;
 * large ones by themselves, so that nothing is joined and split.
 */
export interface Group {
  readonly members: readonly Member[];
  /**
   * One extent, or those of a map in blocks, as which `update.ts` computes with a large one. (With extents of 1 at the end
   * arithmetic takes ONNX Runtime four times as long, 67 MB: 90 ms instead of 20.)
   */
  readonly dims: readonly number[];
  readonly size: number;
  /** Whether the optimizer updates it; running values are not trained, only carried on. */
  readonly trainable: boolean;
  /** Whether weight decay applies. */
  readonly decay: boolean;
  /** The share of the learning rate that counts for it. */
  readonly rate: number;
}

/** Weights of more values than this stand alone. */
const SMALL = 65536;

/** Values in a row of a map as which a large weight is seen: rows are what threads share out. */
export const ROW = 256;

/**
 * In models of more weights than this only those of batch normalization are together. A joint update waits for the last of its
 * gradients, and until then what they are computed from has to be kept (vgg16: 0.6 GB for its biases); but the gradients of
 * batch normalization's weights are computed anyway, as that of its input is made of them.
 */
const LARGE_MODEL = 2e6;

/** @param most weights in a group: what joins or splits a group must be within a device's means */
export function groupsOf(
  graph: Graph,
  trace: PlacedTrace,
  { weightDecay }: OptimizerConfig,
  most = Number.POSITIVE_INFINITY,
): Group[] {
  const layouts = placedWeights(trace);
  const isLarge = valuesOfWeights(graph) > LARGE_MODEL;
  const together = new Map<string, Member[]>();
  for (const { fullName, node, spec } of weightsOf(graph)) {
    const layout = layouts.get(fullName)!;
    const dims = packedDims(layout);
    const member = { name: fullName, layout, dims, size: sizeOf(dims) };
    // Of those that are not trained, some kinds of layers carry theirs on from step to step, and others, or frozen ones, keep them.
    const kind = spec.trainable ? (spec.rate ?? 1) : `${node.kind}${node.frozen ? ' frozen' : ''}`;
    const traits = `${spec.trainable}/${spec.decay && weightDecay > 0}/${kind}`;
    const isAlone = member.size > SMALL || (isLarge && node.kind !== 'batchNorm');
    const company = `${traits}/${isAlone ? fullName : ''}/`;
    const kin = [...together.keys()].filter((key) => key.startsWith(company));
    const key = kin.find((one) => together.get(one)!.length < most) ?? `${company}${kin.length}`;
    together.set(key, [...(together.get(key) ?? []), member]);
  }
  return [...together].map(([key, members]) => {
    const [trainable, decay, rate] = key.split('/');
    const size = members.reduce((sum, m) => sum + m.size, 0);
    const dims = members.length === 1 ? loneDims(size, trace.blocks) : [size];
    const isTrained = trainable === 'true';
    return {
      members,
      size,
      dims,
      trainable: isTrained,
      decay: decay === 'true',
      rate: isTrained ? Number(rate) : 1,
    };
  });
}

const valuesOfWeights = (graph: Graph): number =>
  weightsOf(graph).reduce((sum, { spec }) => sum + sizeOf(spec.shape), 0);

function loneDims(size: number, { channels }: Blocks): number[] {
  const rows = size / (channels * ROW);
  return channels > 1 && Number.isInteger(rows) ? [1, channels, rows, ROW] : [size];
}

/** A group's values from tensors as Keras has them, which may be the same array; `suffix` picks an optimizer's slot. @throws WorkError */
export function packGroup({ members, size }: Group, tensors: Tensors, suffix = ''): Float32Array {
  const [first, ...rest] = members;
  if (rest.length === 0) return pack(first!.layout, valuesOf(first!, tensors, suffix));
  const packed = new Float32Array(size);
  let offset = 0;
  for (const member of members) {
    const values = valuesOf(member, tensors, suffix);
    packInto(member.layout, values, packed.subarray(offset, offset + member.size));
    offset += member.size;
  }
  return packed;
}

function valuesOf({ name, layout }: Member, tensors: Tensors, suffix: string): Float32Array {
  const tensor = tensors.get(name + suffix);
  if (!tensor) throw new WorkError(`There is no tensor "${name}${suffix}" among those to load.`);
  const wanted = sizeOf(layout.from);
  if (tensor.data.length !== wanted) {
    throw new WorkError(
      `The tensor "${name}${suffix}" has ${tensor.data.length} values, but the model's has ${wanted}.`,
    );
  }
  return tensor.data;
}

/** Spreads a group's values over tensors as Keras has them, added to `into`. */
export function unpackGroup(
  group: Group,
  packed: Float32Array,
  shapes: ReadonlyMap<string, readonly number[]>,
  into: Map<string, Tensor>,
  suffix = '',
): void {
  let offset = 0;
  for (const { name, layout, size } of group.members) {
    const data = unpack(layout, packed.subarray(offset, offset + size));
    into.set(name + suffix, { shape: shapes.get(name)!, data });
    offset += size;
  }
}
