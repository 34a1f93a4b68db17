import { formatValue } from '../../../base/text/format.js';
import { activationSchema } from '../../../recipe/activations.js';
import { initializerSchema } from '../../../recipe/initializers.js';
import { factor, meanOf } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';
import { torchCall } from '../../lowering/torch.js';
import {
  explainSizes,
  meanTerms,
  pooling,
  poolingArguments,
  poolingGeometry,
  poolingSchema,
  torchAveragePool,
} from './pooling.js';

const schema = poolingSchema.extend({
  activation: activationSchema.default('linear'),
  coefficientInitializer: initializerSchema.default('ones'),
  biasInitializer: initializerSchema.default('zeros'),
});

/** In Python, for exports. */
const CHANNEL_SCALE = `class ChannelScale(nn.Module):
    """x * weight + bias, one pair a channel: [N, C, H, W] to the same."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return x * self.weight[:, None, None] + self.bias[:, None, None]`;

/**
 * Sub-sampling that learns: the mean of each window times a coefficient plus a bias, one pair a channel, then the
 * activation: [H, W, C] to [oh, ow, C] (LeCun et al. 1998, Proc. IEEE 86(11), section II-B, layers S2 and S4).
 * @throws ShapeError where its input is no map, or a window does not fit it or could lie in the padding alone
 */
export const subsampling2d = defineLayer({
  ...pooling,
  keras: 'Subsampling2D',
  description: 'The mean of each window times a coefficient plus a bias, both learned, one pair a channel.',
  schema,
  activation: (params) => params.activation,
  weights(params, [input]) {
    const weight = { shape: [input![2]!], trainable: true };
    return [
      { ...weight, name: 'coefficient', initializer: params.coefficientInitializer, decay: true },
      { ...weight, name: 'bias', initializer: params.biasInitializer, decay: false },
    ];
  },
  explain: (params, [input]) => [
    ...explainSizes(params, input!, 'fewer'),
    `parameters: (1 coefficient + 1 bias) x ${input![2]} channels = ${2 * input![2]!}`,
  ],
  arithmetic(params, place, numbers) {
    const of = (name: string) => numbers.weights.get(name)!.data[place[2]!]!;
    const [coefficient, bias] = [of('coefficient'), of('bias')];
    const mean = meanOf(meanTerms(params, place, numbers));
    const value = mean.value * coefficient + bias;
    const scaled = mean.terms.map((term) => ({ ...term, weight: term.weight * coefficient }));
    return {
      rule: 'sum',
      terms: [...scaled, { input: 1, weight: bias, place: null, source: 0 }],
      value,
      text: `${mean.text}, times coefficient ${factor(coefficient)} plus bias ${factor(bias)} = ${formatValue(value)}`,
    };
  },
  onnx(operators, node, [x]) {
    const geometry = poolingGeometry(node.params, node.inputShapes[0]!);
    return operators.channelScale(operators.averagePool2d(x!, { geometry }), {
      coefficient: `${node.name}/coefficient`,
      bias: `${node.name}/bias`,
    });
  },
  tensorflow(context, node, [x]) {
    const geometry = poolingGeometry(node.params, node.inputShapes[0]!);
    const pool = poolingArguments(`${node.name}/mean`, node.params, 'valid');
    const mean = context.averagePool(pool, geometry, x!);
    return context.activated(node, context.apply(new context.own.ChannelScale({ name: node.name }), mean));
  },
  torch(self, { params, inputShapes: [input] }, [x]) {
    const mean = torchAveragePool(poolingGeometry(params, input!), x!);
    return {
      module: torchCall('ChannelScale', [input![2]!]),
      value: `${self}(${mean.value})`,
      definitions: [...(mean.definitions ?? []), CHANNEL_SCALE],
      tensors: { coefficient: { name: 'weight' }, bias: { name: 'bias' } },
    };
  },
});
