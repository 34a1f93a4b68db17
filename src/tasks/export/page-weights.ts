import { WorkError } from '../../base/errors.js';
import { toHalves } from '../../base/half.js';
import { sizeOf, type Tensors } from '../../base/tensor.js';
import { formatInteger } from '../../base/text/format.js';
import { startEngine } from '../../engines/host/index.js';
import type { Network } from '../../training/evaluation/network.js';
import { halved } from './halved.js';
import { VALUES_A_BLOCK } from './page-payload.js';

/** A browser holds them several times while it reads the page: 0.4 GB as float32, and the page's text. */
const MOST_VALUES = 100_000_000;

/** Float16 may move a probability by so much. */
const TOLERANCE = 1e-3;

/** @throws WorkError for a network that has more weights than a browser carries */
export function requireCarriable(name: string, shapes: readonly (readonly number[])[]): void {
  const values = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  if (values <= MOST_VALUES) return;
  throw new WorkError(
    `${name} has ${formatInteger(values)} weights, and a browser carries at most ${formatInteger(MOST_VALUES)} in one page: take a smaller network, such as vgg-small or resnet18.`,
  );
}

/** What rounding weights to float16 does to answers. */
export interface Rounding {
  readonly pictures: number;
  /** Answers that become others. */
  readonly changed: number;
  /** The largest change of a probability. */
  readonly moved: number;
}

/** Whether nobody could tell. */
export const isHarmless = ({ changed, moved }: Rounding): boolean => changed === 0 && moved <= TOLERANCE;

/**
 * Compares a network's answers with those of its weights as float16.
 * @param pixels [count, H, W, C] bytes
 * @returns null where float16 cannot hold a weight
 */
export async function tryHalves(network: Network, pixels: Uint8Array): Promise<Rounding | null> {
  let rounded: Network;
  try {
    rounded = halved(network);
  } catch (error) {
    if (error instanceof WorkError) return null;
    throw error;
  }
  const [before, after] = [await probabilitiesOf(network, pixels), await probabilitiesOf(rounded, pixels)];
  const { classes } = network.graph;
  const pictures = before.length / classes;
  const answer = (values: Float32Array, i: number) => {
    const row = values.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY));
  };
  const isOther = (i: number) => answer(before, i) !== answer(after, i);
  return {
    pictures,
    changed: [...Array(pictures).keys()].filter(isOther).length,
    moved: before.reduce((most, value, i) => Math.max(most, Math.abs(value - after[i]!)), 0),
  };
}

const BATCH = 20;

/** [count, classes], by the engine that `predict` uses. */
async function probabilitiesOf({ graph, weights }: Network, pixels: Uint8Array): Promise<Float32Array> {
  const size = sizeOf(graph.input);
  const count = pixels.length / size;
  const out = new Float32Array(count * graph.classes);
  const engine = await startEngine({ engine: 'onnx', device: 'cpu' });
  try {
    const program = await engine.inferenceProgram(graph, { batchSize: BATCH });
    await program.load(
      new Map([...weights].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }])),
    );
    for (let from = 0; from < count; from += BATCH) {
      const batch = new Uint8Array(BATCH * size);
      batch.set(pixels.subarray(from * size, (from + BATCH) * size));
      const labels = new Int32Array(BATCH);
      const here = Math.min(BATCH, count - from);
      const { probabilities } = await program.run({ pixels: batch, labels, count: here, masks: new Map() });
      out.set(probabilities, from * graph.classes);
    }
    return out;
  } finally {
    await engine.dispose();
  }
}

/** All values one tensor after the other, as base64, block by block. */
export function* weightBlocks(
  weights: Tensors,
  names: readonly string[],
  dtype: 'float32' | 'float16',
): Generator<string> {
  let block = new Float32Array(VALUES_A_BLOCK);
  let filled = 0;
  for (const name of names) {
    const { data } = weights.get(name)!;
    for (let from = 0; from < data.length; ) {
      const part = data.subarray(from, from + VALUES_A_BLOCK - filled);
      block.set(part, filled);
      filled += part.length;
      from += part.length;
      if (filled < VALUES_A_BLOCK) continue;
      yield base64Of(block, dtype);
      block = new Float32Array(VALUES_A_BLOCK);
      filled = 0;
    }
  }
  if (filled > 0) yield base64Of(block.subarray(0, filled), dtype);
}

/** Little-endian, as all machines that browsers run on have it. */
function base64Of(values: Float32Array, dtype: 'float32' | 'float16'): string {
  const array = dtype === 'float16' ? toHalves(values) : values;
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
}
