import * as z from 'zod';
import { activationSchema } from '../../../recipe/activations.js';
import { initializerSchema, useBiasSchema } from '../../../recipe/initializers.js';
import { requireVector } from '../../graph/window.js';
import { valueAt, weightedSum } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';
import { torchCall } from '../../lowering/torch.js';

const schema = z.strictObject({
  units: z
    .union([z.int().min(1), z.literal('classes')])
    .describe("Number of outputs; 'classes' follows the model's number of classes."),
  activation: activationSchema.default('linear'),
  useBias: useBiasSchema,
  kernelInitializer: initializerSchema.default('glorotUniform'),
  biasInitializer: initializerSchema.default('zeros'),
});

/**
 * A fully connected layer: [F] to [units]. `units: classes` is a number by the time a graph is built.
 * @throws ShapeError where its input is no vector
 */
export const dense = defineLayer({
  keras: 'Dense',
  description: 'A fully connected layer.',
  schema,
  shorthand: 'units',
  outputShape(params, [input]) {
    requireVector(input!);
    return [Number(params.units)];
  },
  activation: (params) => params.activation,
  weights(params, [input]) {
    const units = Number(params.units);
    const kernel = {
      name: 'kernel',
      shape: [input![0]!, units],
      initializer: params.kernelInitializer,
      trainable: true,
      decay: true,
    };
    const bias = {
      name: 'bias',
      shape: [units],
      initializer: params.biasInitializer,
      trainable: true,
      decay: false,
    };
    return params.useBias ? [kernel, bias] : [kernel];
  },
  macs: (_params, [input], output) => input![0]! * output[0]!,
  window: () => 'whole',
  explain(params, [input], output) {
    const perUnit = input![0]! + (params.useBias ? 1 : 0);
    return [
      `parameters: (${input![0]}${params.useBias ? ' + 1' : ''}) x ${output[0]} = ${perUnit * output[0]!}`,
      `MACs: ${input![0]} x ${output[0]} = ${input![0]! * output[0]!}`,
    ];
  },
  arithmetic(_params, [unit], { inputs: [input], weights }) {
    const kernel = weights.get('kernel')!;
    const terms = Array.from(input!.data, (value, i) => ({
      input: value,
      weight: valueAt(kernel, [i, unit!]),
      place: [i],
      source: 0,
    }));
    return weightedSum(terms, weights.get('bias')?.data[unit!]);
  },
  onnx: (operators, node, [x]) =>
    operators.dense(x!, {
      units: node.outputShape[0]!,
      kernel: `${node.name}/kernel`,
      bias: node.params.useBias ? `${node.name}/bias` : null,
    }),
  tensorflow: (context, node, [x]) =>
    context.apply(
      context.layers.dense({
        name: node.name,
        units: node.outputShape[0]!,
        activation: node.activation,
        useBias: node.params.useBias,
      }),
      x!,
    ),
  torch: (self, { params, inputShapes: [input], outputShape: [units] }, [x]) => ({
    module: torchCall('nn.Linear', [input![0]!, units!], { bias: params.useBias ? undefined : 'False' }),
    value: `${self}(${x})`,
    tensors: { kernel: { name: 'weight', axes: [1, 0], isOfInput: true }, bias: { name: 'bias' } },
  }),
});
