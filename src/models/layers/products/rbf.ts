import * as z from 'zod';
import { formatValue } from '../../../base/text/format.js';
import { activationSchema } from '../../../recipe/activations.js';
import { ShapeError } from '../../graph/shape-error.js';
import { requireVector } from '../../graph/window.js';
import { factor, valueAt, writeTerms } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';
import { torchCall } from '../../lowering/torch.js';
import { BITMAP, BITMAP_COUNT, bitmapOf } from './bitmaps.js';

const schema = z.strictObject({
  units: z
    .union([z.int().min(1), z.literal('classes')])
    .describe("Number of outputs; 'classes' follows the model's number of classes."),
  centres: z
    .enum(['bitmaps', 'random'])
    .default('bitmaps')
    .describe(
      "What the input is compared with, fixed: 'bitmaps' are the digits 0 to 9, drawn on 7 x 12 pixels of -1 and 1; 'random' draws -1 and 1.",
    ),
  activation: activationSchema.default('linear'),
});
type Params = z.output<typeof schema>;

/** In Python, for exports. */
const EUCLIDEAN_RBF = `class EuclideanRBF(nn.Module):
    """Squared distances to fixed centres: [N, F] to [N, units] (LeCun et al. 1998, equation 7)."""

    def __init__(self, features, units):
        super().__init__()
        self.register_buffer("centres", torch.zeros(units, features))

    def forward(self, x):
        return (x[:, None, :] - self.centres).square().sum(2)`;

/**
 * Euclidean radial basis functions: [F] to the squared distances to `units` fixed centres, y_i = sum_j (x_j - w_ij)^2
 * (LeCun et al. 1998, Proc. IEEE 86(11), equation 7). As the last layer with `activation: softmin`: the class is the
 * smallest distance.
 * @throws ShapeError where its input is no vector, or bitmaps fit neither its values nor its units
 */
export const rbf = defineLayer({
  keras: 'EuclideanRBF',
  description: 'Squared distances to fixed centres, one a unit (Euclidean radial basis functions).',
  schema,
  shorthand: 'units',
  outputShape(params, [input]) {
    requireVector(input!);
    if (params.centres === 'bitmaps') requireBitmaps(Number(params.units), input![0]!);
    return [Number(params.units)];
  },
  activation: (params) => params.activation,
  weights(params, [input]) {
    const shape = [input![0]!, Number(params.units)];
    return [{ name: 'centres', shape, initializer: centresOf(params), trainable: false, decay: false }];
  },
  window: () => 'whole',
  explain(params, [input], [units]) {
    const [inputs] = input!;
    return [
      `output: the squared distances to ${units} centres, y_i = sum of ${inputs} squares (x_j - w_ij)^2`,
      `parameters: ${inputs} x ${units} = ${inputs! * units!}, fixed`,
      ...(params.activation === 'softmin'
        ? [
            'softmin: the probability of class i is exp(-y_i) / sum of all exp(-y_k); the smallest distance is the class',
          ]
        : []),
    ];
  },
  wayBack: 'the sum over the units i of 2 * g_i * (x_j - w_ij)',
  arithmetic(_params, [unit], { inputs: [input], weights }) {
    const centres = weights.get('centres')!;
    const terms = Array.from(input!.data, (value, i) => ({
      input: value,
      weight: valueAt(centres, [i, unit!]),
      place: [i],
      source: 0,
    }));
    const value = terms.reduce((sum, { input, weight }) => sum + (input - weight) ** 2, 0);
    const squares = writeTerms(terms, ({ input, weight }) => `(${factor(input)} - ${factor(weight)})^2`);
    return { rule: 'formula', terms, value, text: `${squares} = ${formatValue(value)}` };
  },
  onnx: (operators, node, [x]) =>
    operators.rbf(x!, { units: node.outputShape[0]!, centres: `${node.name}/centres` }),
  tensorflow(context, node, [x]) {
    const layer = new context.own.EuclideanRBF({ name: node.name, units: node.outputShape[0]! });
    return context.activated(node, context.apply(layer, x!));
  },
  torch: (self, { inputShapes: [input], outputShape: [units] }, [x]) => ({
    module: torchCall('EuclideanRBF', [input![0]!, units!]),
    value: `${self}(${x})`,
    definitions: [EUCLIDEAN_RBF],
    tensors: { centres: { name: 'centres', axes: [1, 0], isOfInput: true } },
  }),
});

function requireBitmaps(units: number, inputs: number): void {
  const { height, width } = BITMAP;
  if (units > BITMAP_COUNT) {
    throw new ShapeError(
      `there are bitmaps of ${BITMAP_COUNT} classes, the digits 0 to 9, not of ${units}: "centres: random" has as many as it takes`,
    );
  }
  if (inputs !== height * width) {
    throw new ShapeError(
      `compares its input with bitmaps of ${width} x ${height} = ${width * height} values, but gets ${inputs}: "centres: random" takes any number`,
    );
  }
}

/** [F, units]: a column is a centre. */
function centresOf({ centres, units }: Params) {
  if (centres === 'random') return 'signs';
  const bitmaps = Array.from({ length: Number(units) }, (_, digit) => bitmapOf(digit));
  return { values: bitmaps[0]!.flatMap((_, pixel) => bitmaps.map((bitmap) => bitmap[pixel]!)) };
}
