import { maxOf } from '../../../../base/extremes.js';
import { sizeOf } from '../../../../base/tensor.js';
import type { Step, View } from '../view/graph.js';
import { MisfitError } from '../view/misfit.js';
import type { NodeReader, Reader } from '../view/node-reader.js';
import type { Constant } from '../view/tensors.js';
import { axesOf, isEqual, isPlain, plainGroups, viewOf } from '../view/views.js';
import { withBias } from './products.js';
import { responseNorm } from './response-norm.js';

/** A step that gives a value for each value. */
function sameShape(n: NodeReader, x: View, step: Partial<Step> & Pick<Step, 'kind'>): View {
  const { shape, pieces } = x.step;
  const made = n.make({ settings: {}, inputs: [x], constants: [], shape, pieces, ...step });
  return { ...x, step: made };
}

/** A function of each value. */
export const unary: Reader = (n) => {
  const x = n.view(0);
  if (!x?.dims || n.operands.length !== 1) return null;
  return sameShape(n, x, {
    kind: n.opType,
    settings: n.attributes(),
    isNonNegative: NEVER_NEGATIVE.has(n.opType),
  });
};

const NEVER_NEGATIVE = new Set(['Relu', 'Sigmoid', 'Exp', 'Abs', 'Softplus', 'HardSigmoid']);

const relu = (n: NodeReader, x: View) => sameShape(n, x, { kind: 'Relu', isNonNegative: true });

/** Clip to 0 and above is ReLU. */
export const clip: Reader = (n) => {
  const x = n.view(0);
  if (!x?.dims) return null;
  const [min, max] = (['min', 'max'] as const).map((name, i) => limit(n, name, 1 + i));
  if (min === null || max === null) return null;
  if (min === 0 && (max === undefined || max > 1e30)) return relu(n, x);
  return sameShape(n, x, { kind: 'Clip', settings: { min: min ?? 'none', max: max ?? 'none' } });
};

/** null where it is computed. */
function limit(n: NodeReader, name: string, input: number): number | undefined | null {
  if (n.operands[input]) return n.constant(input)?.numbers()[0] ?? null;
  return n.attribute(name) ? n.float(name, 0) : undefined;
}

/** A slope of 0 is ReLU. */
export const leakyRelu: Reader = (n) => {
  const x = n.view(0);
  if (!x?.dims) return null;
  const alpha = n.float('alpha', 0.01);
  return alpha === 0 ? relu(n, x) : sameShape(n, x, { kind: 'LeakyRelu', settings: { alpha } });
};

export const softmax: Reader = (n) => {
  const x = n.view(0);
  if (!x?.dims) return null;
  // Before opset 13 the values of all axes from the given one on were taken together.
  const isOfOne = n.opset >= 13;
  const axis = axesOf([n.int('axis', isOfOne ? -1 : 1)], x.dims.length)[0]!;
  const axes = x.groups.slice(axis, isOfOne ? axis + 1 : undefined).flat();
  // A batch of one picture has no axis in the groups.
  const isBatch = axis === 0 && x.groups[0]?.length === 0;
  return sameShape(n, x, {
    kind: n.opType,
    settings: { over: isBatch ? [0, ...axes] : axes },
    isNonNegative: n.opType === 'Softmax',
  });
};

/** Of the channels of a map, or of the values of a vector, which may be a map that was flattened. */
export const batchNormalization: Reader = (n) => {
  const x = n.view(0);
  const constants = [1, 2, 3, 4].map((i) => n.constant(i));
  if (!constants.every((c): c is Constant => c !== undefined)) {
    throw new MisfitError(
      n.path,
      `${n.title} computes its scale, bias, mean or variance instead of storing it`,
    );
  }
  if (!x?.dims || x.dims.length < 2) return null;
  const over = x.groups[1]!.length > 1 ? { over: 'values' } : {};
  return sameShape(n, x, {
    kind: 'batchNorm',
    settings: over,
    constants,
    epsilon: n.float('epsilon', 1e-5),
    isTraining: n.int('training_mode', 0) !== 0,
  });
};

