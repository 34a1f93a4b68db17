import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { messageOf, WorkError } from '../../base/errors.js';
import {
  dropoutsOf,
  type Graph,
  type GraphNode,
  INPUT,
  outputNode,
  type Shape,
} from '../../models/graph/graph.js';
import { windowGeometry } from '../../models/graph/window.js';
import { layerDef } from '../../models/layers/index.js';
import type { PoolingArguments, TensorflowContext } from '../../models/lowering/tensorflow.js';
import { channelLayers } from './channel-layers.js';
import { customLayers, LOWEST } from './custom-layers.js';
import { furtherActivation, isFurther } from './further-activations.js';
import { lenetLayers } from './lenet-layers.js';
import type { Tensorflow } from './library.js';
import { nonNegativeLayers } from './non-negative.js';

/**
 * `inference`: one input, and TensorFlow.js's own layers wherever they express the graph, so that it can be exported.
 * `training`: a further input for each dropout mask, and layers whose gradients are right.
 */
export type Purpose = 'inference' | 'training';

/** The name of the input that takes a dropout layer's mask, [N, ...the layer's shape]. No layer of a config has a `/`. */
const maskInput = (dropout: string): string => `${dropout}/mask`;

/** The name of the input that moves a layer's values. */
const moveInput = (layer: string): string => `${layer}/move`;

/**
 * A graph as a tf.LayersModel with layers of the same names. It reads scaled pixels, float [N, H, W, C], and in
 * training the masks of `dropoutsOf(graph)` in their order. Its outputs are the graph's, then those of its auxiliaries,
 * then those of the layers `watch`.
 * @param moved a layer to whose output a further, last input is added: what a gradient with respect to it is asked of
 * @throws WorkError naming the layer that TensorFlow.js refuses or shapes otherwise than the graph.
 */
export function buildLayersModel(
  tf: Tensorflow,
  graph: Graph,
  purpose: Purpose = 'inference',
  watch: readonly string[] = [],
  moved?: string,
): LayersModel {
  const image = tf.input({ shape: [...graph.input], name: INPUT });
  const masks = new Map(
    (purpose === 'training' ? dropoutsOf(graph) : []).map(({ name, shape }) => [
      name,
      tf.input({ shape: [...shape], name: maskInput(name) }),
    ]),
  );
  const context = createContext(tf, masks, purpose, layersOfNonNegative(graph));
  const values = new Map<string, SymbolicTensor>([[INPUT, image]]);
  const moves: SymbolicTensor[] = [];
  for (const node of graph.nodes) {
    const { name, inputs, outputShape } = node;
    const output = lower(
      tf,
      context,
      node,
      inputs.map((input) => values.get(input)!),
    );
    values.set(name, output);
    if (name !== moved) continue;
    const move = tf.input({ shape: [...outputShape], name: moveInput(name) });
    values.set(name, context.apply(tf.layers.add({ name: `${name}/moved` }), [output, move]));
    moves.push(move);
  }
  const heads = [outputNode(graph).name, ...graph.auxiliaries.map(({ node }) => node), ...watch];
  const outputs = heads.map((name) => values.get(name)!);
  return tf.model({ inputs: [image, ...masks.values(), ...moves], outputs, name: graph.name });
}

/** The layers that read no negative value. */
function layersOfNonNegative(graph: Graph): ReadonlySet<string> {
  const nonNegative = nonNegativeLayers(graph);
  const readers = graph.nodes.filter(({ inputs }) => inputs.every((input) => nonNegative.has(input)));
  return new Set(readers.map(({ name }) => name));
}

