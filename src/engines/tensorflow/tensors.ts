import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { WorkError } from '../../base/errors.js';
import { sizeOf, type Tensor, type Tensors } from '../../base/tensor.js';
import type { Tensorflow } from './library.js';
import type { TfModel } from './tf-model.js';

/** @throws WorkError naming the first weight that is missing, has another shape or does not belong to the graph. */
export function loadWeights(tf: Tensorflow, { graph, weights }: TfModel, tensors: Tensors): void {
  const expected = weights.map(({ fullName, spec }) => ({ name: fullName, shape: spec.shape }));
  checkTensors(`weights for ${graph.name}`, tensors, expected);
  for (const { fullName, variable } of weights) {
    const value = toTf(tf, tensors.get(fullName)!);
    variable.write(value);
    value.dispose();
  }
}

export function saveWeights({ weights }: TfModel): Promise<Tensors> {
  return saveTensors(weights.map(({ fullName, variable }) => [fullName, variable.read()]));
}

/** Copies of tensors' values, by name. */
export async function saveTensors(tensors: readonly (readonly [string, TfTensor])[]): Promise<Tensors> {
  const saved = tensors.map(async ([name, tensor]): Promise<[string, Tensor]> => {
    const data = (await tensor.data()) as Float32Array;
    // The plain backend gives out its own memory.
    return [name, { shape: [...tensor.shape], data: data.slice() }];
  });
  return new Map(await Promise.all(saved));
}

/** A copy: the plain backend keeps the array that it is given. */
export function toTf(tf: Tensorflow, { shape, data }: Tensor): TfTensor {
  return tf.tensor(data.slice(), [...shape], 'float32');
}

/** @throws WorkError naming the first tensor that is missing, has another shape or is not expected. */
export function checkTensors(
  what: string,
  tensors: Tensors,
  expected: readonly { readonly name: string; readonly shape: readonly number[] }[],
): void {
  for (const { name, shape } of expected) {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new WorkError(`The ${what} lack ${name} of shape [${shape.join(', ')}].`);
    if (tensor.shape.join() !== shape.join() || tensor.data.length !== sizeOf(shape)) {
      throw new WorkError(
        `The ${what} do not fit: ${name} must have the shape [${shape.join(', ')}], got [${tensor.shape.join(', ')}].`,
      );
    }
  }
  const names = new Set(expected.map(({ name }) => name));
  for (const name of tensors.keys()) {
    if (!names.has(name)) throw new WorkError(`The ${what} do not fit: nothing in them is called ${name}.`);
  }
}
