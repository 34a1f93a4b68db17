/** Measures one model at one size, in this process; the argument is a Point as JSON. Prints a row of `bench --json`. */

import { createOnnxEngine } from '../../src/engines/onnx/index.js';
import { buildGraph } from '../../src/models/build.js';
import { optimizerOf } from '../../src/models/trainable.js';
import { loadModel } from '../../src/models/zoo.js';
import { type BenchMode, measure } from '../../src/tasks/bench/measure.js';

export interface Point {
  readonly model: string;
  readonly mode: BenchMode;
  readonly batchSize: number;
  /** null for the model's own. */
  readonly input: readonly [number, number, number] | null;
  readonly seconds: number;
  readonly threads: number;
}

const { model, mode, batchSize, input, seconds, threads } = JSON.parse(process.argv[2]!) as Point;
const spec = loadModel(model);
const graph = buildGraph(spec, input ? { input } : {});
const engine = await createOnnxEngine({ device: 'cpu', threads });
const optimizer = optimizerOf(spec);
const result = await measure(engine, graph, {
  mode,
  batchSize,
  microBatches: 1,
  steps: undefined,
  seconds,
  optimizer,
});
await engine.dispose();
const macs = graph.nodes.reduce((sum, node) => sum + node.macs, 0);
process.stdout.write(`${JSON.stringify({ ...result, macs })}\n`);