export const lrn: Reader = (n) => {
  const x = n.view(0);
  if (!x || !isPlain(x)) return null;
  const size = n.int('size', 1);
  // ONNX divides alpha by the window's size, our configs do not.
  const settings = {
    depthRadius: (size - 1) / 2,
    alpha: n.float('alpha', 1e-4) / size,
    beta: n.float('beta', 0.75),
    bias: n.float('bias', 1),
  };
  return sameShape(n, x, { kind: 'LRN', settings, isNonNegative: x.step.isNonNegative });
};

/** Add, Mul, ...: with a constant, or of several tensors. */
export const elementwise: Reader = (n) => {
  const places = n.operands.map((_, i) => i);
  const constants = places.filter((i) => n.constant(i));
  if (constants.length === 1 && places.length === 2) {
    return withConstant(n, n.view(1 - constants[0]!)!, n.constant(constants[0]!)!, constants[0]! === 0);
  }
  if (n.operands.includes(undefined)) return null;
  const inputs = places.map((i) => n.view(i)!);
  const known = inputs.find(({ dims }) => dims !== null);
  if (!known) return null;
  // Whatever it is: what comes behind it may be told better with some extents than with none.
  if (inputs.some(({ dims }) => dims === null)) return n.asItStands(known.dims);
  const written = softmaxOf(n, inputs) ?? responseNorm(n, inputs);
  if (written) return written;
  const [first] = inputs as [View];
  const isAlike = inputs.every(
    ({ dims, groups }) => `${dims}` === `${first.dims}` && isEqual(groups, first.groups),
  );
  if (!isAlike) {
    return n.asItStands(broadcast(inputs.map(({ dims }) => dims!)));
  }
  if (n.opType === 'Add' || n.opType === 'Sum') return added(n, inputs);
  return sameShape(n, first, { kind: n.opType, inputs, settings: n.attributes() });
};

/** A sum; one of a sum that is read nowhere else is one of all. */
function added(n: NodeReader, inputs: readonly View[]): View {
  const all = inputs.flatMap((input, i) =>
    input.step.kind === 'add' && n.isReadOnce(i) ? input.step.inputs : [input],
  );
  const isNonNegative = all.every(({ step }) => step.isNonNegative);
  return sameShape(n, inputs[0]!, { kind: 'add', inputs: all, isNonNegative });
}

const COMMUTATIVE = new Set(['Add', 'Sum', 'Mul', 'Max', 'Min']);

function withConstant(n: NodeReader, x: View, constant: Constant, isFirst: boolean): View | null {
  const over = x.dims && alignment(x, constant.dims);
  if (!over) return null;
  if (n.opType === 'Add' || n.opType === 'Sum') {
    const biased = withBias(n, x, constant, over);
    if (biased) return biased;
  }
  if (n.opType === 'Max' && !constant.slot && sizeOf(constant.dims) === 1 && constant.numbers()[0] === 0)
    return relu(n, x);
  const settings = { over, ...(COMMUTATIVE.has(n.opType) ? {} : { isFirst }) };
  return sameShape(n, x, { kind: n.opType, settings, constants: [constant] });
}

/** Over which axes a constant differs; null where it makes the tensor larger. */
function alignment({ dims, groups }: View, constant: readonly number[]): number[][] | null {
  const offset = dims!.length - constant.length;
  const over: number[][] = [];
  for (const [i, extent] of constant.entries()) {
    if (extent === 1) continue;
    if (offset + i < 0 || dims![offset + i] !== extent) return null;
    over.push([...groups[offset + i]!]);
  }
  return over;
}

function broadcast(all: readonly (readonly number[])[]): number[] {
  const rank = maxOf(all.map(({ length }) => length));
  return Array.from({ length: rank }, (_, i) => maxOf(all.map((dims) => dims[dims.length - rank + i] ?? 1)));
}

/** exp(x - max) over its sum, as our own export writes softmax inside a network. */
function softmaxOf(n: NodeReader, [power, sum]: readonly View[]): View | null {
  if (n.opType !== 'Div' || power?.step.kind !== 'Exp' || sum?.step.kind !== 'ReduceSum') return null;
  const [x, largest] = power.step.inputs[0]!.step.inputs;
  const isSofar = sum.step.inputs[0]!.step === power.step && largest?.step.kind === 'ReduceMax';
  if (!x || !isSofar || largest.step.inputs[0]!.step !== x.step) return null;
  const over = (sum.step.settings.over as readonly (readonly number[])[]).flat();
  return sameShape(n, x, { kind: 'Softmax', settings: { over }, isNonNegative: true });
}

