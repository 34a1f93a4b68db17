/** What reading a file of weights takes, as JSON: `read-weights.ts FILE MODEL`. */
import { peakMemory } from '../../../src/base/machine/memory.js';
import { buildGraph } from '../../../src/models/build.js';
import { loadModel } from '../../../src/models/zoo.js';
import { readWeightsFile } from '../../../src/weights/read-weights.js';

const [path, model] = process.argv.slice(2) as [string, string];

const graph = buildGraph(loadModel(model));
const idleBytes = peakMemory();
const begun = performance.now();
const cpu = process.cpuUsage();
const { weights } = await readWeightsFile(path, graph);
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - begun) / 1000;
console.log(
  JSON.stringify({
    seconds,
    cpuSeconds: (user + system) / 1e6,
    idleBytes,
    peakBytes: peakMemory(),
    count: weights.size,
  }),
);
