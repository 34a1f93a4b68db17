import type { Tensor, Tensors } from '../base/tensor.js';
import { MisfitError, OtherClassesError } from '../engines/onnx/exchange/view/misfit.js';
import { type Graph, weightsOf, withoutAuxiliaries } from '../models/graph/graph.js';
import { weightsIn } from '../runs/checkpoint.js';
import type { FileTensor, WeightsFile } from './files/tensor-file.js';
import { valuesOf } from './files/values.js';

type FileTensors = ReadonlyMap<string, FileTensor>;

/**
 * The weights in a file that names and keeps them as cnnzoo does; null where it does not: where none of its tensors is named
 * `LAYER/WEIGHT` by a layer of the graph.
 */
export function ownTensors(file: WeightsFile, graph: Graph): FileTensors | null {
  const named = new Map(file.tensors.map((tensor) => [tensor.name, tensor]));
  const metadata = file.metadata as Readonly<Record<string, string>>;
  const tensors =
    file.format === 'safetensors' || file.format === 'run' ? weightsIn({ tensors: named, metadata }) : named;
  const layers = [...tensors.keys()].map((name) => /^(.*)\/[^/]+$/.exec(name)?.[1] ?? name);
  const wanted = weightsOf(withoutAuxiliaries(graph)).map(({ node }) => node.name);
  return file.isOwn || areNames(layers, wanted) ? tensors : null;
}

/**
 * Whether names of layers are those of a graph. Keras 3 counts its layers too, but from another number: `conv2d_1` is the
 * second there.
 */
export function areNames(layers: readonly string[], wanted: readonly string[]): boolean {
  const [found, known] = [new Set(layers), new Set(wanted)];
  if (found.size === 0) return false;
  return wanted.every((name) => found.has(name)) || layers.every((name) => known.has(name));
}

/** @throws WorkError naming the first weight that is missing, of another shape, or has no place */
export function requireOwn(path: string, tensors: FileTensors, graph: Graph): void {
  const misfit = ownMisfit(tensors, graph);
  if (misfit === null) return;
  const { text, classes } = misfit;
  throw classes === null ? new MisfitError(path, text) : new OtherClassesError(path, text, classes);
}

/** Why tensors of our names are not those that a graph wants. */
interface OwnMisfit {
  /** The rest of a sentence. */
  readonly text: string;
  /** Of the file, where they alone do not fit. */
  readonly classes: number | null;
}

/** null where they are those that it wants. */
export function ownMisfit(tensors: FileTensors, graph: Graph): OwnMisfit | null {
  const used = new Set(withoutAuxiliaries(graph).nodes.map(({ name }) => name));
  const wanted = weightsOf(graph);
  for (const { fullName, node, spec } of wanted) {
    const found = tensors.get(fullName)?.shape;
    if (found === undefined && !used.has(node.name)) continue;
    if (found?.join() === spec.shape.join()) continue;
    const want = `[${spec.shape.join(', ')}]`;
    if (!found) return misfit(`it has no "${fullName}", where ${want} is wanted`);
    const isLast = node.name === wanted.findLast((weight) => used.has(weight.node.name))?.node.name;
    const classes = isLast && isOfClasses(spec.shape, found) ? found.at(-1)! : null;
    return misfit(`"${fullName}" is [${found.join(', ')}], where ${want} is wanted`, classes);
  }
  const names = new Set(wanted.map(({ fullName }) => fullName));
  const extra = [...tensors].find(([name]) => !names.has(name));
  if (!extra) return null;
  return misfit(`${graph.name} has no place for its "${extra[0]}" [${extra[1].shape.join(', ')}]`);
}

const misfit = (text: string, classes: number | null = null): OwnMisfit => ({ text, classes });

/** Whether two shapes differ in nothing but the number of classes. */
function isOfClasses(wanted: readonly number[], found: readonly number[]): boolean {
  const differs = wanted.map((extent, axis) => extent !== found[axis]);
  return found.length === differs.length && differs.indexOf(true) === differs.length - 1;
}

/** The values, in the order of the file. */
export function readAll(path: string, tensors: FileTensors): Tensors {
  return new Map(
    [...tensors].map(([name, tensor]): [string, Tensor] => [
      name,
      { shape: tensor.shape, data: valuesOf(path, tensor) },
    ]),
  );
}
