/** What `predict` with a file of weights takes, reading and computing, as JSON: `predict-weights.ts FILE MODEL IMAGE`. */
import { peakMemory } from '../../../src/base/machine/memory.js';
import { predictImages } from '../../../src/tasks/predict/predict.js';

const [weights, run, image] = process.argv.slice(2) as [string, string, string];

const idleBytes = peakMemory();
const begun = performance.now();
const cpu = process.cpuUsage();
await predictImages({ run, weights, images: [image], engine: 'onnx', device: 'cpu' }, () => {});
const seconds = (performance.now() - begun) / 1000;
const { user, system } = process.cpuUsage(cpu);
const cpuSeconds = (user + system) / 1e6;
console.log(JSON.stringify({ seconds, cpuSeconds, idleBytes, peakBytes: peakMemory() }));
