/**
 * A program of its own that loads an exported model as a page does: TensorFlow.js, the layers that it lacks, and an address.
 * Arguments: the address, the file of the input (float32, as many images as fit). Prints the outputs as JSON.
 */
import { readFileSync } from 'node:fs';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { registerLayers } from '../../../src/tfjs.js';

const [address, file] = process.argv.slice(2) as [string, string];
await core.setBackend('cpu');
registerLayers({ ...core, ...layers });
const outputs: Record<string, number[]> = {};
for (const name of readFileSync(`${file}/names.txt`, 'utf8').split('\n')) {
  const model = await layers.loadLayersModel(`${address}/${name}/model.json`);
  const [, ...shape] = model.inputs[0]!.shape as number[];
  const values = new Float32Array(new Uint8Array(readFileSync(`${file}/${name}.input`)).buffer);
  const image = core.tensor(values, [values.length / core.util.sizeFromShape(shape), ...shape]);
  outputs[name] = [...(model.predict(image) as core.Tensor).dataSync()];
}
process.stdout.write(JSON.stringify(outputs));
