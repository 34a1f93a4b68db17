import type { Family } from './families/family.js';
import type { FileLayer, LayerKind } from './files/layers.js';
import { type WantedLayer, wantedShape } from './wanted-layers.js';

/** A layer of the graph and the one of the file whose weights it gets. */
export type LayerPair = readonly [wanted: WantedLayer, given: FileLayer];

/** Which layers belong together, or why they do not, as the rest of a sentence on the file. */
export type Pairing =
  | { readonly pairs: readonly LayerPair[]; readonly misfit: null }
  | {
      readonly pairs: null;
      readonly misfit: string;
      /** How many layers fit before. */
      readonly fitting: number;
      /** Of the file, where they alone do not fit. */
      readonly classes: number | null;
    };

const refused = (misfit: string, fitting: number, classes: number | null = null): Pairing => ({
  pairs: null,
  misfit,
  fitting,
  classes,
});

/** Layers that stand in the same order, one with the other. */
export function pairInOrder(
  wanted: readonly WantedLayer[],
  given: readonly FileLayer[],
  name: string,
  family: Family | null,
): Pairing {
  const names = new Set(given.map((layer) => layer.name));
  for (const [i, layer] of wanted.entries()) {
    const other = given[i];
    if (!other) return refused(`it has nothing for ${andFurther(layer.node.name, wanted.length - i - 1)}`, i);
    const why = misfitOf(layer, other) ?? strideMisfit(layer, other, names, family);
    if (why === null) continue;
    const isLast = i === wanted.length - 1 && wanted.length === given.length;
    const classes = isLast ? otherUnits(layer, other) : null;
    return refused(why, i, classes);
  }
  const extra = given[wanted.length];
  if (extra) {
    const rest = andFurther(`"${extra.name}"`, given.length - wanted.length - 1);
    return refused(`${name} has no place for ${rest} of the file`, wanted.length);
  }
  return { pairs: wanted.map((layer, i) => [layer, given[i]!]), misfit: null };
}

function andFurther(name: string, count: number): string {
  if (count === 0) return name;
  return `${name} and ${count} further ${count === 1 ? 'layer' : 'layers'}`;
}

const WORDS: Readonly<Record<LayerKind, string>> = {
  conv: 'a convolution',
  dense: 'a dense layer',
  norm: 'a batch normalization',
  other: 'a layer of another kind',
};

/** Why the weights of a layer do not fit, in the file's order of axes; null where they do. */
export function misfitOf(wanted: WantedLayer, given: FileLayer): string | null {
  const { node, kind } = wanted;
  const isFlattening = kind === 'dense' && given.kind === 'conv' && given.layout === 'torch';
  if (kind === 'other' || (given.kind !== kind && !isFlattening))
    return `its "${given.name}" is ${WORDS[given.kind]}, where ${node.name} (${node.kind}) is wanted`;
  for (const { name, shape } of node.weights) {
    const tensor = given.parts.get(name as never);
    if (!tensor) return `its "${given.name}" has no ${name}, where ${node.name} wants one of ${show(shape)}`;
    const expected = isFlattening && name === 'kernel' ? unrolled(wanted) : asInFile(shape, given);
    if (tensor.shape.join() === expected?.join()) continue;
    return `its "${tensor.name}" is ${show(tensor.shape)}, where ${node.name} wants ${show(expected ?? shape)}`;
  }
  const surplus = [...given.parts.keys()].find((part) => wantedShape(wanted, part) === undefined);
  return surplus ? `its "${given.name}" has a ${surplus}, for which ${node.name} has no place` : null;
}

const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** A shape of ours as a file of another layout has it. */
function asInFile(shape: readonly number[], { layout }: FileLayer): readonly number[] {
  if (layout === 'keras') return shape;
  if (shape.length === 2) return shape.toReversed();
  if (shape.length !== 4) return shape;
  const [high, wide, channels, filters] = shape as [number, number, number, number];
  return [filters, channels, high, wide];
}

/** A dense layer on a flattened map as the convolution that it is: [out, C, H, W], or [out, in, 1, 1]. */
function unrolled(wanted: WantedLayer): readonly number[] {
  const [features, units] = wantedShape(wanted, 'kernel') as [number, number];
  if (!wanted.flattened) return [units, features, 1, 1];
  const [high, wide, channels] = wanted.flattened as [number, number, number];
  return [units, channels, high, wide];
}

function strideMisfit(
  { strides, node }: WantedLayer,
  { name }: FileLayer,
  names: ReadonlySet<string>,
  family: Family | null,
): string | null {
  if (!family || !strides) return null;
  const stride = family.stride(name, names);
  if (strides.every((own) => own === stride)) return null;
  return `its "${name}" moves by ${stride}, but ${node.name} by ${strides[0]}: these weights are for ${family.models.join(', ')}`;
}

/** The units of a last dense layer that differs in nothing else. */
function otherUnits(wanted: WantedLayer, given: FileLayer): number | null {
  const [features, units] = wantedShape(wanted, 'kernel') ?? [];
  const shape = given.parts.get('kernel')?.shape ?? [];
  const [theirs, inputs] = given.layout === 'torch' ? shape : shape.toReversed();
  const isOnlyThat = given.kind === 'dense' && wanted.kind === 'dense' && inputs === features;
  return isOnlyThat && theirs !== units ? theirs! : null;
}