function lower(
  tf: Tensorflow,
  context: TensorflowContext,
  node: GraphNode,
  inputs: SymbolicTensor[],
): SymbolicTensor {
  const { activation } = node;
  const further = isFurther(activation);
  const params = node.params as Record<string, unknown>;
  let output: SymbolicTensor;
  try {
    const lowered = { ...node, params, activation: further ? 'linear' : activation } as const;
    output = layerDef(node.kind).tensorflow(context, lowered, eachOnce(context, node, inputs));
    if (further) {
      const layer = new (furtherActivation(tf))({ name: `${node.name}/${activation}`, function: activation });
      output = context.apply(layer, output);
    }
  } catch (error) {
    const shapes = node.inputShapes.map(show).join(' and ');
    throw new WorkError(
      `${node.name}: TensorFlow.js refuses ${node.kind} on ${shapes}: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  const shape = output.shape.slice(1) as number[];
  if (shape.join() !== node.outputShape.join()) {
    throw new WorkError(
      `internal: ${node.name}: TensorFlow.js makes ${show(shape)} where the graph has ${show(node.outputShape)}; please report this.`,
    );
  }
  return output;
}

/** TensorFlow.js frees what a layer reads twice before others have read it: the second time it reads a copy. */
function eachOnce(
  { apply, layers }: TensorflowContext,
  { name }: GraphNode,
  inputs: readonly SymbolicTensor[],
): SymbolicTensor[] {
  return inputs.map((input, i) => {
    if (inputs.indexOf(input) === i) return input;
    return apply(layers.activation({ name: `${name}/input${i + 1}`, activation: 'linear' }), input);
  });
}

const show = (shape: Shape): string => `[${shape.join(', ')}]`;

function createContext(
  tf: Tensorflow,
  masks: ReadonlyMap<string, SymbolicTensor>,
  purpose: Purpose,
  readNoNegative: ReadonlySet<string>,
): TensorflowContext {
  const custom = customLayers(tf);
  const apply: TensorflowContext['apply'] = (layer, inputs) => layer.apply(inputs) as SymbolicTensor;
  return {
    layers: withoutRandomWeights(tf),
    own: { ...custom, ...channelLayers(tf), ...lenetLayers(tf) },
    apply,
    activated({ name, activation }, output) {
      if (activation === 'linear') return output;
      return apply(tf.layers.activation({ name: `${name}/${activation}`, activation }), output);
    },
    padded(name, input, padding, fill) {
      if (typeof padding === 'string') return { input, padding };
      const pads = typeof padding === 'number' ? ([padding, padding, padding, padding] as const) : padding;
      if (pads.every((pad) => pad === 0)) return { input, padding: 'valid' };
      const [top, left, bottom, right] = pads;
      const args = { name: `${name}/padding`, pads, value: LOWEST };
      // Where no value is below zero, a zero never wins either; but in training it could take part of a gradient.
      const zeroDoes = fill === 'zero' || (purpose === 'inference' && readNoNegative.has(name));
      const layer = !zeroDoes
        ? new custom.ConstantPadding2D(args)
        : tf.layers.zeroPadding2d({
            name: args.name,
            padding: [
              [top, bottom],
              [left, right],
            ],
          });
      return { input: apply(layer, input), padding: 'valid' };
    },
    averagePool(pooling, { pads }, input) {
      const padding = standardPadding(pooling, pads, input.shape.slice(1) as number[]);
      if (padding === 'valid' || (padding === 'same' && purpose === 'inference')) {
        return apply(tf.layers.averagePooling2d({ ...pooling, padding }), input);
      }
      return apply(new custom.RealAveragePooling2D({ ...pooling, pads }), input);
    },
    inInference(layer) {
      const call = layer.call.bind(layer);
      layer.call = (inputs, settings) => call(inputs, { ...settings, training: false });
      return layer;
    },
    dropout(node, input) {
      const mask = masks.get(node.name);
      if (mask === undefined)
        return apply(tf.layers.dropout({ name: node.name, rate: node.params.rate }), input);
      return apply(new custom.MaskedDropout({ name: node.name, rate: node.params.rate }), [input, mask]);
    },
  };
}

/** Weights are always loaded; drawing random ones first would take seconds for large networks. */
function withoutRandomWeights({ layers }: Tensorflow): Tensorflow['layers'] {
  return {
    ...layers,
    conv2d: (args) => layers.conv2d({ kernelInitializer: 'zeros', ...args }),
    dense: (args) => layers.dense({ kernelInitializer: 'zeros', ...args }),
  };
}

/** Which of TensorFlow.js's paddings gives these pads on an input of [H, W, C]; null if neither does. */
function standardPadding(
  pooling: PoolingArguments,
  pads: readonly number[],
  input: Shape,
): 'valid' | 'same' | null {
  if (pads.every((pad) => pad === 0)) return 'valid';
  const same = windowGeometry(input, { size: pooling.poolSize, strides: pooling.strides, padding: 'same' });
  return same.pads.join() === pads.join() ? 'same' : null;
}
