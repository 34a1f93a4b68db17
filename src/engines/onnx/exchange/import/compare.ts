import { sizeOf } from '../../../../base/tensor.js';
import { isSame, normalized, type Step } from '../view/graph.js';
import type { Constant } from '../view/tensors.js';

/** What may lie between two steps that would otherwise be the same. */
export interface Context {
  /** Whether a bias that ours has no place for, or lacks, goes to the batch normalization behind it. */
  givesBiasAway(own: Step, theirs: Step): boolean;
  /** Whether sizes differ already, so that padding at the end tells nothing. */
  readonly ignoresPads?: boolean;
}

/** Why a step of a file is not what a step of ours wants, in words; null where it is. */
export function differenceOf(own: Step, theirs: Step, context: Context): string | null {
  if (own.kind !== theirs.kind || own.inputs.length !== theirs.inputs.length)
    return `${theirs.title} stands where ${own.layer} wants ${wordsOf(own)}`;
  return differentSetting(own, theirs, context) ?? differentWeights(own, theirs, context);
}

function differentSetting(own: Step, theirs: Step, { ignoresPads }: Context): string | null {
  const keys = Object.keys({ ...own.settings, ...theirs.settings });
  const key = keys.find(
    (name) => !(ignoresPads && name === 'pads') && !isSame(own.settings[name], theirs.settings[name]),
  );
  if (key === undefined) return null;
  const show = ({ settings }: Step) =>
    JSON.stringify(normalized(settings[key]) ?? 'none').replaceAll(',', ', ');
  return `${theirs.title} has ${WORDS_OF_SETTINGS[key] ?? key} ${show(theirs)}, where ${own.layer} has ${show(own)}`;
}

function differentWeights(own: Step, theirs: Step, context: Context): string | null {
  const takesBias = own.kind === 'conv' || own.kind === 'dense';
  const kernels = takesBias && own.inputs.length === 1 ? 1 : 0;
  if (kernels === 1) {
    const different = differentKernel(own, theirs);
    if (different) return different;
  }
  if (takesBias) return differentBias(own, theirs, kernels, context);
  for (const [i, constant] of own.constants.entries()) {
    const other = theirs.constants[i];
    if (!other || !fits(constant, other)) return misfit(own, theirs, constant, other);
  }
  return null;
}

/** Whether values can go where they are wanted; where ours are fixed, whether they are the same. */
function fits(own: Constant, theirs: Constant): boolean {
  if (sizeOf(own.dims) !== sizeOf(theirs.dims)) return false;
  if (own.slot !== undefined) return true;
  const [wanted, given] = [own.numbers(), theirs.numbers()];
  return Array.from(wanted).every((value, i) => isSame(value, given[i]));
}

function misfit(own: Step, theirs: Step, constant: Constant, other: Constant | undefined): string {
  if (constant.slot === undefined || !other)
    return `${theirs.title} computes with other numbers than ${own.layer} does`;
  return `"${other.name}" is ${show(other.dims)}, where ${constant.slot} wants ${show(constant.dims)}`;
}

function differentKernel(own: Step, theirs: Step): string | null {
  const [wanted, given] = [own.constants[0]!, theirs.constants[0]!];
  const isTurned = own.isTurned !== theirs.isTurned;
  const dims = isTurned ? wanted.dims.toReversed() : wanted.dims;
  if (dims.join() === given.dims.join()) return null;
  return `"${given.name}" is ${show(given.dims)}, where ${wanted.slot} wants ${show(dims)}`;
}

function differentBias(own: Step, theirs: Step, at: number, context: Context): string | null {
  const [wanted, given] = [own.constants[at], theirs.constants[at]];
  if (!wanted && !given) return null;
  if (wanted && given) return fits(wanted, given) ? null : misfit(own, theirs, wanted, given);
  if (context.givesBiasAway(own, theirs)) return null;
  if (wanted) return `${theirs.title} has no bias, where ${wanted.slot} ${show(wanted.dims)} is wanted`;
  const isNothing = Array.from(given!.numbers()).every((value) => value === 0);
  return isNothing ? null : `"${given!.name}" is ${show(given!.dims)}, but ${own.layer} has no bias`;
}

const show = (dims: readonly number[]): string => `[${dims.join(', ')}]`;

const WORDS: Readonly<Record<string, string>> = {
  conv: 'a convolution',
  dense: 'a dense layer',
  maxPool: 'max pooling',
  averagePool: 'average pooling',
  batchNorm: 'batch normalization',
  LRN: 'local response normalization',
  pad: 'padding',
  add: 'a sum',
  concat: 'a concatenation',
};

/** What a step is, in words. */
export const wordsOf = ({ kind }: Step): string => WORDS[kind] ?? kind.toLowerCase();

const WORDS_OF_SETTINGS: Readonly<Record<string, string>> = {
  kernel: 'a window of',
  pads: 'padding (top, left, bottom, right)',
  countsPadding: 'an average that counts padding:',
};
