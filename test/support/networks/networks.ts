import { randomStream } from '../../../src/base/random.js';
import type { Graph } from '../../../src/models/graph/graph.js';
import { outputNode, weightsOf } from '../../../src/models/graph/graph.js';
import { loadModel } from '../../../src/models/zoo.js';
import { draw } from '../../../src/recipe/initializers.js';
import type { Network } from '../../../src/training/evaluation/network.js';
import { graphOf, randomWeights, zooGraph } from './parity.js';

/** A network of the zoo with random weights. */
export function zooNetwork(name: string): Network {
  return networkOf(zooGraph(name));
}

/** With random weights whose outputs are far from equal, so that a wrong one shows. */
export function networkOf(graph: Graph, seed = 7): Network {
  const last = outputNode(graph).name;
  const weights = new Map(randomWeights(graph, seed));
  for (const { fullName, node, spec } of weightsOf(graph)) {
    if (spec.name !== 'kernel') continue;
    const data = draw('heNormal', spec.shape, randomStream(seed, 'kernel', fullName));
    weights.set(fullName, { shape: spec.shape, data: node.name === last ? data.map((w) => 2 * w) : data });
  }
  const classes = Array.from({ length: graph.classes }, (_, i) => `label ${i}`);
  return {
    name: graph.name,
    spec: loadModel('lenet5'),
    graph,
    weights,
    origin: 'random',
    classes,
    run: null,
  };
}

/** Small networks that have between them what the small ones of the zoo lack. */
export const SAMPLES: Readonly<Record<string, () => Graph>> = {
  'lrn, inception, auxiliary classifier': () =>
    graphOf(
      `  - conv2d: { filters: 6, kernelSize: 3, strides: 2, padding: same, activation: relu }
  - lrn
  - maxPool2d: { poolSize: 3, strides: 2, padding: same }
  - inception: { name: a, filters: [4, 3, 5, 2, 4, 3] }
  - auxiliary: { weight: 0.3, layers: [flatten, dense: { units: classes, activation: softmax }] }
  - avgPool2d: { poolSize: 3, strides: 1, padding: same }
  - globalAvgPool2d
  - dropout: 0.4
  - dense: { units: classes, activation: softmax }
`,
      '[17, 13, 3]',
    ),
  'batch normalization, residuals, padding by number': () =>
    graphOf(
      `  - conv2d: { filters: 4, kernelSize: 7, strides: 2, padding: 3, useBias: false }
  - batchNorm
  - activation: relu
  - maxPool2d: { poolSize: 3, strides: 2, padding: 1 }
  - residual: { filters: 4 }
  - residual: { filters: 8, strides: 2 }
  - residual: { filters: 2, bottleneck: true, projection: true }
  - globalAvgPool2d
  - dense: { units: classes, activation: softmax }
`,
      '[21, 21, 1]',
    ),
  'flattened branches joined, channels pooled': () =>
    graphOf(
      `  - zeroPadding2d: [[1, 2], [0, 1]]
  - conv2d: { filters: 6, kernelSize: 3, activation: sigmoid }
  - depthMaxPool: { poolSize: 2 }
  - branches:
      paths: [[flatten], [avgPool2d: { poolSize: 3, strides: 2, padding: 1 }, flatten]]
      join: concatenate
  - dense: { units: 7, activation: softmax }
  - dense: { units: classes, activation: softmin }
`,
      '[9, 7, 2]',
    ),
};

/** Bytes, [N, H, W, C], as a network sees them. */
export function scaledPixels({ pixels, input }: Graph, images: Uint8Array): Float32Array {
  const channels = input[2];
  return Float32Array.from(
    images,
    (byte, i) => byte * pixels.scale[i % channels]! + pixels.offset[i % channels]!,
  );
}

/** Images as bytes [N, H, W, C] as a network sees them in other programs: [N, C, H, W]. */
export function scaledImages(graph: Graph, images: Uint8Array): Float32Array {
  const [height, width, channels] = graph.input;
  const places = height * width;
  const scaled = scaledPixels(graph, images);
  const values = new Float32Array(scaled.length);
  scaled.forEach((value, i) => {
    const [channel, place] = [i % channels, Math.floor(i / channels)];
    const image = Math.floor(place / places);
    values[(image * channels + channel) * places + (place % places)] = value;
  });
  return values;
}
