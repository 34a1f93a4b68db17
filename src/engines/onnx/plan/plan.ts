import { sizeOf } from '../../../base/tensor.js';
import type { WindowGeometry } from '../../../models/graph/window.js';
import type { OperatorAttributes, Value } from '../../../models/lowering/onnx.js';
import type { Formulation } from '../../formulation.js';
import { RATES } from '../operators/products/winograd/rates.js';
import { isFused } from '../write/nchwc.js';
import { type Folded, foldNorms } from './fold-norms.js';
import { type PlacedTrace, placeOperations } from './placement.js';
import { rewritePairs } from './rewrite-pairs.js';
import type { Operation, Trace } from './trace.js';

/**
 * Rewrites a trace into one that computes the same with less work, and chooses each operation's formulation.
 * @param channelBlock see `placeOperations`
 * @param formulation see `placeOperations`
 */
export function planTrainingStep(
  trace: Trace,
  batch: number,
  channelBlock: number | null,
  formulation?: Formulation,
): PlacedTrace {
  const rewritten = poolBeforeRelu(padWithinConvolution(trace));
  const place = (operations: Trace) => placeOperations(operations, batch, channelBlock, formulation);
  const summed = place(sumWithin('batchNorm', place(rewritten)));
  return place(activationWithin('conv2d', place(activationWithin('batchNorm', summed))));
}

/** The same for inference, where ONNX Runtime itself joins ReLU with the convolution before it. */
export function planInference(trace: Trace): Trace {
  return padWithinConvolution(trace);
}

/** A plan of inference in blocks, and what becomes of the weights for it. */
export interface BlockedInference extends Pick<Folded, 'fold'> {
  readonly trace: PlacedTrace;
}

/** The same in blocks; null where no convolution is filtered there: ONNX Runtime does as well by itself then. */
export function planBlockedInference(
  whole: Trace,
  batch: number,
  channelBlock: number | null,
  formulation?: Formulation,
): BlockedInference | null {
  if (formulation === 'direct' || (batch < FEWEST_IMAGES && formulation === undefined)) return null;
  const { trace, fold } = foldNorms(poolBeforeRelu(padWithinConvolution(whole)));
  const place = (operations: Trace) => placeOperations(operations, batch, channelBlock, formulation);
  const summed = place(sumWithin('conv2d', place(sumWithin('batchNorm', place(trace)))));
  const placed = place(activationWithin('conv2d', place(activationWithin('batchNorm', summed))));
  const saved = savedShare(placed);
  // What is asked for is done wherever there is something to do, be it slower.
  const pays = formulation ? saved !== 0 : saved >= LEAST_SAVED;
  return pays ? { trace: placed, fold } : null;
}

/** Fewer make rows too short to move. (vgg16: 4 images take 225 ms instead of 315, one takes 109 instead of 105.) */
const FEWEST_IMAGES = 4;

/**
 * What has to be saved of the convolutions' time before inference is planned in blocks: ONNX Runtime joins more of what is
 * around them. (Times beside ONNX Runtime's own: vgg16 67 %, fashion-cnn 80 %, resnet18 89 %, alexnet 91 to 113 %, googlenet 106 %.)
 */
const LEAST_SAVED = 0.12;

/** Of all convolutions' time, by their multiplications, as estimated. */
function savedShare({ operations, placements, ...placing }: PlacedTrace): number {
  let [all, saved] = [0, 0];
  for (const operation of operations) {
    const { kind, inputs, attributes, output } = operation;
    if (kind === 'conv2d') {
      const { geometry } = attributes as OperatorAttributes['conv2d'];
      const macs = sizeOf([...geometry.size, inputs[0]!.shape[0]!, ...output.shape]) * placing.batch;
      all += (2 * macs) / RATES.direct;
    }
    saved += placements.get(operation)!.blocked?.savedMs?.(inputs, attributes, placing) ?? 0;
  }
  return all === 0 ? 0 : saved / all;
}

/** Zero padding in front of a convolution becomes the convolution's own. */
function padWithinConvolution(trace: Trace): Trace {
  return rewritePairs(trace, 'pad2d', 'conv2d', (pad, conv) => {
    const { pads, value } = pad.attributes as OperatorAttributes['pad2d'];
    if (value !== 0) return null;
    const { geometry, ...rest } = conv.attributes as { geometry: WindowGeometry };
    const [top, left, bottom, right] = geometry.pads;
    const merged = [top + pads[0], left + pads[1], bottom + pads[2], right + pads[3]] as const;
    return [
      {
        ...conv,
        inputs: pad.inputs,
        attributes: { ...rest, geometry: { ...geometry, pads: merged } },
      } as Operation,
    ];
  });
}

/**
 * Max pooling commutes with ReLU; pooling first makes ReLU and its gradient smaller by the window's stride squared.
 * The gradients are the same too: where all of a window is negative it gets none either way.
 */
function poolBeforeRelu(trace: Trace): Trace {
  return rewritePairs(trace, 'activation', 'maxPool2d', (relu, pool) => {
    if ((relu.attributes as { activation: string }).activation !== 'relu') return null;
    const pooled: Value = { ...pool.output, id: relu.output.id };
    return [
      { ...pool, inputs: relu.inputs, output: pooled },
      { ...relu, inputs: [pooled], output: pool.output },
    ];
  });
}

/** In blocks, batch normalization, and in use a convolution, adds a shortcut to its result, and the activation after it in the same pass. */
function sumWithin(kind: 'conv2d' | 'batchNorm', trace: PlacedTrace): Trace {
  return rewritePairs(trace, kind, 'add', (first, { inputs, output }) => {
    const [, shortcut, ...rest] = inputs;
    if (!trace.placements.get(first)?.blocked || !shortcut || rest.length > 0) return null;
    // A map of fewer channels than a block has may lie in another layout.
    if (first.inputs.length > 1 || shortcut.shape[0]! < trace.blocks.channels) return null;
    return [{ ...first, inputs: [first.inputs[0]!, shortcut], output } as Operation];
  });
}

/** In blocks, ReLU and tanh are applied while a result is still in registers. */
function activationWithin(kind: 'conv2d' | 'batchNorm', trace: PlacedTrace): Trace {
  return rewritePairs(trace, kind, 'activation', (before, { attributes, output }) => {
    const { activation } = attributes as { activation: string };
    if (!trace.placements.get(before)?.blocked || !isFused(activation)) return null;
    return [{ ...before, output, attributes: { ...before.attributes, activation } } as Operation];
  });
}
