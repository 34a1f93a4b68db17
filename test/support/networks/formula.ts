import { placeOf, sizeOf, type Tensor, type Tensors } from '../../../src/base/tensor.js';
import { type Graph, INPUT } from '../../../src/models/graph/graph.js';
import { arithmeticAt } from '../../../src/tasks/apply/at.js';

/** The values of every layer for one image, by their names: in double precision, whatever the type says. */
export type Values = ReadonlyMap<string, Tensor>;

const doubles = (values: ArrayLike<number>): Float32Array =>
  Float64Array.from(values) as unknown as Float32Array;

/**
 * What a network makes of an image in use, value by value by the formulas of its layers, apart from any engine.
 * @param known layers that are not computed, but have these values
 */
export function byFormula(graph: Graph, weights: Tensors, image: Tensor, known: Values = new Map()): Values {
  const values = new Map<string, Tensor>([[INPUT, { ...image, data: doubles(image.data) }], ...known]);
  for (const node of graph.nodes) {
    if (values.has(node.name)) continue;
    const inputs = node.inputs.map((name) => values.get(name)!);
    const own = node.weights.map(({ name }) => [name, weights.get(`${node.name}/${name}`)!] as const);
    const numbers = { inputs, weights: new Map(own) };
    const shape = node.outputShape;
    const data = doubles(
      Array.from({ length: sizeOf(shape) }, (_, i) => arithmeticAt(node, placeOf(i, shape), numbers).value),
    );
    values.set(node.name, { shape, data });
  }
  return values;
}

/** The layers that are computed from one, by their names. */
function layersBehind(graph: Graph, layer: string): ReadonlySet<string> {
  const found = new Set([layer]);
  for (const { name, inputs } of graph.nodes) if (inputs.some((input) => found.has(input))) found.add(name);
  found.delete(layer);
  return found;
}

/** A layer's values for an image, and what one value of the output becomes as they are changed. */
export interface Answering {
  readonly maps: Tensor;
  /** What does not come of the layer stays as it is. */
  answer(values: ArrayLike<number>): number;
}

/** @param place of the value in the output */
export function answering(
  graph: Graph,
  weights: Tensors,
  image: Tensor,
  layer: string,
  place: number,
): Answering {
  const behind = layersBehind(graph, layer);
  const all = byFormula(graph, weights, image);
  const kept = [...all].filter(([name]) => !behind.has(name));
  const maps = all.get(layer)!;
  const last = graph.nodes.at(-1)!.name;
  return {
    maps,
    answer(values) {
      const known = new Map([...kept, [layer, { shape: maps.shape, data: doubles(values) }] as const]);
      return byFormula(graph, weights, image, known).get(last)!.data[place]!;
    },
  };
}
