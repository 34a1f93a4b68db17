import type { Graph } from '../../../../models/graph/graph.js';
import type { Step } from '../view/graph.js';
import { MisfitError } from '../view/misfit.js';
import { type Changes, short } from './fill.js';
import { type Matching, scaledInput } from './search.js';

/** What a user should know of how weights were made to fit. */
export function notesOf(path: string, graph: Graph, changes: Changes, matching: Matching): string[] {
  return [
    ...foldedNote(path, changes),
    ...epsilonNotes(path, changes),
    ...absorbedNote(path, changes),
    ...trainingNote(path, changes),
    ...scalingNote(path, graph, matching),
  ];
}

function foldedNote(path: string, { folded }: Changes): string[] {
  if (folded.length === 0) return [];
  const them = folded.length === 1 ? 'its batch normalization' : `its ${folded.length} batch normalizations`;
  return [`${path} has ${them} folded into convolutions: they only add a bias here.`];
}

/** One for each pair of epsilons, with the layers that have them. */
function epsilonNotes(path: string, { epsilons }: Changes): string[] {
  const layers = new Map<string, string[]>();
  for (const { layer, own, theirs } of epsilons) {
    const key = `epsilon ${short(theirs)}, where the config has ${short(own)}, in`;
    layers.set(key, [...(layers.get(key) ?? []), layer]);
  }
  return [...layers].map(
    ([what, names]) =>
      `${path} has ${what} ${names.join(', ')}: the variances are changed by the difference, so that the outputs are the same.`,
  );
}

function absorbedNote(path: string, { absorbed }: Changes): string[] {
  if (absorbed.length === 0) return [];
  return [
    `${path} has biases in front of ${absorbed.join(', ')} that the config leaves out: they are subtracted from the means there.`,
  ];
}

function trainingNote(path: string, { training }: Changes): string[] {
  if (training.length === 0) return [];
  return [
    `${path} was written in training mode: it normalizes by each batch. Here its running means and variances are used.`,
  ];
}

/** A file may scale its pictures itself; here the config's \`pixels\` do that. */
function scalingNote(path: string, graph: Graph, matching: Matching): string[] {
  const input = [...matching].find(([own]) => own.kind === 'input');
  const arithmetic = input ? scaledInput(input[1]) : null;
  if (!arithmetic?.length) return [];
  const channels = graph.input[2];
  const theirs = Array.from({ length: channels }, (_, c) => affineOf(arithmetic, c));
  if (!theirs.every(({ factor, shift }) => factor !== 0 && Number.isFinite(shift / factor)))
    throw new MisfitError(
      path,
      `with its input ${arithmetic.at(-1)!.title} computes numbers that tell nothing of the pixels`,
    );
  const { scale, offset } = graph.pixels;
  // The file's input may be bytes or byte / 255.
  const isSame = [1, 255].some((range) =>
    theirs.every(({ factor, shift }, c) => isNear(factor, scale[c]! * range) && isNear(shift, offset[c]!)),
  );
  if (isSame) return [];
  const list = (values: readonly number[]) =>
    `[${values.map((value) => Number(value.toPrecision(4))).join(', ')}]`;
  const mean = theirs.map(({ factor, shift }) => -shift / factor + 0);
  const std = theirs.map(({ factor }) => 1 / factor);
  return [
    `${path} scales its pictures itself, (x - ${list(mean)}) / ${list(std)}; here the config's pixels count, which say something else.`,
  ];
}

const isNear = (a: number, b: number): boolean =>
  Math.abs(a - b) <= 1e-4 * Math.max(Math.abs(a), Math.abs(b), 1e-3);

/** x * factor + shift of a channel. */
function affineOf(arithmetic: readonly Step[], channel: number): { factor: number; shift: number } {
  let [factor, shift] = [1, 0];
  for (const { kind, constants, settings } of arithmetic) {
    const values = constants[0]!.numbers();
    const value = values.length === 1 ? values[0]! : (values[channel] ?? Number.NaN);
    if (kind === 'Mul') [factor, shift] = [factor * value, shift * value];
    if (kind === 'Div') [factor, shift] = [factor / value, shift / value];
    if (kind === 'Add') shift += value;
    // A number that stands first is what the pixels are subtracted from.
    if (kind === 'Sub')
      [factor, shift] = settings.isFirst === true ? [-factor, value - shift] : [factor, shift - value];
  }
  return { factor, shift };
}
