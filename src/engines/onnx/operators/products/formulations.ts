import type { Filtering, Formulation } from '../../../formulation.js';
import type { Ref } from '../../write/ref.js';
import type { Emission, Placing } from '../contract/operator.js';
import type { BlockedConvolution } from './blocked/blocked-convolution.js';
import * as direct from './blocked/blocked-products.js';
import { kernelGradients as directKernelGradients } from './blocked/kernel-gradient.js';
import { fastest, forwardMs, type Products } from './winograd/choice.js';
import { TRANSFORMS } from './winograd/transforms.js';
import * as winograd from './winograd/winograd-products.js';

const DIRECT: Products<Formulation> = {
  forward: 'direct',
  inputGradient: 'direct',
  kernelGradient: 'direct',
};

/** How the three products of a convolution of stride 1 are computed. */
export function formulationsOf(
  { blocks, batch, formulation }: Placing,
  { lanes, channelBlocks, filterBlocks, map, size, output }: Omit<BlockedConvolution, 'x' | 'kernel'>,
): Products<Formulation> {
  const B = blocks.channels;
  if (lanes !== B || size[0] !== 3 || size[1] !== 3 || formulation === 'direct') return DIRECT;
  const chosen = formulation
    ? { forward: formulation, inputGradient: formulation, kernelGradient: formulation }
    : fastest({ channels: channelBlocks * B, filters: filterBlocks * B, map, output, batch });
  // Its images are in the lanes that hold channels elsewhere.
  return blocks.images === B ? chosen : { ...chosen, kernelGradient: 'direct' };
}

/** Milliseconds that the forward pass saves beside the direct form, as estimated. */
export function savedMs(placing: Placing, convolution: Omit<BlockedConvolution, 'x' | 'kernel'>): number {
  const { channelBlocks, filterBlocks, map, output } = convolution;
  const B = placing.blocks.channels;
  const size = { channels: channelBlocks * B, filters: filterBlocks * B, map, output, batch: placing.batch };
  return forwardMs(size, 'direct') - forwardMs(size, formulationsOf(placing, convolution).forward);
}

/** In words, what is not direct. */
export function describe(formulations: Products<Formulation>): string[] {
  const names = { forward: 'forward', inputGradient: 'input gradient', kernelGradient: 'kernel gradient' };
  const products = Object.keys(names) as (keyof typeof names)[];
  return (Object.keys(TRANSFORMS) as Filtering[]).flatMap((form) => {
    const own = products.filter((product) => formulations[product] === form);
    const which =
      own.length === products.length ? '' : `: ${own.map((product) => names[product]).join(', ')}`;
    return own.length === 0 ? [] : [`${NAMES[form]}${which}`];
  });
}

const NAMES: Readonly<Record<Filtering, string>> = {
  'winograd-2x2': 'Winograd F(2x2, 3x3)',
  'winograd-4x4': 'Winograd F(4x4, 3x3)',
  'winograd-5x5': 'Winograd F(5x5, 3x3)',
};

export function forward(e: Emission, convolution: BlockedConvolution, options: direct.ForwardOptions): Ref {
  const form = formulationsOf(e, convolution).forward;
  return form === 'direct'
    ? direct.forward(e, convolution, options)
    : winograd.winogradForward(e, TRANSFORMS[form], convolution, options);
}

/** The output's gradient convolved with the flipped kernel, its channels swapped, added to a sum. @returns [n, C, H, W * b] */
export function inputGradient(e: Emission, convolution: BlockedConvolution, dy: Ref, sum?: Ref): Ref {
  const form = formulationsOf(e, convolution).inputGradient;
  return form === 'direct'
    ? direct.inputGradient(e, convolution, dy, sum)
    : winograd.winogradInputGradient(e, TRANSFORMS[form], convolution, dy, sum);
}

/** @returns [O/B, c, kh, kw, k, B] for each term */
export function kernelGradients(e: Emission, terms: readonly BlockedConvolution[], dy: Ref): Ref[] {
  const [first, ...more] = terms;
  const form = more.length > 0 ? 'direct' : formulationsOf(e, first!).kernelGradient;
  return form === 'direct'
    ? directKernelGradients(
        e,
        terms.map((term) => ({ ...term, x: e.g.again(term.x) })),
        dy,
      )
    : [winograd.winogradKernelGradient(e, TRANSFORMS[form], first!, dy)];
}
