import type { Scalar, Tensor as TfTensor, Variable } from '@tensorflow/tfjs-core';
import { sizeOf, type Tensors } from '../../base/tensor.js';
import { type Graph, outputNode } from '../../models/graph/graph.js';
import type { GradientsInput, GradientsOptions, GradientsProgram, GradientsResult } from '../engine.js';
import { ofAnyNumbers } from './layers.js';
import type { Tensorflow } from './library.js';
import { loadWeights, saveTensors, toTf } from './tensors.js';
import { asWorkError, createWholeModel, masksOf, type TfModel } from './tf-model.js';

/** Gradients by TensorFlow.js's own differentiation: of the sum of the output times the gradient that is given for it. */
export function createGradientsProgram(
  tf: Tensorflow,
  graph: Graph,
  { batchSize, backTo }: GradientsOptions,
): GradientsProgram {
  const start = performance.now();
  const names = graph.nodes.slice(0, -1).map(({ name }) => name);
  const others = backTo === undefined ? names : names.filter((name) => name === backTo);
  const used = backTo === undefined ? graph : withoutDropout(graph);
  const network = createWholeModel(tf, ofAnyNumbers(used), 'training', others, backTo);
  let weights: Tensors | undefined;
  return {
    batchSize,
    buildMs: performance.now() - start,
    async load(given) {
      weights = given;
    },
    async run(given) {
      // A step in training also moves running values.
      loadWeights(tf, network, weights!);
      try {
        return await differentiate(tf, network, given, others, backTo);
      } catch (error) {
        throw asWorkError(`TensorFlow.js failed on ${graph.name}`, error);
      }
    },
    async dispose() {
      network.model.dispose();
    },
  };
}

/** The same graph with the identity in the place of every dropout layer. */
function withoutDropout(graph: Graph): Graph {
  const nodes = graph.nodes.map((node) =>
    node.kind === 'dropout' ? { ...node, kind: 'activation', params: { function: 'linear' } } : node,
  );
  return { ...graph, nodes };
}

/** @param others layers whose outputs follow that of the last one */
async function differentiate(
  tf: Tensorflow,
  { graph, model, weights }: TfModel,
  { input, gradient, masks }: GradientsInput,
  others: readonly string[],
  backTo: string | undefined,
): Promise<GradientsResult> {
  const count = input.shape[0]!;
  const isTraining = backTo === undefined;
  const end = tf.variable(isTraining ? toTf(tf, input) : zerosOf(tf, graph, backTo, count));
  const trained = weights.filter(({ spec }) => isTraining && spec.trainable);
  const variables = trained.map(({ variable }) => variable.read() as Variable);
  let outputs: TfTensor[] = [];
  const { value, grads } = tf.tidy(() => {
    const inputs = isTraining ? [end, ...masksOf(tf, graph, { count, masks })] : [toTf(tf, input), end];
    return tf.variableGrads(() => {
      const read = inputs.length > 1 ? inputs : inputs[0]!;
      outputs = [model.apply(read, { training: isTraining }) as TfTensor].flat();
      // variableGrads disposes of everything but the sum and the gradients.
      for (const output of outputs) tf.keep(output);
      return tf.sum(tf.mul(outputs[0]!, toTf(tf, gradient))) as Scalar;
    }, [end, ...variables]);
  });
  const names = [outputNode(graph).name, ...others];
  const saved = await saveTensors(names.map((name, i) => [name, outputs[i]!]));
  const [ofEnd] = (await saveTensors([['end', grads[end.name]!]])).values();
  const ofWeights = await saveTensors(
    trained.map(({ fullName }, i) => [fullName, grads[variables[i]!.name]!]),
  );
  tf.dispose([value, ...outputs, ...Object.values(grads)]);
  end.dispose();
  return { outputs: saved, input: ofEnd!, weights: ofWeights };
}

/** What moves no value of a layer, for each image. */
function zerosOf(tf: Tensorflow, { nodes }: Graph, layer: string, count: number): TfTensor {
  const shape = [count, ...nodes.find(({ name }) => name === layer)!.outputShape];
  return toTf(tf, { shape, data: new Float32Array(sizeOf(shape)) });
}
