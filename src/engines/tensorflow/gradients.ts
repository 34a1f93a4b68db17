import type { Scalar, Tensor as TfTensor, Variable } from '@tensorflow/tfjs-core';
import type { Tensors } from '../../base/tensor.js';
import type { Graph } from '../../models/graph/graph.js';
import type { GradientsInput, GradientsProgram, GradientsResult } from '../engine.js';
import { ofAnyNumbers } from './layers.js';
import type { Tensorflow } from './library.js';
import { loadWeights, saveTensors, toTf } from './tensors.js';
import { asWorkError, createWholeModel, masksOf, type TfModel } from './tf-model.js';

/** Gradients by TensorFlow.js's own differentiation: of the sum of the output times the gradient that is given for it. */
export function createGradientsProgram(tf: Tensorflow, graph: Graph, batchSize: number): GradientsProgram {
  const start = performance.now();
  const others = graph.nodes.slice(0, -1).map(({ name }) => name);
  const network = createWholeModel(tf, ofAnyNumbers(graph), 'training', others);
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
        return await differentiate(tf, network, given);
      } catch (error) {
        throw asWorkError(`TensorFlow.js failed on ${graph.name}`, error);
      }
    },
    async dispose() {
      network.model.dispose();
    },
  };
}

async function differentiate(
  tf: Tensorflow,
  { graph, model, weights }: TfModel,
  { input, gradient, masks }: GradientsInput,
): Promise<GradientsResult> {
  const x = tf.variable(toTf(tf, input));
  const trained = weights.filter(({ spec }) => spec.trainable);
  const variables = trained.map(({ variable }) => variable.read() as Variable);
  let outputs: TfTensor[] = [];
  const { value, grads } = tf.tidy(() => {
    const given = masksOf(tf, graph, { count: input.shape[0]!, masks });
    return tf.variableGrads(() => {
      outputs = [model.apply(given.length > 0 ? [x, ...given] : x, { training: true }) as TfTensor].flat();
      // variableGrads disposes of everything but the sum and the gradients.
      for (const output of outputs) tf.keep(output);
      return tf.sum(tf.mul(outputs[0]!, toTf(tf, gradient))) as Scalar;
    }, [x, ...variables]);
  });
  const names = [graph.nodes.at(-1)!.name, ...graph.nodes.slice(0, -1).map(({ name }) => name)];
  const saved = await saveTensors(names.map((name, i) => [name, outputs[i]!]));
  const [input0] = (await saveTensors([['input', grads[x.name]!]])).values();
  const ofWeights = await saveTensors(
    trained.map(({ fullName }, i) => [fullName, grads[variables[i]!.name]!]),
  );
  tf.dispose([value, ...outputs, ...Object.values(grads)]);
  x.dispose();
  return { outputs: saved, input: input0!, weights: ofWeights };
}
