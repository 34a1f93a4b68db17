import { UsageError } from '../base/errors.js';
import { nearest } from '../base/text/nearest.js';
import { setting } from '../base/text/settings.js';
import { listed } from '../base/text/words.js';
import type { LayerSpec, ModelSpec } from './config/spec.js';
import { INPUT, type Shape } from './graph/graph.js';
import { ShapeError } from './graph/shape-error.js';
import { layerDef } from './layers/index.js';

/** The layer, of a name that no config can give, that makes a vector of the image which a graph begins with. */
export const VECTOR_INPUT = 'input/vector';

/** The same layers on a vector, which comes as an image of 1x1xF. */
export function onVector(spec: ModelSpec): ModelSpec {
  const flatten: LayerSpec = { kind: 'flatten', name: VECTOR_INPUT, params: {}, inputs: [INPUT], path: [] };
  const layers = spec.layers.map((layer) => ({
    ...layer,
    inputs: layer.inputs.map((name) => (name === INPUT ? VECTOR_INPUT : name)),
  }));
  return { ...spec, layers: [flatten, ...layers] };
}

/** Whether every layer that reads the input takes a vector of so many values. */
export function takesVector({ layers }: ModelSpec, values: number): boolean {
  return layers
    .filter(({ inputs }) => inputs.includes(INPUT))
    .every(({ kind, params, inputs }) =>
      takes(
        kind,
        params,
        inputs.map(() => [values]),
      ),
    );
}

function takes(kind: string, params: object, inputs: readonly Shape[]): boolean {
  try {
    layerDef(kind).outputShape(params as Record<string, unknown>, inputs);
    return true;
  } catch (error) {
    if (error instanceof ShapeError) return false;
    throw error;
  }
}

/**
 * The layers from `from` to `to`, both included; the first reads the input in place of what it read.
 * @throws UsageError for a layer that there is not, and where layers between them read others that come before
 */
export function partOf(spec: ModelSpec, from: string | undefined, to: string | undefined): ModelSpec {
  const last = to === undefined ? spec.layers.at(-1)! : layerNamed(spec, to, setting('layer'));
  if (from === undefined) return withLayers(spec, leadingTo(spec, last, undefined));
  const first = layerNamed(spec, from, setting('from'));
  if (first.inputs.length > 1) {
    throw new UsageError(
      `${from} reads ${listed(first.inputs, 4)}, but ${setting('from')} begins with one input: begin with a layer that reads one.`,
    );
  }
  const layers = leadingTo(spec, last, first);
  if (!layers.includes(first)) {
    throw new UsageError(
      `${last.name} does not come after ${from}: turn ${setting('from')} and ${setting('layer')} around.`,
    );
  }
  const names = new Set(layers.map(({ name }) => name));
  for (const layer of layers) {
    const outside = layer === first ? undefined : layer.inputs.find((name) => !names.has(name));
    if (outside === undefined) continue;
    throw new UsageError(
      `${layer.name} also reads ${outside}, which comes before ${from}: begin with ${setting('from')} at a layer before both.`,
    );
  }
  return withLayers(
    spec,
    layers.map((layer) => (layer === first ? { ...layer, inputs: [INPUT] } : layer)),
  );
}

function withLayers(spec: ModelSpec, layers: readonly LayerSpec[]): ModelSpec {
  return { ...spec, layers, auxiliaries: [] };
}

/** The layers that `last` needs, in their order; what `first` needs is left out, and what comes before it is not there. */
function leadingTo(
  { layers }: ModelSpec,
  last: LayerSpec,
  first: LayerSpec | undefined,
): readonly LayerSpec[] {
  const begin = first === undefined ? 0 : layers.indexOf(first);
  const wanted = new Set([last.name]);
  for (const layer of layers.slice(begin).reverse()) {
    if (layer !== first && wanted.has(layer.name)) for (const input of layer.inputs) wanted.add(input);
  }
  return layers.slice(begin).filter(({ name }) => wanted.has(name));
}

function layerNamed({ name: model, layers }: ModelSpec, name: string, flag: string): LayerSpec {
  const found = layers.find((layer) => layer.name === name);
  if (found) return found;
  const names = layers.map((layer) => layer.name);
  const close = nearest(name, names);
  const way = close ? `Did you mean "${close}"?` : `Its layers are ${listed(names, 12)}.`;
  throw new UsageError(`${flag}: ${model} has no layer "${name}". ${way}`);
}