/** Side by side along the channels; vectors of flattened maps remember what they are made of. */
export const concat: Reader = (n) => {
  if (n.operands.includes(undefined)) return null;
  const inputs = n.operands.map((_, i) => n.view(i)!);
  const [first] = inputs;
  if (!first || inputs.some(({ dims }) => dims?.length !== first.dims?.length || dims === null)) return null;
  const rank = first.dims!.length;
  const axis = axesOf([n.int('axis', 1)], rank)[0]!;
  if (axis === undefined || !(axis in first.dims!)) return null;
  if (inputs.length === 1) return first;
  const extent = inputs.reduce((sum, { dims }) => sum + dims![axis]!, 0);
  const dims = first.dims!.map((d, i) => (i === axis ? extent : d));
  const areChannels = inputs.every(({ groups }) => ['1', ''].includes(groups[axis]!.join()));
  const areAlike = inputs.every((view) => isEqual(others(view, axis), others(first, axis)));
  if (areChannels && areAlike && (rank === 2 || inputs.every(({ step }) => step.shape?.length === 4))) {
    const shape = rank === 2 ? dims : first.step.shape!.map((d, i) => (i === 1 ? extent : d));
    const step = n.make({
      kind: 'concat',
      settings: {},
      inputs,
      constants: [],
      shape,
      isNonNegative: inputs.every((input) => input.step.isNonNegative),
    });
    return rank === 2
      ? viewOf(step)
      : { step, dims, groups: first.groups.map((group, i) => (i === axis ? [1] : group)) };
  }
  if (rank !== 2 || axis !== 1) return n.asItStands(dims, { axis });
  return viewOf(
    n.make({ kind: 'concat', settings: { of: 'maps' }, inputs, constants: [], shape: dims, pieces: inputs }),
  );
};

const others = ({ groups }: View, axis: number) => groups.filter((_, i) => i !== axis);

/** Sums, largest values, ... over some axes. */
export const reduce: Reader = (n) => {
  const x = n.view(0);
  if (!x?.dims) return null;
  const given = n.list('axes', 1);
  const axes = given?.length ? axesOf(given, x.dims.length) : x.dims.map((_, i) => i);
  const keeps = n.int('keepdims', 1) !== 0;
  const dims = x.dims.map((d, i) => (axes.includes(i) ? 1 : d)).filter((_, i) => keeps || !axes.includes(i));
  const settings = { over: axes.map((axis) => x.groups[axis]), keeps, groups: isPlain(x) ? [] : x.groups };
  const step = n.make({ kind: n.opType, settings, inputs: [x], constants: [], shape: dims });
  return viewOf(step);
};

export const gather: Reader = (n) => {
  const [x, indices] = [n.view(0), n.constant(1)];
  if (!x?.dims || !indices) return null;
  const axis = axesOf([n.int('axis', 0)], x.dims.length)[0]!;
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
  const settings = { axis, groups: isEqual(x.groups, plainGroups(x.step.shape ?? [])) ? [] : x.groups };
  return viewOf(
    n.make({
      kind: 'Gather',
      settings,
      inputs: [x],
      constants: [indices],
      shape: dims,
      isNonNegative: x.step.isNonNegative,
    }),
  );
};

/** Padding of what is no map: of a vector, or of a weight. */
export const anyPad: Reader = (n) => {
  const x = n.view(0);
  const amounts = n.list('pads', 1);
  if (!x?.dims || amounts?.length !== 2 * x.dims.length) return null;
  if (amounts.every((amount) => amount === 0)) return x;
  const rank = x.dims.length;
  const dims = x.dims.map((d, i) => amounts[i]! + d + amounts[rank + i]!);
  const value = n.constant(2)?.numbers()[0] ?? n.float('value', 0);
  const settings = { amounts, value, mode: n.text('mode', 'constant') };
  return viewOf(n.make({ kind: 'Pad', settings, inputs: [x], constants: [], shape: dims }));
};
