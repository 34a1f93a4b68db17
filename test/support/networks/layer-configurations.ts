import * as assert from 'uvu/assert';
import { UsageError } from '../../../src/base/errors.js';
import { randomStream } from '../../../src/base/random.js';
import { sizeOf, type Tensor } from '../../../src/base/tensor.js';
import { buildGraph } from '../../../src/models/build.js';
import { readLayerList } from '../../../src/models/config/read-layer-list.js';
import { parseFragment } from '../../../src/models/config/source.js';
import type { Graph } from '../../../src/models/graph/graph.js';
import { LAYERS, type LayerKind } from '../../../src/models/layers/index.js';
import { drawFrom, drawItem } from './random-layers.js';

const CONFIGURATIONS = 200;

/** A layer of a kind, after one that gives its input again, on a small map or vector; undefined where what was drawn does not fit. */
function configurationOf(kind: LayerKind, seed: number): Graph | undefined {
  const draw = drawFrom(seed);
  const ofVectors = kind === 'dense' || kind === 'rbf' || draw.chance(0.1);
  const input: [number, number, number] = [draw.within(3, 8), draw.within(3, 8), draw.pick([1, 2, 3, 5])];
  const shape = ofVectors ? [sizeOf(input)] : input;
  const known = [{ name: 'before', shape }];
  const item = drawItemOf(kind, seed, { before: 'before', shape, known: [...known, ...known], classes: 3 });
  if (item === undefined) return undefined;
  const first = ofVectors
    ? { flatten: { name: 'before' } }
    : { activation: { name: 'before', function: 'tanh' } };
  try {
    const source = parseFragment('test', JSON.stringify([first, item]));
    return buildGraph(readLayerList('test', source), { input, anyHead: true });
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** What is drawn until it is of the kind. */
function drawItemOf(kind: LayerKind, seed: number, place: Parameters<typeof drawItem>[1]) {
  for (let i = 0; i < 400; i++) {
    const item = drawItem(drawFrom(seed * 1000 + i), place);
    if (Object.keys(item)[0] === kind)
      return JSON.parse(JSON.stringify(item).replace('"units":"classes"', '"units":4'));
  }
  return undefined;
}

/** Layers of every kind in turn, with settings at random. */
export function* configurations(): Generator<Graph> {
  const kinds = Object.keys(LAYERS) as LayerKind[];
  let made = 0;
  for (let seed = 0; made < CONFIGURATIONS; seed++) {
    const graph = configurationOf(kinds[seed % kinds.length]!, seed);
    if (graph === undefined) continue;
    made++;
    yield graph;
  }
}

/** Values from -2 to 2, [N, H, W, C]. */
export function randomInput(graph: Graph, count: number, seed: number): Tensor {
  const random = randomStream(seed, 'input');
  const shape = [count, ...graph.input];
  return { shape, data: new Float32Array(sizeOf(shape)).map(() => 4 * random.uniform() - 2) };
}

/** To 1e-5 of what values in question are as large as. */
export function assertClose(actual: number, expected: number, scale: number, what: string): void {
  const difference = Math.abs(actual - expected);
  assert.ok(difference <= 1e-5 * Math.max(1, scale), `${what}: ${actual} instead of ${expected}`);
}
