import { sizeOf, type Tensor } from '../../base/tensor.js';
import { type GraphNode, INPUT } from '../../models/graph/graph.js';
import type { LayerNumbers } from '../../models/lowering/arithmetic.js';
import { VECTOR_INPUT } from '../../models/part.js';
import { imageOf } from './at.js';

/** A layer and what it made of the numbers. */
export interface AppliedLayer {
  readonly node: GraphNode;
  /** [N, ...the layer's shape] */
  readonly output: Tensor;
  /** By their own names: `kernel`, `bias`. */
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** What layers made of numbers. */
export interface Applied {
  readonly name: string;
  /** [N, H, W, C] or [N, F] */
  readonly input: Tensor;
  /** Whether the numbers are a batch to the reader, or one image. */
  readonly isBatch: boolean;
  readonly layers: readonly AppliedLayer[];
  /** Where the weights are from, in words; null where no layer has any. */
  readonly origin: string | null;
  /** The masks of dropout layers where everything is as in training; absent where it is as in use. */
  readonly masks?: ReadonlyMap<string, Uint8Array>;
}

/** What a layer's formula reads of one image. */
export function numbersOf(
  { input, layers, masks }: Applied,
  { node, weights }: AppliedLayer,
  image: number,
): LayerNumbers {
  const outputs = new Map(layers.map((layer) => [layer.node.name, layer.output]));
  const read = (name: string) => (name === INPUT || name === VECTOR_INPUT ? input : outputs.get(name)!);
  const batch = node.inputs.map(read);
  const inputs = batch.map((tensor) => imageOf(tensor, image));
  if (masks === undefined) return { inputs, weights };
  const size = sizeOf(node.outputShape);
  const mask = masks.get(node.name)?.subarray(image * size, (image + 1) * size);
  return { inputs, weights, training: { batch, mask } };
}
